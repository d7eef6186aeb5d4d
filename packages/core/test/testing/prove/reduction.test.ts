// The reduced exploration finds the problems of the full one, on random small applications.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Application } from '../../../src/application/application.ts'
import { BaseModule } from '../../../src/modules/base-module.ts'
import type { StartContext } from '../../../src/modules/module-context.ts'
import { prove } from '../../../src/testing/prove/prove.ts'
import type { World } from '../../../src/testing/prove/schedule/world.ts'

/** The ways in which a hook of a random module runs. */
const styles = ['none', 'at once', 'awaits', 'steps'] as const

interface Spec {
  readonly start: (typeof styles)[number]
  readonly stop: (typeof styles)[number]
  /** The modules before this one that it requires, and whose service it calls in `start` and in `stop`. */
  readonly requires: readonly boolean[]
  readonly uses: readonly boolean[]
  readonly usesInStop: readonly boolean[]
  /** A variable that all modules share: some write it, some fail unless it is written. */
  readonly shared: 'nothing' | 'writes' | 'reads' | 'clears'
  readonly readies: boolean
}

const flags = fc.array(fc.boolean(), { minLength: 3, maxLength: 3 })
const spec: fc.Arbitrary<Spec> = fc.record({
  start: fc.constantFrom(...styles),
  stop: fc.constantFrom(...styles),
  requires: flags,
  uses: flags,
  usesInStop: flags,
  shared: fc.constantFrom('nothing', 'writes', 'reads', 'clears'),
  readies: fc.boolean(),
})

const services = [0, 1, 2].map(
  (i) =>
    class Service {
      readonly at = i
      touch(): void {}
    },
)

class RandomModule extends BaseModule {
  override readonly requires: readonly string[]
  readonly #spec: Spec
  readonly #at: number
  readonly #world: World
  readonly #shared: { written: boolean }

  constructor(spec: Spec, at: number, world: World, shared: { written: boolean }) {
    super(`m${at}`)
    this.#spec = spec
    this.#at = at
    this.#world = world
    this.#shared = shared
    this.requires = spec.requires.slice(0, at).flatMap((is, i) => (is ? [`m${i}`] : []))
    for (const hook of ['start', 'stop'] as const)
      if (spec[hook] === 'none') Object.defineProperty(this, hook, { value: undefined })
    if (!spec.readies) Object.defineProperty(this, 'ready', { value: undefined })
  }

  override configure(): void {
    this.container.register(services[this.#at]!)
  }

  override start({ signal }: StartContext): void | Promise<void> {
    return this.#run('start', this.#spec.uses, signal)
  }

  override ready(): void {}

  override stop(): void | Promise<void> {
    return this.#run('stop', this.#spec.usesInStop)
  }

  #run(hook: 'start' | 'stop', uses: readonly boolean[], signal?: AbortSignal): void | Promise<void> {
    const work = () => {
      for (const [i, is] of uses.entries()) if (is && i < this.#at) this.container.get(services[i]!).touch()
      const { shared } = this.#spec
      if (shared === 'writes' && hook === 'start') this.#shared.written = true
      if (shared === 'clears') this.#shared.written = false
      if (shared === 'reads' && hook === 'start' && !this.#shared.written) throw new Error('not written')
    }
    const style = this.#spec[hook]
    if (style === 'at once') return work()
    return (style === 'awaits' ? Promise.resolve() : this.#world.step(`${hook} ${this.name}`, signal)).then(
      work,
    )
  }
}

const application = (specs: readonly Spec[], concurrency: 'order' | 'levels') => (world: World) => {
  const shared = { written: false }
  const modules = specs.map((one, i) => new RandomModule(one, i, world, shared))
  return new Application({ modules, startup: { concurrency } })
}

async function explore(create: (world: World) => Application, faults: number, reduce: boolean) {
  const options = { faults, reduce, keepGoing: true, schedules: 4_000, time: 600_000 }
  const { problems, explored, isComplete } = await prove(create, options)
  return { found: problems.map(({ rule, text }) => `${rule}: ${text}`).sort(), explored, isComplete }
}

const cases = fc.oneof(
  fc.record({
    specs: fc.array(spec, { minLength: 2, maxLength: 3 }),
    faults: fc.constant(0),
    concurrency: fc.constant('levels' as const),
  }),
  fc.record({
    specs: fc.array(spec, { minLength: 1, maxLength: 2 }),
    faults: fc.constant(1),
    concurrency: fc.constantFrom('order' as const, 'levels' as const),
  }),
)

const numRuns = process.env.MYFY_HEAVY ? 1_000 : 60

test('finds the same problems in fewer schedules', { timeout: 900_000 }, async () => {
  let [reducedTotal, fullTotal, compared] = [0, 0, 0]
  const found = new Set<string>()
  await fc.assert(
    fc.asyncProperty(cases, async ({ specs, faults, concurrency }) => {
      const create = application(specs, concurrency)
      const reduced = await explore(create, faults, true)
      const full = await explore(create, faults, false)
      // Without an end there is no set to compare.
      if (!full.isComplete) return
      expect(reduced.isComplete).toBe(true)
      expect(reduced.found).toEqual(full.found)
      expect(reduced.explored).toBeLessThanOrEqual(full.explored)
      for (const one of full.found) found.add(one.split(':')[0]!)
      reducedTotal += reduced.explored
      fullTotal += full.explored
      compared++
    }),
    { numRuns, seed: 1 },
  )
  // The property says nothing unless problems exist, and unless something is reduced.
  expect([...found]).toEqual(expect.arrayContaining(['before start', 'failure']))
  expect(compared).toBeGreaterThan(numRuns / 2)
  expect(reducedTotal).toBeLessThan(fullTotal)
})
