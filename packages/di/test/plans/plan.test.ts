import { createContainer, request, seed, singleton, token } from '@myfy/di'
import { expect, test } from 'vitest'

test('a plan builds a request graph from a class, a singleton and a seed', async () => {
  class Pool {}
  const Req = seed<{ id: number }>('request', 'Req')
  class Repo {
    pool: Pool
    req: { id: number }
    constructor(pool: Pool, req: { id: number }) {
      this.pool = pool
      this.req = req
    }
  }
  class Service {
    repo: Repo
    constructor(repo: Repo) {
      this.repo = repo
    }
  }
  for (const codegen of [true, false]) {
    const ended: string[] = []
    const c = createContainer({ codegen })
      .register(Pool)
      .register(Repo, { scope: 'request', inject: [Pool, Req] })
      .register(Service, { scope: 'request', inject: [Repo], dispose: () => void ended.push('service') })
    const view = request({ service: Service }, ({ service }) => ({ id: service.repo.req.id }))
    const plan = c.plan({ name: 'GET /', inject: { service: Service, view }, scope: 'request', seeds: [Req] })
    c.build()
    await plan.prepare()
    const opened = await plan.open({ id: 7 })
    expect(opened.values.view).toEqual({ id: 7 })
    expect(opened.values.service.repo.pool).toBe(c.get(Pool))
    await opened.dispose()
    expect(ended).toEqual(['service'])
  }
})

test('a scope and an async singleton', async () => {
  const Name = token<string>('Name')
  const slow = singleton([Name], async (n) => `${n}!`)
  const c = createContainer().register(Name, { value: 'x' }).build()
  expect(() => c.get(slow)).toThrow(/asynchronously/)
  expect(await c.resolve(slow)).toBe('x!')
  expect(c.get(slow)).toBe('x!')
  await c.dispose()
  expect(() => c.get(slow)).toThrow(/disposed/)
})

test.each([true, false].flatMap((codegen) => [0, 1, 2, 3].map((count) => [codegen, count] as const)))(
  'codegen %s, %d seeds: constants and services keep their places',
  async (codegen, count) => {
    class Pool {}
    class Session {
      readonly pool: Pool
      constructor(pool: Pool) {
        this.pool = pool
      }
    }
    const seeds = Array.from({ length: count }, (_, i) => seed<number>('request', `seed ${i}`))
    const container = createContainer({ codegen })
      .register(Pool)
      .register(Session, { scope: 'request', inject: [Pool] })
    const shared = container.plan({ name: 'shared', inject: { pool: Pool }, scope: 'request', seeds })
    const scoped = container.plan({
      name: 'scoped',
      inject: { session: Session, pool: Pool, ...Object.fromEntries(seeds.entries()) },
      scope: 'request',
      seeds,
    })
    container.build()
    const values = seeds.map((_, i) => i + 10)
    for (const prepared of [false, true]) {
      if (prepared) await Promise.all([shared.prepare(), scoped.prepare()])
      expect((await shared.open(...values)).values.pool).toBe(container.get(Pool))
      const opened = await scoped.open(...values)
      expect(opened.values.session.pool).toBe(container.get(Pool))
      expect(opened.values).toMatchObject({ ...values })
    }
  },
)
