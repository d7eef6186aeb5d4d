// Handles: verified as what they are read as.
import { createContainer, deferred, lazy, type Opened, type Provider, request, singleton } from '@myfy/di'
import { describe, expect, test } from 'vitest'
import { forms, problems, thrown } from '../support.ts'

describe('a lazy handle', () => {
  test('to a singleton that is built asynchronously can be read after prepare, however deep it is', async () => {
    const db = singleton(async () => 'connected')
    const users = singleton({ db: lazy(db) }, ({ db }) => ({ find: () => db.value }))
    const api = singleton({ users }, ({ users }) => users)
    const container = createContainer()
    const plan = container.plan({ name: 'GET /users', inject: { api } })
    container.build()
    await plan.prepare()
    const opened = (await plan.open()) as Opened<{ api: typeof api }>
    expect(opened.values.api.find()).toBe('connected')
  })

  test('to a request service that is built asynchronously is a problem of the graph', () => {
    const tx = request(async () => ({}), { name: 'tx' })
    const repository = request({ tx }, ({ tx }) => tx, { name: 'repository' })
    const orders = request({ repository: lazy(repository) }, () => 1, { name: 'orders' })
    const container = createContainer().register(orders)
    const [problem] = problems(() => container.build())
    expect(problem).toMatchObject({ code: 'MYFY_DI_ASYNC_PROVIDER' })
    expect(problem!.message).toContain('it injects lazy(repository), but tx is built asynchronously.')
    expect(problem!.message).toContain('inject deferred(repository) and await its resolve().')
  })

  test('can be read in a disposer and in settle, if the service is built', async () => {
    const log: string[] = []
    const audit = request(() => log)
    const tx = request({ audit: lazy(audit) }, ({ audit }) => audit, {
      settle: (audit, { ok }) => void audit.value.push(ok ? 'commit' : 'rollback'),
      dispose: (audit) => void audit.value.push('closed'),
    })
    const container = createContainer().build()
    for (const outcome of [{ ok: true }, { ok: false, error: new Error('the handler threw') }] as const) {
      const scope = container.createScope('request')
      void scope.get(tx).value
      await scope.dispose(outcome)
      expect(log.splice(0)).toEqual([outcome.ok ? 'commit' : 'rollback', 'closed'])
    }
  })

  test('builds nothing while its scope ends', async () => {
    const audit = request(() => 'late')
    const seen: unknown[] = []
    const tx = request({ audit: lazy(audit) }, ({ audit }) => audit, {
      dispose: (audit) => void seen.push(thrown(() => audit.value)),
    })
    const scope = createContainer().build().createScope('request')
    scope.get(tx)
    await scope.dispose({ ok: true })
    expect(seen).toMatchObject([
      { code: 'MYFY_DI_DISPOSED', message: expect.stringContaining('it is being disposed') },
    ])
  })

  test('names a provider value that is declared further down', () => {
    interface Users {
      team(): string
    }
    const users: Provider<Users> = singleton(
      { teams: lazy(() => teams) },
      ({ teams }): Users => ({
        team: () => teams.value,
      }),
    )
    const teams: Provider<string> = singleton({ users }, () => 'kernel')
    expect(createContainer().build().get(users).team()).toBe('kernel')
  })
})

test.each(forms)(
  'a deferred handle builds an asynchronous service when it is first resolved ($codegen)',
  async (form) => {
    const log: string[] = []
    const tx = request(async () => void log.push('begin'), {
      settle: (_, { ok }) => void log.push(`settle ${ok}`),
    })
    const orders = request({ tx: deferred(tx) }, ({ tx }) => ({ buy: () => tx.resolve() }))
    const container = createContainer(form)
    const plan = container.plan({ name: 'POST /orders', inject: { orders }, scope: 'request' })
    container.build()
    const idle = (await plan.open()) as Opened<{ orders: typeof orders }>
    await idle.dispose({ ok: true })
    expect(log).toEqual([])
    const busy = (await plan.open()) as Opened<{ orders: typeof orders }>
    await Promise.all([busy.values.orders.buy(), busy.values.orders.buy()])
    await busy.dispose({ ok: true })
    expect(log).toEqual(['begin', 'settle true'])
  },
)

test('get does not start what only resolve can return', async () => {
  let calls = 0
  const broken = singleton(async (): Promise<number> => {
    calls++
    throw new Error('no connection')
  })
  const container = createContainer().build()
  expect(thrown(() => container.get(broken))).toMatchObject({ code: 'MYFY_DI_ASYNC_PROVIDER' })
  expect(calls).toBe(0)
  await expect(container.resolve(broken)).rejects.toThrow('no connection')
})
