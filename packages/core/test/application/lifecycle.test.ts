import { Application, BaseModule, defineModule, StartAbortedError, StartupError, StopError } from '@myfy/core'
import { createTestApp, TestHost } from '@myfy/core/testing'
import { describe, expect, test } from 'vitest'
import { quiet } from '../quiet.ts'
import { recorded } from '../recorder.ts'

describe('the order of a life', () => {
  test('modules start in the order they were added and stop in reverse', async () => {
    const journal: string[] = []
    const app = new Application({ logger: quiet })
    for (const name of ['a', 'b', 'c']) app.addModule(recorded(journal, name))
    await app.startModules()
    await app.stopModules()
    expect(journal).toEqual(['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a'])
  })

  test('creating and initializing an application starts nothing and listens to no signal', async () => {
    const journal: string[] = []
    const before = process.listenerCount('SIGTERM')
    const app = new Application({ logger: quiet, modules: [recorded(journal, 'a')] })
    await app.initialize()
    expect(journal).toEqual([])
    expect(app.state).toBe('initialized')
    expect(process.listenerCount('SIGTERM')).toBe(before)
  })

  test('hooks run around the lifespan and the lifespan around the modules', async () => {
    const journal: string[] = []
    const app = new Application({
      logger: quiet,
      modules: [recorded(journal, 'a')],
      onStartup: [() => void journal.push('startup 1')],
      onShutdown: [() => void journal.push('shutdown 1')],
      async *lifespan() {
        journal.push('up')
        yield
        journal.push('down')
      },
    })
      .onStartup(async () => void journal.push('startup 2'))
      .onShutdown(async () => void journal.push('shutdown 2'))
    await app.startModules()
    await app.stopModules()
    expect(journal).toEqual([
      'startup 1',
      'startup 2',
      'up',
      'start a',
      'stop a',
      'down',
      'shutdown 1',
      'shutdown 2',
    ])
  })

  test('configure, extend and finalize run on each module before the next of them begins', async () => {
    const journal: string[] = []
    const module = (name: string) =>
      defineModule({
        name,
        configure: () => void journal.push(`configure ${name}`),
        extend: () => void journal.push(`extend ${name}`),
        finalize: (container) => void journal.push(`finalize ${name} ${container.built}`),
      })
    await new Application({ logger: quiet, modules: [module('a'), module('b')] }).initialize()
    expect(journal).toEqual([
      'configure a',
      'configure b',
      'extend a',
      'extend b',
      'finalize a true',
      'finalize b true',
    ])
  })

  test('every module has started when the first ready hook runs', async () => {
    const journal: string[] = []
    const module = (name: string) =>
      defineModule({
        name,
        start: () => void journal.push(`start ${name}`),
        ready: () => void journal.push(`ready ${name}`),
      })
    await using _app = await createTestApp({ modules: [module('a'), module('b')] })
    expect(journal).toEqual(['start a', 'start b', 'ready a', 'ready b'])
  })

  test('initialize can be called again and again, and at once, and happens once', async () => {
    let configured = 0
    const app = new Application({
      logger: quiet,
      modules: [defineModule({ name: 'a', configure: () => void configured++ })],
    })
    await Promise.all([app.initialize(), app.initialize()])
    await app.initialize()
    expect(configured).toBe(1)
  })

  test('stop called five times at once stops once and answers the same', async () => {
    const journal: string[] = []
    const app = await createTestApp({ modules: [recorded(journal, 'a')] })
    const codes = await Promise.all([1, 2, 3, 4, 5].map(() => app.stop()))
    expect(codes).toEqual([0, 0, 0, 0, 0])
    expect(journal).toEqual(['start a', 'stop a'])
  })

  test('a stop before the start stops nothing and lets nothing start', async () => {
    const journal: string[] = []
    const app = new Application({ logger: quiet, modules: [recorded(journal, 'a')] })
    expect(await app.stop()).toBe(0)
    await expect(app.startModules()).rejects.toThrow()
    expect(journal).toEqual([])
    expect(app.state).toBe('stopped')
  })

  test('a module cannot be added once the application is initialized', async () => {
    const app = new Application({ logger: quiet })
    await app.initialize()
    expect(() => app.addModule(defineModule({ name: 'late' }))).toThrow(
      'Cannot call addModule(): the application is already initialized',
    )
  })

  test('with levels, modules that do not require each other start side by side', async () => {
    const host = new TestHost()
    const slow = (name: string, ms: number, requires?: string[]) =>
      defineModule({
        name,
        requires,
        start: () => new Promise<void>((resolve) => void host.clock.after(ms, resolve)),
      })
    const app = new Application({
      host,
      logger: quiet,
      startup: { concurrency: 'levels' },
      modules: [slow('database', 300), slow('queue', 200), slow('cache', 100, ['database'])],
    })
    await host.clock.run(app.startModules())
    expect(host.clock.now()).toBe(400)
    await app.stopModules()
  })

  test('with levels, a failure lets no further module begin and stops those that have started', async () => {
    const journal: string[] = []
    const app = new Application({
      logger: quiet,
      startup: { concurrency: 'levels' },
      modules: [
        recorded(journal, 'a'),
        recorded(journal, 'b', { start: () => Promise.reject(new Error('no')) }),
        recorded(journal, 'c', { requires: ['b'] }),
      ],
    })
    await expect(app.startModules()).rejects.toThrow('start of b failed: no')
    expect(journal).toEqual(['start a', 'start b', 'stop a'])
    expect(app.state).toBe('failed')
  })
})

describe('a start that fails', () => {
  test('stops the started modules once each in reverse, releases what was deferred, starts nothing more', async () => {
    const journal: string[] = []
    const app = new Application({
      logger: quiet,
      modules: [
        recorded(journal, 'a'),
        recorded(journal, 'b'),
        recorded(journal, 'c', {
          start(context) {
            context.defer(() => journal.push('release 1'))
            context.defer(() => journal.push('release 2'))
            throw new Error('the port is taken')
          },
        }),
        recorded(journal, 'd'),
      ],
    })
    const error = await app.startModules().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(StartupError)
    expect((error as StartupError).message).toBe(
      'Cannot start the application: start of c failed: the port is taken. Correct the cause and start again.',
    )
    expect((error as StartupError).cause).toMatchObject({ message: 'the port is taken' })
    expect(journal).toEqual(['start a', 'start b', 'start c', 'release 2', 'release 1', 'stop b', 'stop a'])
    expect(app.state).toBe('failed')
    expect(await app.stop()).toBe(1)
  })

  test('keeps the first cause first and collects what the roll-back could not do', async () => {
    const app = new Application({
      logger: quiet,
      modules: [
        recorded([], 'a', { stop: () => Promise.reject(new Error('cannot stop')) }),
        recorded([], 'b', { start: () => Promise.reject(new Error('cannot start')) }),
      ],
    })
    const error = (await app.startModules().catch((thrown: unknown) => thrown)) as StartupError
    expect(error.cause).toMatchObject({ message: 'cannot start' })
    expect(error.errors.map((one) => one.message)).toEqual(['cannot stop'])
    expect(await app.stop()).toBe(1)
  })

  test('in the second of three onStartup hooks undoes only the first', async () => {
    const journal: string[] = []
    const note = (name: string) => () => void journal.push(name)
    const app = new Application({
      logger: quiet,
      modules: [recorded(journal, 'a')],
      onStartup: [note('up 1'), () => Promise.reject(new Error('no')), note('up 3')],
      onShutdown: [note('down 1'), note('down 2'), note('down 3')],
    })
    await expect(app.startModules()).rejects.toThrow('no')
    expect(journal).toEqual(['up 1', 'down 1'])
  })

  test('leaves the lifespan if it was entered', async () => {
    const journal: string[] = []
    const app = new Application({
      logger: quiet,
      modules: [recorded(journal, 'a', { start: () => Promise.reject(new Error('no')) })],
      onShutdown: [() => void journal.push('shutdown')],
      async *lifespan() {
        journal.push('up')
        yield
        journal.push('down')
      },
    })
    await expect(app.startModules()).rejects.toThrow('no')
    expect(journal).toEqual(['up', 'start a', 'down', 'shutdown'])
  })

  test('exits with 1 and says so to the process even when nobody looks at the error', async () => {
    const host = new TestHost()
    const app = new Application({
      host,
      logger: quiet,
      modules: [recorded([], 'a', { start: () => Promise.reject(new Error('no')) })],
    })
    await host.clock.run(app.run())
    expect(host.exitCode).toBe(1)
  })

  test('passes its time: the hook is told, then abandoned, and named', async () => {
    const host = new TestHost()
    let told: unknown
    const app = new Application({
      host,
      logger: quiet,
      startup: { timeout: 1_000 },
      modules: [
        recorded([], 'slow', {
          start: ({ signal }) =>
            new Promise(() => {
              signal.addEventListener('abort', () => {
                told = host.clock.now()
              })
            }),
        }),
      ],
    })
    await expect(host.clock.run(app.startModules())).rejects.toThrow(
      'Cannot start the application: start of slow did not end within 1 s and was abandoned. Make it end when its signal aborts, or raise startup.timeout or startTimeout.',
    )
    expect(told).toBe(900)
  })
})

describe('a stop asked for during the start', () => {
  test('aborts the starting hook, starts no further module, rolls back, never runs', async () => {
    const journal: string[] = []
    const host = new TestHost()
    const states: string[] = []
    const app = new Application({
      host,
      logger: quiet,
      modules: [
        recorded(journal, 'a'),
        recorded(journal, 'b', {
          start: ({ signal }) =>
            new Promise((_, reject) => {
              signal.addEventListener('abort', () => reject(signal.reason))
              host.signal('SIGTERM')
            }),
        }),
        recorded(journal, 'c'),
      ],
    })
    app.on('state', ({ to }) => states.push(to))
    expect(await host.clock.run(app.run())).toBe(0)
    expect(journal).toEqual(['start a', 'start b', 'stop a'])
    expect(states).not.toContain('running')
    expect(app.state).toBe('stopped')
  })

  test('stops a module that finished starting all the same', async () => {
    const journal: string[] = []
    const host = new TestHost()
    const app = new Application({
      host,
      logger: quiet,
      modules: [
        recorded(journal, 'a', {
          async start() {
            host.signal('SIGTERM')
            await new Promise<void>((resolve) => void host.clock.after(500, resolve))
          },
        }),
        recorded(journal, 'b'),
      ],
    })
    expect(await host.clock.run(app.run())).toBe(0)
    expect(journal).toEqual(['start a', 'stop a'])
  })

  test('lets whoever waits for the start know', async () => {
    const app = new Application({
      logger: quiet,
      modules: [recorded([], 'a', { start: () => void app.stop('enough') })],
    })
    await expect(app.startModules()).rejects.toThrow(StartAbortedError)
    expect(await app.stop()).toBe(0)
  })
})

describe('a stop', () => {
  test('goes on when a hook throws, and ends with 3', async () => {
    const journal: string[] = []
    const app = await createTestApp({
      modules: [
        recorded(journal, 'a'),
        recorded(journal, 'b', {
          stop: () => {
            throw new Error('stuck')
          },
        }),
        recorded(journal, 'c'),
      ],
    })
    await expect(app.stopModules()).rejects.toThrow(StopError)
    expect(journal.slice(3)).toEqual(['stop c', 'stop b', 'stop a'])
    expect(await app.stop()).toBe(3)
  })

  test('abandons a hook that hangs in time for the others', async () => {
    const journal: string[] = []
    const host = new TestHost()
    const app = new Application({
      host,
      logger: quiet,
      modules: [
        recorded(journal, 'a'),
        recorded(journal, 'b', { stop: () => new Promise(() => {}) }),
        recorded(journal, 'c'),
      ],
    })
    await app.startModules()
    const began = host.clock.now()
    expect(await host.clock.run(app.stop())).toBe(3)
    expect(journal.slice(3)).toEqual(['stop c', 'stop b', 'stop a'])
    expect(host.clock.now() - began).toBeLessThanOrEqual(10_000)
  })

  test('gives a hook its remaining time and tells it before it is abandoned', async () => {
    const host = new TestHost()
    const seen: number[] = []
    const app = new Application({
      host,
      logger: quiet,
      modules: [
        defineModule({
          name: 'a',
          stopTimeout: 1_000,
          stop: ({ signal, remaining }) =>
            new Promise<void>((resolve) => {
              seen.push(remaining())
              signal.addEventListener('abort', () => {
                seen.push(host.clock.now())
                resolve()
              })
            }),
        }),
      ],
    })
    await app.startModules()
    expect(await host.clock.run(app.stop())).toBe(0)
    expect(seen).toEqual([1_000, 900])
  })

  test('releases what was deferred after the module itself, and disposes of services last', async () => {
    const journal: string[] = []
    class Service {
      [Symbol.dispose]() {
        journal.push('service')
      }
    }
    class Data extends BaseModule {
      override configure(container: import('@myfy/di').Container) {
        container.register(Service)
      }
      override start({ defer }: import('@myfy/core').StartContext) {
        this.container.get(Service)
        defer(() => journal.push('deferred'))
      }
      override stop() {
        journal.push('stop')
      }
    }
    const app = await createTestApp({
      modules: [new Data()],
      onShutdown: [() => void journal.push('shutdown')],
    })
    await app.stopModules()
    expect(journal).toEqual(['stop', 'deferred', 'shutdown', 'service'])
  })

  test('waits for work in the ledger, and names what it had to cut', async () => {
    const host = new TestHost()
    const app = new Application({ host, logger: quiet, shutdown: { drain: 5_000 } })
    const running = app.run()
    await host.clock.run(new Promise<void>((resolve) => void app.on('ready', () => resolve())))
    const job = app.inFlight.track('job', 'nightly report')
    host.clock.after(2_000, () => job.done())
    app.inFlight.track('job', 'endless import')
    host.signal('SIGTERM')
    expect(await host.clock.run(running)).toBe(3)
    const report = app.timeline().toString()
    expect(report).toContain('drain 5 s')
    await expect(app.stopModules()).rejects.toThrow(
      'Cannot finish the work in flight: it did not end within 5 s and was cut: endless import (job, 5 s)',
    )
  })

  test('serves on while load balancers notice: the delay passes before anything drains', async () => {
    const host = new TestHost()
    const journal: string[] = []
    const transport = {
      name: 'test',
      listen: () => void journal.push('listen'),
      drain: () => void journal.push(`drain at ${host.clock.now()}`),
      close: () => void journal.push('close'),
    }
    const app = new Application({ host, logger: quiet, shutdown: { delay: 3_000 } })
    app.on('ready', () => host.signal('SIGTERM'))
    app.on('drain.started', async () =>
      journal.push(`ready: ${(await app.readiness()).ready}, live: ${app.live}`),
    )
    expect(await host.clock.run(app.run({ transport }))).toBe(0)
    expect(journal).toEqual(['listen', 'ready: false, live: true', 'drain at 3000', 'close'])
  })
})

test('an application stops at the end of its block', async () => {
  const journal: string[] = []
  {
    await using app = new Application({ logger: quiet, modules: [recorded(journal, 'a')] })
    await app.startModules()
  }
  expect(journal).toEqual(['start a', 'stop a'])
})

test('two applications in one process share nothing', async () => {
  const journal: string[] = []
  await using first = await createTestApp({ modules: [recorded(journal, 'first')] })
  {
    await using second = await createTestApp({ modules: [recorded(journal, 'second')] })
    expect(second.container).not.toBe(first.container)
  }
  expect(first.state).toBe('starting')
  expect(journal).toEqual(['start first', 'start second', 'stop second'])
})
