import { Application, defineModule, type StartContext, type Transport } from '@myfy/core'
import { TestHost } from '@myfy/core/testing'
import { describe, expect, test } from 'vitest'
import { quiet } from '../quiet.ts'

const create = (host: TestHost, start: (context: StartContext) => unknown, drain = 5_000) =>
  new Application({
    host,
    logger: quiet,
    shutdown: { drain, stop: 2_000, flush: 100 },
    modules: [defineModule({ name: 'mail', start: (context) => void start(context) })],
  })

const pause = (host: TestHost, ms: number) =>
  new Promise<void>((resolve) => void host.clock.after(ms, resolve))

describe('once the drain has begun', () => {
  test('every takes no new turn, and the turn that runs is finished', async () => {
    const host = new TestHost()
    const journal: string[] = []
    const app: Application = create(host, ({ every, track }) => {
      every(50, 'poll', async () => {
        journal.push(`turn ${app.state}`)
        await pause(host, 300)
        journal.push('done')
      })
      // Other work keeps the drain open.
      const work = track('request', 'slow')
      host.clock.after(3_000, () => work.done())
    })
    app.on('ready', () => void host.clock.after(100, () => host.signal('SIGTERM')))
    expect(await host.clock.run(app.run())).toBe(0)
    expect(journal).toEqual(['turn running', 'done'])
  })

  test.each([
    ['drain', 'draining'],
    ['stop', 'stopping'],
  ] as const)('the signal of a task until %s aborts while the application is %s', async (until, state) => {
    const host = new TestHost()
    const ended: string[] = []
    const app: Application = create(host, ({ spawn }) =>
      spawn(
        'outbox',
        (signal) =>
          new Promise<void>((resolve) => {
            signal.addEventListener('abort', () => resolve(void ended.push(app.state)))
          }),
        { until },
      ),
    )
    app.on('ready', () => host.signal('SIGTERM'))
    expect(await host.clock.run(app.run())).toBe(0)
    expect(ended).toEqual([state])
  })

  test('a task until drain takes nothing new and loses nothing', async () => {
    const host = new TestHost()
    let taken = 0
    let done = 0
    const states = new Set<string>()
    const app: Application = create(host, ({ spawn, track }) =>
      spawn(
        'outbox',
        async (signal) => {
          while (!signal.aborted) {
            using _work = track('mail', 'letter')
            states.add(app.state)
            taken++
            await pause(host, 100)
            done++
          }
        },
        { until: 'drain' },
      ),
    )
    app.on('ready', () => void host.clock.after(1_050, () => host.signal('SIGTERM')))
    expect(await host.clock.run(app.run())).toBe(0)
    expect([taken, done]).toEqual([11, 11])
    expect([...states]).toEqual(['starting', 'running'])
  })

  test('context.ending has aborted before any drain hook runs', async () => {
    const host = new TestHost()
    const seen: boolean[] = []
    let ending: AbortSignal | undefined
    const app = new Application({
      host,
      logger: quiet,
      modules: [
        defineModule({
          name: 'queue',
          start: (context) => {
            ending = context.ending
          },
          drain: () => void seen.push(ending!.aborted),
        }),
      ],
    })
    app.on('ready', () => {
      expect(ending!.aborted).toBe(false)
      host.signal('SIGTERM')
    })
    await host.clock.run(app.run())
    expect(seen).toEqual([true])
  })

  test('work that fails in the drain is reported', async () => {
    const host = new TestHost()
    const failed: unknown[] = []
    const app = create(host, ({ spawn }) =>
      spawn(
        'outbox',
        async () => {
          await pause(host, 500)
          throw new Error('the letter was refused')
        },
        { until: 'drain' },
      ),
    )
    app.on('task.failed', ({ error }) => failed.push(error))
    app.on('ready', () => host.signal('SIGTERM'))
    await host.clock.run(app.run())
    expect(failed).toMatchObject([{ message: 'the letter was refused' }])
  })
})

describe('a signal during the start', () => {
  const hooks = ['start', 'ready', 'listen'] as const
  test.each(hooks)('while %s takes work: the work is finished before anything stops', async (where) => {
    const host = new TestHost()
    const journal: string[] = []
    const begin = async (app: { inFlight: Application['inFlight'] }) => {
      const work = app.inFlight.track('order', 'orders')
      host.clock.after(1_000, () => {
        journal.push('order done')
        work.done()
      })
      host.clock.after(50, () => host.signal('SIGTERM'))
      await pause(host, 200)
    }
    const transport: Transport = {
      name: 'orders',
      listen: ({ app }) => (where === 'listen' ? begin(app) : undefined),
      drain: () => void journal.push('drain of the transport'),
      close: () => {},
    }
    const app = new Application({
      host,
      logger: quiet,
      modules: [
        defineModule({
          name: 'consumer',
          start: ({ app }) => (where === 'start' ? begin(app) : undefined),
          ready: ({ app }) => (where === 'ready' ? begin(app) : undefined),
          drain: () => void journal.push('drain'),
          stop: () => void journal.push('stop'),
          transports: () => [transport],
        }),
      ],
    })
    expect(await host.clock.run(app.run())).toBe(0)
    expect(journal.at(-1)).toBe('stop')
    expect(journal.at(-2)).toBe('order done')
    expect(journal).toContain(where === 'listen' ? 'drain of the transport' : 'drain')
  })

  test('a start that fails drains what started modules have taken', async () => {
    const host = new TestHost()
    const journal: string[] = []
    const app = new Application({
      host,
      logger: quiet,
      modules: [
        defineModule({
          name: 'consumer',
          start: ({ track }) => {
            const work = track('order', 'orders')
            host.clock.after(1_000, () => {
              journal.push('order done')
              work.done()
            })
          },
          drain: () => void journal.push('drain'),
          stop: () => void journal.push('stop'),
        }),
        defineModule({ name: 'web', start: () => Promise.reject(new Error('the port is taken')) }),
      ],
    })
    expect(await host.clock.run(app.run())).toBe(1)
    expect(journal).toEqual(['drain', 'order done', 'stop'])
  })
})

describe('work that begins other work when it ends', () => {
  /** Runs a chain of works, each begun after the end of the one before and a gap. */
  const runChain = async (length: number, gap: () => Promise<void>) => {
    const host = new TestHost()
    const ended: number[] = []
    const errors: Error[] = []
    const app: Application = create(host, ({ track }) => {
      const begin = async (at: number) => {
        const work = track('job', 'step')
        await pause(host, 200)
        ended.push(at)
        work.done()
        await gap()
        if (at < length) void begin(at + 1)
      }
      void begin(1)
    })
    app.on('stopped', (event) => void errors.push(...event.errors))
    app.on('ready', () => host.signal('SIGTERM'))
    return { code: await host.clock.run(app.run()), ended, errors }
  }
  const gaps: ReadonlyArray<readonly [string, () => Promise<void>]> = [
    ['at once', async () => {}],
    [
      'some microtasks later',
      async () => {
        for (let i = 0; i < 3; i++) await undefined
      },
    ],
  ]

  test.each(gaps)('is waited for with all that follows %s', async (_, gap) => {
    const { code, ended } = await runChain(5, gap)
    expect(code).toBe(0)
    expect(ended).toEqual([1, 2, 3, 4, 5])
  })

  test.each(gaps)('and never ends to do so, is cut with its cause: %s', async (_, gap) => {
    const { code, ended, errors } = await runChain(Number.POSITIVE_INFINITY, gap)
    expect([code, ended.length]).toEqual([3, 25])
    expect(errors.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(
        /^Cannot finish work that was taken during the drain: .*: step \(job, 0 ms\)\. Take no/,
      ),
    )
  })
})

describe('what is cut is named, with exit code 3', () => {
  const named = async (track: (context: StartContext, host: TestHost, app: Application) => void) => {
    const host = new TestHost()
    const work: string[] = []
    const app: Application = create(host, (context) => track(context, host, app), 1_000)
    app.on('drain.blocked', (event) => work.push(...event.work))
    app.on('ready', () => host.signal('SIGTERM'))
    return { code: await host.clock.run(app.run()), work }
  }

  test('work that outlives the drain', async () => {
    const { code, work } = await named(({ track }) => {
      for (let i = 0; i < 20; i++) track('request', 'POST /orders')
      track('job', 'import')
    })
    expect(code).toBe(3)
    expect(work).toEqual(['20 × POST /orders (request, 1 s)', 'import (job, 1 s)'])
  })

  test.each(['drain.finished', 'module.stopping', 'module.stopped'] as const)(
    'work that is taken at %s',
    async (moment) => {
      const { code, work } = await named(({ track }, _, app) => {
        app.on(moment, () => void track('order', 'orders'))
      })
      expect(code).toBe(3)
      expect(work).toEqual(['orders (order, 0 ms)'])
    },
  )
})

test('the progress names what the drain waits for', async () => {
  const host = new TestHost()
  const waiting: unknown[] = []
  const app: Application = new Application({
    host,
    logger: quiet,
    shutdown: { drain: 1_500 },
    modules: [
      defineModule({
        name: 'orders',
        start: ({ spawn, track }) => {
          spawn('outbox', () => pause(host, 60_000), { until: 'drain' })
          for (let i = 0; i < 3; i++) track('request', 'POST /orders')
        },
        drain: () => pause(host, 60_000),
      }),
    ],
  })
  app.on('drain.progress', ({ waitingFor }) => waiting.push(waitingFor))
  app.on('ready', () => host.signal('SIGTERM'))
  expect(await host.clock.run(app.run())).toBe(3)
  expect(waiting).toEqual([['drain of orders', 'task outbox of orders', '3 × POST /orders']])
})

test('independent modules that started by levels stop side by side', async () => {
  const host = new TestHost()
  const modules = Array.from({ length: 8 }, (_, i) =>
    defineModule({ name: `m${i}`, start: () => pause(host, 300), stop: () => pause(host, 1_600) }),
  )
  const app = new Application({ host, logger: quiet, startup: { concurrency: 'levels' }, modules })
  app.on('ready', () => host.signal('SIGTERM'))
  expect(await host.clock.run(app.run())).toBe(0)
  expect(host.clock.now()).toBe(1_900)
})

test('modules that require each other stop in reverse order by levels as well', async () => {
  const host = new TestHost()
  const journal: string[] = []
  const module = (name: string, requires: string[], ms: number) =>
    defineModule({ name, requires, stop: () => pause(host, ms).then(() => void journal.push(name)) })
  const app = new Application({
    host,
    logger: quiet,
    startup: { concurrency: 'levels' },
    modules: [
      module('db', [], 1),
      module('cache', ['db'], 50),
      module('web', ['cache', 'db'], 100),
      module('mail', ['db'], 200),
    ],
  })
  await app.startModules()
  await host.clock.run(app.stop())
  expect(journal).toEqual(['web', 'cache', 'mail', 'db'])
})
