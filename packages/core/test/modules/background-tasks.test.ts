import { Application, defineModule, type LifecycleEvent, type StartContext } from '@myfy/core'
import { TestHost } from '@myfy/core/testing'
import { describe, expect, test } from 'vitest'
import { quiet } from '../quiet.ts'

function started(start: (context: StartContext) => void) {
  const host = new TestHost()
  const journal: string[] = []
  const events: LifecycleEvent[] = []
  const app = new Application({
    host,
    logger: quiet,
    modules: [defineModule({ name: 'worker', start, stop: () => void journal.push('stop') })],
  })
  app.on('*', (event) => events.push(event))
  return { host, app, journal, events }
}

describe('options of background work', () => {
  const refused: ReadonlyArray<readonly [start: (context: StartContext) => void, message: string]> = [
    [
      (context) => context.spawn('poll', () => {}, { onErorr: 'ignore' } as object),
      "Cannot use the option 'onErorr' of spawn('poll'): it does not exist. Write onError.",
    ],
    [
      (context) => context.spawn('poll', () => {}, { onError: 'retry' } as never),
      "Cannot use \"retry\" as the option 'onError' of spawn('poll'): it is not a value of this option. Use fatal, restart, ignore.",
    ],
    [
      (context) => context.every(10, 'tick', () => {}, { once: 'clutser' } as never),
      "Cannot use \"clutser\" as the option 'once' of every('tick'): it is not a value of this option. Use cluster.",
    ],
    [
      (context) => context.every(10, 'tick', () => {}, { until: 'stop' } as object),
      "Cannot use the option 'until' of every('tick'): it does not exist. Use onError, maxRetryDelay, once.",
    ],
    [
      (context) => context.every(10, 'tick', () => {}, { once: 'cluster', onError: 'fatal' }),
      "Cannot use the option 'onError' of every('tick') with once: 'cluster': a failure is logged, and another process may run the next turn. Leave it out.",
    ],
    [
      (context) => context.every(10, (() => {}) as never, undefined as never),
      'Cannot run a background task: its name is not a text. Call every(interval, name, work).',
    ],
    [
      (context) => context.spawn('poll', Promise.resolve() as never),
      "Cannot run a background task: the work of 'poll' is not a function. Call spawn(name, work).",
    ],
  ]
  test.each(refused)('that would be ignored are refused (%#)', async (start, message) => {
    const { app } = started(start)
    await expect(app.startModules()).rejects.toThrow(message)
  })

  test('of startModules that do not exist are refused', async () => {
    const { app } = started(() => {})
    await expect(app.startModules({ onyl: ['worker'] } as object)).rejects.toThrow(
      "Cannot use the option 'onyl' of startModules: it does not exist. Write only.",
    )
  })
})

describe('background work', () => {
  test('is told to end and awaited before its module stops', async () => {
    const { host, app, journal } = started((context) =>
      context.spawn('poll', async (signal) => {
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        await new Promise<void>((resolve) => void host.clock.after(200, resolve))
        journal.push('poll ended')
      }),
    )
    await app.startModules()
    expect(await host.clock.run(app.stop())).toBe(0)
    expect(journal).toEqual(['poll ended', 'stop'])
  })

  test('that does not end is abandoned, and the module stops all the same', async () => {
    const { host, app, journal } = started((context) => context.spawn('deaf', () => new Promise(() => {})))
    await app.startModules()
    expect(await host.clock.run(app.stop())).toBe(3)
    expect(journal).toEqual(['stop'])
  })

  test('that fails is fatal unless told otherwise: a graceful stop, exit 1', async () => {
    const { host, app, journal } = started((context) =>
      context.spawn('poll', async () => {
        await new Promise<void>((resolve) => void host.clock.after(1_000, resolve))
        throw new Error('the queue is gone')
      }),
    )
    expect(await host.clock.run(app.run())).toBe(1)
    expect(journal).toEqual(['stop'])
  })

  test('that restarts pauses longer each time, to 30 s', async () => {
    const at: number[] = []
    const { host, app } = started((context) => {
      const poll = async () => {
        at.push(host.clock.now())
        throw new Error('no')
      }
      context.spawn('poll', poll, { onError: 'restart' })
    })
    await app.startModules()
    await host.clock.advance(120_000)
    await host.clock.run(app.stop())
    expect(at.slice(0, 5)).toEqual([0, 100, 300, 700, 1_500])
    expect(
      at
        .slice(1)
        .map((time, i) => time - at[i]!)
        .at(-1),
    ).toBe(30_000)
  })

  test('that restarts pauses no longer than it says, and so long it must go well to begin anew', async () => {
    const at: number[] = []
    const { host, app } = started((context) => {
      const poll = async () => {
        at.push(host.clock.now())
        if (at.length === 5) await new Promise<void>((resolve) => void host.clock.after(250, resolve))
        throw new Error('no')
      }
      context.spawn('poll', poll, { onError: 'restart', maxRetryDelay: 250 })
    })
    await app.startModules()
    await host.clock.advance(1_500)
    await host.clock.run(app.stop())
    expect(at.slice(0, 7)).toEqual([0, 100, 300, 550, 800, 1_150, 1_350])
  })

  test('that fails the same way again and again is logged once, and again when it fails in another way', async () => {
    const host = new TestHost()
    const logged: string[] = []
    const logger = {
      ...quiet,
      error: (fields: object) => void logged.push(String(Reflect.get(fields, 'err'))),
    }
    let tries = 0
    const start = ({ every, spawn }: StartContext) => {
      spawn('poll', () => Promise.reject(new Error(++tries < 4 ? 'away' : 'refused')), { onError: 'restart' })
      every(1_000, 'count', () => Promise.reject(new Error('nothing to count')))
    }
    const app = new Application({ host, logger, modules: [defineModule({ name: 'worker', start })] })
    const running = app.run()
    await host.clock.advance(20_000)
    expect(tries).toBeGreaterThan(4)
    expect(logged).toEqual(['Error: away', 'Error: refused', 'Error: nothing to count'])
    void app.stop()
    await host.clock.run(running)
  })

  test('is one of any number, and passes its signal to any number of listeners, without a warning', async () => {
    const warnings: Error[] = []
    const warned = (warning: Error) => void warnings.push(warning)
    process.on('warning', warned)
    const listen = (signal: AbortSignal) => {
      for (let n = 0; n < 20; n++) signal.addEventListener('abort', () => {})
    }
    const { host, app } = started(({ every, spawn, signal, ending }) => {
      for (let n = 0; n < 20; n++) {
        every(1_000, `poll ${n}`, () => {})
        spawn(`job ${n}`, listen, { until: n % 2 ? 'drain' : 'stop' })
      }
      listen(signal)
      listen(ending)
    })
    await app.startModules()
    await host.clock.advance(5_000)
    await host.clock.run(app.stop())
    process.off('warning', warned)
    expect(warnings).toEqual([])
  })

  test('that went well for long restarts at once when it fails', async () => {
    const at: number[] = []
    const { host, app } = started((context) => {
      const poll = async () => {
        at.push(host.clock.now())
        if (at.length === 3) await new Promise<void>((resolve) => void host.clock.after(60_000, resolve))
        throw new Error('no')
      }
      context.spawn('poll', poll, { onError: 'restart' })
    })
    await app.startModules()
    await host.clock.advance(61_000)
    await host.clock.run(app.stop())
    expect(at.slice(0, 4)).toEqual([0, 100, 300, 60_400])
  })

  test('that throws because it was told to end has not failed', async () => {
    const { host, app, events } = started((context) =>
      context.spawn(
        'poll',
        (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      ),
    )
    await app.startModules()
    expect(await host.clock.run(app.stop())).toBe(0)
    expect(events.filter((event) => event.type === 'task.failed')).toEqual([])
  })

  test('ends with a start that fails after it was begun', async () => {
    let aborted = false
    const { host, app } = started((context) => {
      context.spawn(
        'poll',
        (signal) =>
          new Promise<void>((resolve) => {
            signal.addEventListener('abort', () => {
              aborted = true
              resolve()
            })
          }),
      )
      throw new Error('no')
    })
    await expect(host.clock.run(app.startModules())).rejects.toThrow('no')
    expect(aborted).toBe(true)
  })
})

describe('periodic work', () => {
  test('never runs twice at once', async () => {
    const began: number[] = []
    const { host, app } = started((context) =>
      context.every(100, 'slow', async () => {
        began.push(host.clock.now())
        await new Promise<void>((resolve) => void host.clock.after(250, resolve))
      }),
    )
    await app.startModules()
    await host.clock.advance(1_000)
    expect(began).toEqual([100, 450, 800])
    await host.clock.run(app.stop())
  })

  test('goes on after a failure, which is reported', async () => {
    let runs = 0
    const { host, app, events } = started((context) =>
      context.every(100, 'flaky', () => {
        runs++
        throw new Error('flaky')
      }),
    )
    await app.startModules()
    await host.clock.advance(350)
    expect(runs).toBe(3)
    expect(events.filter((event) => event.type === 'task.failed')).toHaveLength(3)
    expect(await host.clock.run(app.stop())).toBe(0)
  })
})

test('tracked work is waited for by the drain', async () => {
  let context: StartContext | undefined
  const { host, app, journal } = started((given) => {
    context = given
  })
  app.on('ready', () => {
    const work = context?.track('job', 'import')
    host.clock.after(5_000, () => {
      journal.push('import done')
      work?.done()
    })
    host.signal('SIGTERM')
  })
  expect(await host.clock.run(app.run())).toBe(0)
  expect(journal).toEqual(['import done', 'stop'])
})
