// Scopes: services of requests and tasks alike, the scope and the container as dependencies, the end of a container.
import {
  Container,
  ContainerStateError,
  CurrentScope,
  createContainer,
  type Opened,
  request,
  type Scope,
  seed,
  singleton,
  type Token,
  task,
  work,
} from '@myfy/di'
import { describe, expect, test } from 'vitest'
import { forms, problems, thrown } from '../support.ts'

describe.each(forms)('a work-scoped service ($codegen)', (form) => {
  test('is built once for each request and each task', async () => {
    const unit = work(() => ({}))
    const repository = work({ unit }, ({ unit }) => ({ unit }))
    const container = createContainer(form)
    const plans = (['request', 'task'] as const).map((scope) =>
      container.plan({ name: scope, inject: { unit, repository }, scope }),
    )
    container.build()
    for (const plan of plans) {
      const [first, second] = [await plan.open(), await plan.open()]
      expect(first.values.repository.unit).toBe(first.values.unit)
      expect(first.values.unit).not.toBe(second.values.unit)
    }
    for (const kind of ['request', 'task'] as const) {
      const scope = container.createScope(kind)
      expect(scope.get(repository).unit).toBe(scope.get(unit))
    }
    expect(thrown(() => container.get(unit)).message).toContain('it lives in a request or task scope.')
  })

  test('takes a seed of both kinds', () => {
    const Trace = seed<string>('work', 'Trace')
    const logger = work({ trace: Trace }, ({ trace }) => `[${trace}]`)
    const container = createContainer(form).build()
    for (const kind of ['request', 'task'] as const)
      expect(container.createScope(kind, [Trace.of('7')]).get(logger)).toBe('[7]')
  })
})

test.each<[Scope, Scope, boolean]>([
  ['singleton', 'singleton', true],
  ['singleton', 'work', false],
  ['singleton', 'request', false],
  ['singleton', 'task', false],
  ['work', 'singleton', true],
  ['work', 'work', true],
  ['work', 'request', false],
  ['work', 'task', false],
  ['request', 'work', true],
  ['request', 'request', true],
  ['request', 'task', false],
  ['task', 'work', true],
  ['task', 'request', false],
  ['task', 'task', true],
  ['transient', 'work', true],
])('a %s service that depends on a %s service: %s', (scope, dependency, valid) => {
  const define = { singleton, work, request, task, transient: work }
  const inner = (define[dependency] as typeof work)(() => 1)
  class Outer {
    constructor(inner: number) {
      void inner
    }
  }
  const container = createContainer().register(Outer, { scope, inject: [inner as Token<number>] })
  if (valid) expect(container.build().built).toBe(true)
  else expect(problems(() => container.build())[0]).toMatchObject({ code: 'MYFY_DI_SCOPE' })
})

describe('a dependency', () => {
  test.each(forms)('can be the current scope and the container ($codegen)', async (form) => {
    const part = work(() => 'part')
    const finder = work({ scope: CurrentScope, container: Container }, ({ scope, container }) => ({
      find: () => [scope.kind, scope.get(part), container.built],
    }))
    const container = createContainer(form)
    const plan = container.plan({ name: 'job', inject: { finder }, scope: 'task' })
    container.build()
    const opened = (await plan.open()) as Opened<{ finder: typeof finder }>
    expect(opened.values.finder.find()).toEqual(['task', 'part', true])
    expect(container.createScope('request').get(finder).find()).toEqual(['request', 'part', true])
  })

  test('of a singleton cannot be the current scope', () => {
    const cache = singleton({ scope: CurrentScope as Token<unknown> }, () => 1)
    expect(problems(() => createContainer().register(cache).build())[0]).toMatchObject({
      code: 'MYFY_DI_SCOPE',
    })
  })
})

describe('an opening', () => {
  test.each(forms)('is disposed by await using ($codegen)', async (form) => {
    const log: string[] = []
    const tx = request(() => 1, { settle: (_, { ok }) => void log.push(`settle ${ok}`) })
    const container = createContainer({ ...form, onWarning: () => {} })
    const plan = container.plan({ name: 'GET /', inject: { tx }, scope: 'request' })
    container.build()
    {
      await using opened = await plan.open()
      await opened.settle({ ok: true })
    }
    {
      await using _opened = await plan.open()
    }
    expect(log).toEqual(['settle true', 'settle false'])
  })
})

describe('a scope that is disposed without settle', () => {
  const tx = request(() => 1, { name: 'tx', settle: () => {} })
  test('warns once for a container, if a service has settle', async () => {
    const warnings: string[] = []
    const container = createContainer({
      onWarning: (message, code) => void warnings.push(`${code} ${message}`),
    })
    container.build()
    for (let i = 0; i < 2; i++) {
      const scope = container.createScope('request')
      scope.get(tx)
      await scope.dispose()
    }
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(
      /^MYFY_DI_NOT_SETTLED request scope was disposed without settle\(outcome\), so that tx/,
    )
  })

  test('does not warn after settle, with an outcome, or without a service to settle', async () => {
    const warnings: string[] = []
    const container = createContainer({ onWarning: (message) => void warnings.push(message) }).build()
    const settled = container.createScope('request')
    settled.get(tx)
    await settled.settle({ ok: true })
    await settled.dispose()
    const withOutcome = container.createScope('request')
    withOutcome.get(tx)
    await withOutcome.dispose({ ok: false, error: new Error('no') })
    await container.createScope('request').dispose()
    expect(warnings).toEqual([])
  })
})

describe('the dispose of a container', () => {
  test('waits for open scopes and openings', async () => {
    const log: string[] = []
    const pool = singleton(() => 1, { dispose: () => void log.push('pool') })
    const tx = request({ pool }, () => 1, { dispose: () => void log.push('tx') })
    const container = createContainer()
    const plan = container.plan({ name: 'GET /', inject: { tx }, scope: 'request' })
    container.build()
    const opened = await plan.open()
    const scope = container.createScope('request')
    scope.get(tx)
    const disposed = container.dispose()
    expect(log).toEqual([])
    await scope.dispose({ ok: true })
    await opened.dispose({ ok: true })
    await disposed
    expect(log).toEqual(['tx', 'tx', 'pool'])
  })

  test('names those that are still open after its limit, and disposes the singletons', async () => {
    const log: string[] = []
    const pool = singleton(() => 1, { dispose: () => void log.push('pool') })
    const container = createContainer().build()
    container.get(pool)
    container.createScope('request')
    container.createScope('request')
    const error = await container.dispose({ timeoutMs: 1 }).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(ContainerStateError)
    expect(error).toMatchObject({ code: 'MYFY_DI_OPEN_SCOPES' })
    expect(String(error)).toContain('2 × request scope')
    expect(log).toEqual(['pool'])
  })
})
