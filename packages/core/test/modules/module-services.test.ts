// The services that a module injects: verified with the graph, built before its start, given to its hooks.
import { Application, BaseModule, defineModule, type StartContext } from '@myfy/core'
import { TestHost } from '@myfy/core/testing'
import { type Class, request, type Services, singleton, token, transient } from '@myfy/di'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { quiet } from '../quiet.ts'

class Database {
  async ping() {
    return true
  }
}

/** An application in virtual time that records what happens. */
function recorded() {
  const host = new TestHost()
  const log: string[] = []
  const pause = (ms: number) => new Promise<void>((resolve) => void host.clock.after(ms, resolve))
  const pool = singleton(
    async () => {
      log.push('pool connects')
      await pause(1_000)
      log.push('pool connected')
      return { size: 3 }
    },
    { name: 'pool', dispose: () => void log.push('pool closed') },
  )
  return { host, log, pause, pool }
}

const database = defineModule({ name: 'db', configure: (container) => container.register(Database) })

describe('a module that injects services', () => {
  test('receives them in every hook from its start on, asynchronous ones ready', async () => {
    const { host, log, pool } = recorded()
    const cache = defineModule({
      name: 'cache',
      inject: { db: Database, pool },
      async start({ ending }, { db, pool }) {
        expectTypeOf(db).toEqualTypeOf<Database>()
        expectTypeOf(pool).toEqualTypeOf<{ size: number }>()
        log.push(`start with ${pool.size} of ${db instanceof Database}, ending ${ending.aborted}`)
      },
      ready: (_, { pool }) => void log.push(`ready with ${pool.size}`),
      drain: (_, { pool }) => void log.push(`drain with ${pool.size}`),
      stop: (_, { pool }) => void log.push(`stop with ${pool.size}`),
      isHealthy: ({ db }) => db.ping(),
    })
    const app = new Application({ host, logger: quiet, modules: [database, cache] })
    app.on('ready', async () => {
      log.push(`healthy ${(await app.health()).healthy}`)
      void app.stop()
    })
    expect(await host.clock.run(app.run())).toBe(0)
    expect(log).toEqual([
      'pool connects',
      'pool connected',
      'start with 3 of true, ending false',
      'ready with 3',
      'healthy true',
      'drain with 3',
      'stop with 3',
      'pool closed',
    ])
  })

  test('may list them by position, and may be a class', async () => {
    const seen: unknown[] = []
    const Url = token<string>('Url')
    class Cache extends BaseModule {
      override readonly inject = [Database, Url] as const
      override configure() {
        this.container.register(Url, { value: 'redis://cache' })
      }
      override start(_: StartContext, [db, url]: Services<Cache['inject']>) {
        seen.push(db instanceof Database, url)
      }
    }
    const app = new Application({ logger: quiet, modules: [database, new Cache()] })
    await app.startModules()
    await app.stop()
    expect(seen).toEqual([true, 'redis://cache'])
  })

  test('receives what an override provides', async () => {
    const seen: Database[] = []
    const cache = defineModule({
      name: 'cache',
      inject: { db: Database },
      start: (_, { db }) => void seen.push(db),
    })
    const fake = new Database()
    const app = new Application({ logger: quiet, modules: [database, cache] })
    app.override((container) => container.override(Database, { value: fake }))
    await app.startModules()
    await app.stop()
    expect(seen).toEqual([fake])
  })

  test('owns its transients, which are disposed after its stop', async () => {
    const log: string[] = []
    const connection = transient(() => ({ [Symbol.dispose]: () => void log.push('connection closed') }))
    const cache = defineModule({
      name: 'cache',
      inject: { connection },
      start: ({ defer }) => defer(() => log.push('deferred')),
      stop: () => void log.push('stop'),
    })
    const app = new Application({ logger: quiet, modules: [cache] })
    await app.startModules()
    await app.stop()
    expect(log).toEqual(['stop', 'deferred', 'connection closed'])
  })

  test('is unhealthy before it has started', async () => {
    const cache = defineModule({ name: 'cache', inject: { db: Database }, isHealthy: ({ db }) => db.ping() })
    const app = new Application({ logger: quiet, modules: [database, cache] })
    const message = expect.stringContaining("Cannot check the module 'cache': it has not started")
    expect((await app.health()).checks).toMatchObject({ cache: { healthy: false, message } })
    await app.initialize()
    expect((await app.health()).checks).toMatchObject({ cache: { healthy: false, message } })
    await app.startModules()
    expect((await app.health()).healthy).toBe(true)
    await app.stop()
  })

  test('may not inject a service of a request', () => {
    const session = request(() => ({ id: 1 }), { name: 'session' })
    const cache = defineModule({
      name: 'cache',
      // @ts-expect-error a singleton cannot depend on the request-scoped provider 'session'
      inject: { session },
    })
    const app = new Application({ logger: quiet, modules: [cache] })
    return expect(app.initialize()).rejects.toThrow(/module cache → session \(request\)/)
  })

  test('without a provider fails before anything starts, with the module in the path', () => {
    const cache = defineModule({ name: 'cache', inject: { db: Database } })
    const app = new Application({ logger: quiet, modules: [cache] })
    return expect(app.initialize()).rejects.toThrow(/module cache → Database/)
  })

  test.each([
    ['a class', Database],
    ['null', null],
    ['text', 'Database'],
  ])('may not give %s instead of a list or a record', (_, inject) => {
    const wrong = defineModule({ name: 'cache', inject: inject as unknown as [Class] })
    expect(() => new Application({ modules: [wrong] })).toThrow(
      /^Cannot use inject of the module 'cache': it is of type \w+, not a list or a record of services\./,
    )
  })
})

describe('a service that cannot be built', () => {
  test('fails the start of the module, and what has started stops', async () => {
    const host = new TestHost()
    const log: string[] = []
    const pool = singleton(() => Promise.reject(new Error('the database is away')), { name: 'pool' })
    const app = new Application({
      host,
      logger: quiet,
      modules: [
        defineModule({ name: 'first', stop: () => void log.push('first stops') }),
        defineModule({ name: 'cache', inject: { pool }, start: () => void log.push('cache starts') }),
        defineModule({ name: 'last', start: () => void log.push('last starts') }),
      ],
    })
    await expect(app.startModules()).rejects.toThrow(
      /^Cannot start the application: start of cache failed\. Cannot build pool: .*the database is away/,
    )
    expect(log).toEqual(['first stops'])
  })

  test.each([
    ['a stop is requested', 500, undefined, 0],
    ['its time is over', undefined, 500, 1],
  ])('in time lets nothing begin when %s, and is disposed', async (_, stopAt, startTimeout, code) => {
    const { host, log, pool } = recorded()
    const cache = defineModule({
      name: 'cache',
      startTimeout,
      inject: { pool },
      start: () => void log.push('cache starts'),
    })
    const app = new Application({ host, logger: quiet, modules: [cache] })
    if (stopAt !== undefined) host.clock.after(stopAt, () => host.signal('SIGTERM'))
    expect(await host.clock.run(app.run())).toBe(code)
    await host.clock.advance(10_000)
    expect(log).toEqual(['pool connects', 'pool connected', 'pool closed'])
    expect(host.clock.pending).toBe(0)
  })
})
