import {
  Application,
  BaseModule,
  ConfigurationError,
  defineModule,
  type LifecycleEventOf,
  type Module,
} from '@myfy/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { orderModules } from '../../src/modules/module-order.ts'
import { quiet } from '../quiet.ts'

const module = (name: string, ...requires: string[]) => defineModule({ name, requires })
const names = (modules: readonly Module[]) => modules.map((one) => one.name)
const problems = (...modules: Module[]) => orderModules(modules).problems.map((problem) => problem.message)

describe('the order of modules', () => {
  test('is the order in which they were added if that is right', () => {
    const { modules, moved } = orderModules([
      module('data'),
      module('metrics'),
      module('cache', 'data'),
      module('web', 'cache'),
    ])
    expect(names(modules)).toEqual(['data', 'metrics', 'cache', 'web'])
    expect(moved).toEqual([])
  })

  test('moves a module behind what it requires, and nothing else', () => {
    const { modules, moved } = orderModules([
      module('web', 'data'),
      module('metrics'),
      module('data'),
      module('last'),
    ])
    expect(names(modules)).toEqual(['metrics', 'data', 'web', 'last'])
    expect(moved).toEqual([{ module: 'web', after: 'data' }])
  })

  test('is reported by an event when a module moved', async () => {
    const moved: Array<LifecycleEventOf<'module.reordered'>> = []
    const app = new Application({ logger: quiet, modules: [module('web', 'data'), module('data')] })
    app.on('module.reordered', (event) => moved.push(event))
    await app.initialize()
    expect(moved).toMatchObject([{ module: 'web', after: 'data' }])
    expect(names(app.modules)).toEqual(['data', 'web'])
  })

  test('is stable and right for every graph without a cycle', () => {
    const graphs = fc.integer({ min: 1, max: 40 }).chain((n) =>
      fc.record({
        order: fc.shuffledSubarray([...Array(n).keys()], { minLength: n, maxLength: n }),
        edges: fc.array(fc.tuple(fc.nat(n - 1), fc.nat(n - 1)), { maxLength: 80 }),
      }),
    )
    fc.assert(
      fc.property(graphs, ({ order, edges }) => {
        const added = order.map((i) =>
          module(`m${i}`, ...edges.filter(([a, b]) => a === i && b < a).map(([, b]) => `m${b}`)),
        )
        const { modules, problems: wrong, moved } = orderModules(added)
        expect(wrong).toEqual([])
        expect(new Set(modules)).toEqual(new Set(added))
        const at = new Map(modules.map((one, i) => [one.name, i]))
        for (const one of modules)
          for (const required of one.requires ?? [])
            expect(at.get(String(required))).toBeLessThan(at.get(one.name)!)
        if (moved.length === 0) expect(modules).toEqual(added)
        const movedNames = new Set(moved.map((move) => move.module))
        const unmoved = modules.filter((one) => !movedNames.has(one.name))
        expect(unmoved).toEqual(added.filter((one) => !movedNames.has(one.name)))
      }),
    )
  })

  test('says what is missing, and what there is', () => {
    expect(problems(module('web', 'data'), module('metrics'))).toEqual([
      "Cannot order the module 'web': it requires 'data', which was not added. Add it with app.addModule(…). Added modules: web, metrics.",
    ])
  })

  test('says which module stands twice', () => {
    class DataModule extends BaseModule {}
    expect(problems(new DataModule(), new DataModule())).toEqual([
      "Cannot add the module 'data' twice: DataModule and DataModule have this name. Remove or rename one of them.",
    ])
  })

  test('counts the modules that have no class, and says which stand twice', () => {
    expect(problems(module('web'), module('data'), module('data'))).toEqual([
      "Cannot add the module 'data' twice: module number 2 and module number 3 have this name. Remove or rename one of them.",
    ])
  })

  test('shows a cycle as a path', () => {
    expect(problems(module('a', 'b'), module('b', 'c'), module('c', 'b'))).toEqual([
      'Cannot order the modules: they require each other: b → c → b. Move what both need into a third module.',
    ])
    expect(problems(module('self', 'self'))).toEqual([
      'Cannot order the modules: they require each other: self → self. Move what both need into a third module.',
    ])
  })

  test('tells everything that is wrong at once, before anything is configured', async () => {
    let configured = 0
    const app = new Application({
      logger: quiet,
      modules: [
        module('a', 'x'),
        module('b', 'y'),
        defineModule({ name: 'c', configure: () => void configured++ }),
      ],
    })
    const error = (await app.initialize().catch((thrown: unknown) => thrown)) as ConfigurationError
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error.problems.map((problem) => (problem as { code?: string }).code)).toEqual([
      'MYFY_MODULE_MISSING',
      'MYFY_MODULE_MISSING',
    ])
    expect(configured).toBe(0)
    expect(app.state).toBe('failed')
    expect(await app.stop()).toBe(78)
  })

  test('tells of a requirement that a circular import left undefined', () => {
    const missing = undefined as unknown as string
    expect(problems(defineModule({ name: 'web', requires: [missing] }))).toEqual([
      "Cannot order the module 'web': it requires undefined, which is neither a class nor a name. If it is imported, look for a circular import.",
    ])
    expect(() => new Application().getModule(missing as never)).toThrow(
      'Cannot get a module by undefined: it is not a class',
    )
  })

  test('requires can name a class', () => {
    class DataModule extends BaseModule {}
    const web = defineModule({ name: 'web', requires: [DataModule] })
    expect(names(orderModules([web, new DataModule()]).modules)).toEqual(['data', 'web'])
    expect(problems(web)).toEqual([
      "Cannot order the module 'web': it requires DataModule, which was not added. Add it with app.addModule(…). Added modules: web.",
    ])
  })
})
