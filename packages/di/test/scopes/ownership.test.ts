// One owner for each instance: it is disposed once, by the lifetime that owns it.
import {
  all,
  createContainer,
  lazy,
  named,
  type Opened,
  request,
  singleton,
  token,
  transient,
} from '@myfy/di'
import { describe, expect, test } from 'vitest'
import { forms, thrown } from '../support.ts'

interface Pool {
  readonly name: string
}
const Pool = token<Pool>('Pool')

/** A pool that notes when it is closed. */
const pool = (log: string[], name: string) => ({ name, [Symbol.dispose]: () => void log.push(name) })

describe.each(forms)('a pool of the container that a request hands on ($codegen)', (form) => {
  const cases: readonly (readonly [string, (log: string[]) => readonly [unknown, unknown]])[] = [
    ['directly', () => [{ pool: Pool }, ({ pool }: { pool: Pool }) => pool]],
    ['out of a list', () => [{ pools: all(Pool) }, ({ pools }: { pools: Pool[] }) => pools[0]]],
    ['by a lazy handle', () => [{ pool: lazy(Pool) }, ({ pool }: { pool: { value: Pool } }) => pool.value]],
    [
      'out of a bundle',
      () => [
        { bundle: singleton({ pool: Pool }, ({ pool }) => ({ pool })) },
        ({ bundle }: { bundle: { pool: Pool } }) => bundle.pool,
      ],
    ],
    [
      'out of a registry with private fields',
      () => {
        class Registry {
          readonly #pools: Map<string, Pool>
          constructor(pools: readonly Pool[]) {
            this.#pools = new Map(pools.map((pool) => [pool.name, pool]))
          }
          find(name: string) {
            return this.#pools.get(name)
          }
        }
        return [
          { registry: singleton({ pools: all(Pool) }, ({ pools }) => new Registry(pools)) },
          ({ registry }: { registry: Registry }) => registry.find('tenant'),
        ]
      },
    ],
  ]
  test.each(cases)('%s is closed once, by the container', async (_, source) => {
    const log: string[] = []
    const [inject, factory] = source(log) as readonly [never, never]
    const mine = request(inject, factory)
    const container = createContainer(form).register(Pool, { factory: () => pool(log, 'tenant') })
    const plan = container.plan({ name: 'GET /', inject: { mine } as never, scope: 'request' })
    container.build()
    for (let i = 0; i < 2; i++) await ((await plan.open()) as Opened).dispose({ ok: true })
    const scope = container.createScope('request')
    scope.get(mine)
    await scope.dispose({ ok: true })
    expect(log).toEqual([])
    await container.dispose()
    expect(log).toEqual(['tenant'])
  })
})

describe('an instance', () => {
  test('that a bundle disposes is not disposed again', async () => {
    const log: string[] = []
    const bundle = singleton(() => {
      const client = pool(log, 'client')
      return { client, [Symbol.dispose]: () => client[Symbol.dispose]() }
    })
    const client = singleton({ bundle }, ({ bundle }) => bundle.client)
    const container = createContainer().build()
    container.get(client)
    await container.dispose()
    expect(log).toEqual(['client'])
  })

  test('that is registered as a value belongs to the caller, also if a factory hands it on', async () => {
    const log: string[] = []
    const Given = token<Pool>('Given')
    const mine = request({ pools: all(Given) }, ({ pools }) => pools[0])
    const container = createContainer()
      .registerMany(Given, { value: pool(log, 'given') })
      .build()
    const scope = container.createScope('request')
    scope.get(mine)
    await scope.dispose({ ok: true })
    await container.dispose()
    expect(log).toEqual([])
  })

  test('that two open scopes share is refused', async () => {
    const shared = pool([], 'shared')
    const mine = request(() => shared, { name: 'mine' })
    const container = createContainer().build()
    const first = container.createScope('request')
    first.get(mine)
    const second = container.createScope('request')
    expect(thrown(() => second.get(mine)).message).toContain(
      'Cannot build mine: its factory returned an instance that another open scope disposes.',
    )
    await first.dispose({ ok: true })
    // A pool hands out the same connection again.
    const third = container.createScope('request')
    expect(third.get(mine)).toBe(shared)
  })

  test('whose disposer is a field is disposed', async () => {
    const log: string[] = []
    class Field {
      [Symbol.asyncDispose] = async () => void log.push('field')
    }
    for (const form of forms) {
      const container = createContainer(form)
        .register(Field)
        .register(named(Field, 'request'), { scope: 'request' })
      const plan = container.plan({ name: 'x', inject: [named(Field, 'request')], scope: 'request' })
      container.build().get(Field)
      await ((await plan.open()) as Opened).dispose({ ok: true })
      await container.dispose()
      expect(log.splice(0)).toEqual(['field', 'field'])
    }
  })
})

describe('a transient that the container returns', () => {
  const part = (log: string[]) =>
    transient(() => ({ [Symbol.dispose]: () => void log.push('part') }), { name: 'part' })

  test('is refused if it is built from another that nothing would dispose', () => {
    const log: string[] = []
    const whole = transient({ part: part(log) }, () => ({}), { name: 'whole' })
    const container = createContainer().build()
    expect(thrown(() => container.get(whole)).message).toContain(
      'Cannot get whole from the container: nothing would dispose part, which it is built from.',
    )
    expect(log).toEqual(['part'])
  })

  test('is built in a scope, which disposes all of it', async () => {
    const log: string[] = []
    const whole = transient({ part: part(log) }, () => ({}))
    const scope = createContainer().build().createScope('request')
    scope.get(whole)
    await scope.dispose({ ok: true })
    expect(log).toEqual(['part'])
  })
})
