// Each sample of the two documents that this project comes from, as its twin.
import { Application, BaseModule, defineSettings, type StartContext, type StopContext } from '@myfy/core'
import { createTestApp, TestHost } from '@myfy/core/testing'
import type { Container } from '@myfy/di'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { quiet } from './quiet.ts'

/** A stand-in for the documents' `print`. */
function printer() {
  const lines: string[] = []
  return { lines, print: (line: string) => void lines.push(line) }
}

describe('the complete example of myfy', () => {
  test('prints its numbers in the order of the document', async () => {
    const { lines, print } = printer()
    const AppSettings = defineSettings(z.object({ databaseUrl: z.string().default('memory://') }))
    class Database {
      connected = false
      readonly url: string
      constructor(url: string) {
        this.url = url
      }
      async connect() {
        this.connected = true
      }
      async disconnect() {
        this.connected = false
      }
    }
    class DataModule extends BaseModule {
      constructor() {
        super('data')
      }
      override configure(container: Container) {
        print('1. DataModule.configure()')
        container.register(Database, {
          inject: [AppSettings],
          factory: (settings) => new Database(settings.databaseUrl),
        })
      }
      override async start() {
        print('3. DataModule.start()')
        await this.container.get(Database).connect()
      }
      override async stop() {
        print('5. DataModule.stop()')
        await this.container.get(Database).disconnect()
      }
    }
    class WebModule extends BaseModule {
      override configure() {
        print('2. WebModule.configure()')
      }
      override start() {
        print('4. WebModule.start()')
      }
      override stop() {
        print('6. WebModule.stop()')
      }
    }
    const host = new TestHost()
    const app = new Application({ settings: AppSettings, autoDiscover: false, host, logger: quiet })
    app.addModule(new DataModule()) // Added first
    app.addModule(new WebModule()) // Added second

    print('Phase: Initialize')
    await app.initialize()
    print('Phase: Start & Run')
    app.on('ready', () => {
      print('... application runs ...')
      host.signal('SIGINT')
    })
    expect(await host.clock.run(app.run())).toBe(0)
    expect(lines).toEqual([
      'Phase: Initialize',
      '1. DataModule.configure()',
      '2. WebModule.configure()',
      'Phase: Start & Run',
      '3. DataModule.start()',
      '4. WebModule.start()',
      '... application runs ...',
      '6. WebModule.stop()',
      '5. DataModule.stop()',
    ])
  })
})

describe('hooks', () => {
  test('run when the server starts and stops', async () => {
    const { lines, print } = printer()
    const app = new Application({ logger: quiet })
    app.onStartup(async () => {
      print('Server starting...')
      await Promise.resolve()
      print('database and cache are warm')
    })
    app.onShutdown(async () => print('Server stopping...'))
    await app.startModules()
    await app.stopModules()
    expect(lines).toEqual(['Server starting...', 'database and cache are warm', 'Server stopping...'])
  })

  test('of one kind may be many: they run in the order of registration, also at shutdown', async () => {
    const { lines, print } = printer()
    const app = new Application({ logger: quiet })
      .onStartup(async () => print('init db'))
      .onStartup(async () => print('init cache'))
      .onShutdown(async () => print('cleanup db'))
      .onShutdown(async () => print('cleanup cache'))
    await app.startModules()
    await app.stopModules()
    expect(lines).toEqual(['init db', 'init cache', 'cleanup db', 'cleanup cache'])
  })

  test('may be sync, and come from the constructor', async () => {
    const { lines, print } = printer()
    const initDb = () => print('init db')
    const cleanupDb = () => print('cleanup db')
    const app = new Application({ logger: quiet, onStartup: [initDb], onShutdown: [cleanupDb] })
    await app.startModules()
    await app.stopModules()
    expect(lines).toEqual(['init db', 'cleanup db'])
  })
})

describe('a lifespan', () => {
  const { lines, print } = printer()
  async function* generatorFunction() {
    print('up')
    yield
    print('down')
  }
  const forms: Record<string, NonNullable<ConstructorParameters<typeof Application>[0]>['lifespan']> = {
    'an async generator function': generatorFunction,
    'a function that returns a generator object': () => generatorFunction(),
    'a function that returns a promise of a generator object': async () => generatorFunction(),
    'a sync generator function': function* () {
      print('up')
      yield
      print('down')
    },
    'a function that returns an AsyncDisposable': async () => {
      print('up')
      return { [Symbol.asyncDispose]: async () => print('down') }
    },
    'a function that returns a Disposable': () => {
      print('up')
      return { [Symbol.dispose]: () => print('down') }
    },
  }

  test.each(Object.entries(forms))('may be %s', async (_, lifespan) => {
    lines.length = 0
    const app = await createTestApp({ lifespan })
    print('running')
    await app.stopModules()
    expect(lines).toEqual(['up', 'running', 'down'])
  })

  test('that never yields is an error with a sentence', async () => {
    const app = new Application({ logger: quiet, async *lifespan() {} })
    await expect(app.startModules()).rejects.toThrow(
      'Cannot run the lifespan: it ended without a yield. Write `yield` where the application runs',
    )
  })

  test('that yields twice is an error with a sentence, and its finally blocks run', async () => {
    lines.length = 0
    const app = await createTestApp({
      async *lifespan() {
        try {
          yield
          yield
        } finally {
          print('finally')
        }
      },
    })
    await expect(app.stopModules()).rejects.toThrow('Cannot end the lifespan: it yielded a second time')
    expect(lines).toEqual(['finally'])
  })

  test('that returns nothing is an error with a sentence', async () => {
    const app = new Application({ logger: quiet, lifespan: (() => undefined) as never })
    await expect(app.startModules()).rejects.toThrow(
      'Cannot run the lifespan: it returned undefined. Write a generator function',
    )
  })

  test('receives the application', async () => {
    let seen: unknown
    await using app = await createTestApp({
      async *lifespan(given) {
        seen = given
        yield
      },
    })
    expect(seen).toBe(app)
  })
})

test('the combined example of MicroAPI prints 1, 2, 4, 5 in order, with the running server as 3', async () => {
  const { lines, print } = printer()
  const host = new TestHost()
  const app = new Application({
    host,
    logger: quiet,
    async *lifespan() {
      print('2. Lifespan startup')
      yield
      print('4. Lifespan shutdown')
    },
  })
  app.onStartup(async () => print('1. on_startup hook'))
  app.onShutdown(async () => print('5. on_shutdown hook'))
  app.on('ready', () => {
    print('3. Server runs')
    host.signal('SIGTERM')
  })
  await host.clock.run(app.run())
  expect(lines).toEqual([
    '1. on_startup hook',
    '2. Lifespan startup',
    '3. Server runs',
    '4. Lifespan shutdown',
    '5. on_shutdown hook',
  ])
})

test('signal handlers are there while it runs and gone when it has stopped', async () => {
  const host = new TestHost()
  const app = new Application({ host, logger: quiet })
  let during = 0
  app.on('ready', () => {
    during = host.listeners
    host.signal('SIGTERM')
  })
  await host.clock.run(app.run())
  expect([during, host.listeners]).toEqual([1, 0])
})

test('manual control in a test: initialize, start, use a service, stop', async () => {
  class UserService {
    async createUser(email: string) {
      return { email }
    }
  }
  class DataModule extends BaseModule {
    override configure(container: Container) {
      container.register(UserService)
    }
  }
  const app = new Application({ autoDiscover: false, logger: quiet })
  app.addModule(new DataModule())
  await app.initialize()
  await app.startModules()
  const service = app.container.get(UserService)
  const user = await service.createUser('ada@example.com')
  expect(user.email).toBe('ada@example.com')
  await app.stopModules()
  expect(app.state).toBe('stopped')
})

test('a dependent module waits for the database before it warms up', async () => {
  const { lines, print } = printer()
  class Database {
    readonly ready = withResolvers()
    async waitReady() {
      await this.ready.promise
    }
  }
  class DataModule extends BaseModule {
    override configure(container: Container) {
      container.register(Database)
    }
    override start() {
      print('database ready')
      this.container.get(Database).ready.resolve()
    }
  }
  class CacheModule extends BaseModule {
    override requires = [DataModule]
    override async start() {
      await this.container.get(Database).waitReady()
      print('cache warm')
    }
  }
  await using _app = await createTestApp({ modules: [new CacheModule(), new DataModule()] })
  expect(lines).toEqual(['database ready', 'cache warm'])
})

test('the health of each module, an exception counting as unhealthy', async () => {
  class DataModule extends BaseModule {
    override async isHealthy(): Promise<boolean> {
      throw new Error('ping failed')
    }
  }
  class CacheModule extends BaseModule {
    override isHealthy() {
      return true
    }
  }
  class Plain extends BaseModule {}
  await using app = await createTestApp({ modules: [new DataModule(), new CacheModule(), new Plain()] })
  const { healthy, checks } = await app.health()
  expect(healthy).toBe(false)
  expect(checks).toMatchObject({ data: { healthy: false, message: 'ping failed' }, cache: { healthy: true } })
  expect(Object.keys(checks)).toEqual(['data', 'cache'])
})

test('a periodic task runs every minute and is cancelled by the stop', async () => {
  const host = new TestHost()
  let collected = 0
  class MetricsModule extends BaseModule {
    override start(context: StartContext) {
      context.every(60_000, 'collect metrics', () => void collected++)
    }
  }
  const app = new Application({ host, logger: quiet, modules: [new MetricsModule()] })
  await app.startModules()
  await host.clock.advance(200_000)
  expect(collected).toBe(3)
  await host.clock.run(app.stop())
  await host.clock.advance(200_000)
  expect(collected).toBe(3)
  expect(host.clock.pending).toBe(0)
})

test('a slow shutdown may have a timeout of the module’s own', async () => {
  const { lines, print } = printer()
  const host = new TestHost()
  class SlowModule extends BaseModule {
    override stopTimeout = 5_000
    override async stop({ signal }: StopContext) {
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      print(`Cleanup timed out at ${host.clock.now()}, forcing shutdown`)
    }
  }
  const app = new Application({ host, logger: quiet, modules: [new SlowModule()] })
  await app.startModules()
  expect(await host.clock.run(app.stop())).toBe(0)
  expect(lines).toEqual(['Cleanup timed out at 4500, forcing shutdown'])
})

test('a startup error that is thrown again ends the application with code 1', async () => {
  const { lines, print } = printer()
  const host = new TestHost()
  class DataModule extends BaseModule {
    override async start() {
      try {
        await Promise.reject(new Error('connection refused'))
      } catch (error) {
        print(`Failed to connect to database: ${(error as Error).message}`)
        throw error
      }
    }
  }
  expect(
    await host.clock.run(new Application({ host, logger: quiet, modules: [new DataModule()] }).run()),
  ).toBe(1)
  expect(lines).toEqual(['Failed to connect to database: connection refused'])
})

test('a shutdown error is logged and does not keep other modules from stopping', async () => {
  const { lines, print } = printer()
  class First extends BaseModule {
    override stop() {
      print('first stopped')
    }
  }
  class Broken extends BaseModule {
    override async stop() {
      throw new Error('cleanup failed')
    }
  }
  const app = await createTestApp({ modules: [new First(), new Broken()] })
  app.on('module.failed', ({ module, error }) => print(`${module}: ${(error as Error).message}`))
  expect(await app.stop()).toBe(3)
  expect(lines).toEqual(['broken: cleanup failed', 'first stopped'])
})

function withResolvers() {
  let resolve = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
