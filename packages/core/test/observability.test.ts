import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Application, consoleLogger, defineModule, type LifecycleEvent } from '@myfy/core'
import { createTestApp, TestHost } from '@myfy/core/testing'
import { describe, expect, test } from 'vitest'
import { assertNever } from '../src/events/events.ts'
import { quiet } from './quiet.ts'

const takes = (host: TestHost, name: string, ms: number, requires?: readonly string[]) => {
  const pass = () => new Promise<void>((resolve) => void host.clock.after(ms, resolve))
  return defineModule({ name, requires, start: pass, stop: pass })
}

describe('the timeline', () => {
  test('shows levels, times and the critical path', async () => {
    const host = new TestHost()
    const app = new Application({
      host,
      logger: quiet,
      startup: { concurrency: 'levels' },
      modules: [
        takes(host, 'database', 300),
        takes(host, 'queue', 450),
        takes(host, 'cache', 200, ['database']),
        takes(host, 'web', 5, ['cache', 'queue']),
      ],
    })
    app.on('ready', () => host.signal('SIGTERM'))
    await host.clock.run(app.run())
    expect(app.timeline().toString()).toBe(
      [
        'initialize 0 ms',
        'start 505 ms',
        '├─ database 300 ms  level 0  critical',
        '├─ queue 450 ms  level 0',
        '├─ cache 200 ms  level 1  critical',
        '└─ web 5 ms  level 2  critical',
        'drain 0 ms',
        'stop 955 ms',
        '├─ web 5 ms',
        '├─ cache 200 ms',
        '├─ queue 450 ms',
        '├─ database 300 ms',
        '└─ dispose container 0 ms',
        'critical path 505 ms: database 300 ms → cache 200 ms → web 5 ms',
      ].join('\n'),
    )
    expect(app.timeline().criticalPath.map((step) => step.module)).toEqual(['database', 'cache', 'web'])
    expect(app.timeline().criticalMs).toBe(505)
  })

  test('says what failed', async () => {
    const app = new Application({
      logger: quiet,
      modules: [defineModule({ name: 'a', start: () => Promise.reject(new Error('no')) })],
    })
    await app.startModules().catch(() => {})
    expect(app.timeline().toString()).toMatch(/└─ a .* failed/)
  })
})

test('the status says where the application, each module and the work in flight are', async () => {
  const host = new TestHost()
  const failing = defineModule({ name: 'b', stop: () => Promise.reject(new Error('no')) })
  const app = new Application({ host, logger: quiet, modules: [takes(host, 'a', 20), failing] })
  const seen: unknown[] = []
  app.on('module.starting', ({ module }) => void (module === 'a' && seen.push(app.status())))
  app.on('ready', () => {
    const work = app.inFlight.track('job', 'import')
    seen.push(app.status())
    work.done()
    host.signal('SIGTERM')
  })
  await host.clock.run(app.run())
  expect(seen).toEqual([
    {
      state: 'starting',
      modules: [
        { name: 'a', state: 'starting' },
        { name: 'b', state: 'waiting' },
      ],
      work: [],
    },
    {
      state: 'running',
      modules: [
        { name: 'a', state: 'started', ms: 20 },
        { name: 'b', state: 'started', ms: 0 },
      ],
      work: [{ kind: 'job', label: 'import', since: 20 }],
    },
  ])
  expect(app.status()).toEqual({
    state: 'stopped',
    modules: [
      { name: 'a', state: 'stopped', ms: 20 },
      { name: 'b', state: 'failed', ms: 0 },
    ],
    work: [],
  })
})

describe('the console', () => {
  test('tells the story of a life in order', async () => {
    const lines: string[] = []
    const host = new TestHost()
    const logger = consoleLogger({
      color: false,
      level: 'info',
      json: false,
      write: (line) => lines.push(line.slice(13)),
    })
    const transport = { name: 'http', url: 'http://localhost:8000', listen() {}, drain() {}, close() {} }
    const app = new Application({
      host,
      logger,
      modules: [takes(host, 'cache', 20, ['data']), takes(host, 'data', 1_500)],
    })
    app.on('ready', () => host.signal('SIGTERM'))
    await host.clock.run(app.run({ transport }))
    expect(lines).toEqual([
      'info  cache moved behind data, which it requires',
      'info  data started (1.5 s)',
      'info  cache started (20 ms)',
      'info  http listening on http://localhost:8000',
      'info  ready in 1.5 s',
      'info  Received shutdown signal SIGTERM',
      'info  draining: 0 pieces of work in flight',
      'info  drained in 0 ms',
      'info  cache stopped (20 ms)',
      'info  data stopped (1.5 s)',
      'info  stopped in 1.5 s, exit code 0',
    ])
  })

  test('shows an expected error by its sentence and code, an unexpected one with its stack', async () => {
    const lines: string[] = []
    const logger = consoleLogger({ color: false, json: false, write: (line) => lines.push(line) })
    const host = new TestHost()
    await host.clock.run(
      new Application({ host, logger, modules: [defineModule({ name: 'a', requires: ['b'] })] }).run(),
    )
    await host.clock.run(
      new Application({
        host: new TestHost(),
        logger,
        modules: [defineModule({ name: 'x', start: () => Promise.reject(new TypeError('odd')) })],
      }).run(),
    )
    const output = lines.join('\n')
    expect(output).toContain("the module 'a' requires 'b', which was not added")
    expect(output).toContain('[MYFY_MODULE_MISSING]')
    expect(output).not.toContain('order.ts')
    expect(output).toContain('TypeError: odd\n')
    expect(output).toContain('observability.test.ts')
  })

  test('writes JSON with errors as objects when asked', () => {
    const lines: string[] = []
    consoleLogger({ json: true, write: (line) => lines.push(line) }).error(
      { error: new TypeError('odd'), n: 1n },
      'failed',
    )
    expect(JSON.parse(lines[0]!)).toMatchObject({
      level: 'error',
      message: 'failed',
      n: '1',
      error: { name: 'TypeError', message: 'odd' },
    })
  })

  test('is silent below its level', () => {
    const lines: string[] = []
    const logger = consoleLogger({ level: 'warn', write: (line) => lines.push(line) })
    logger.info({}, 'no')
    logger.warn({}, 'yes')
    expect(lines).toHaveLength(1)
  })
})

describe('events', () => {
  test('reach the diagnostics channel, every one', async () => {
    const seen: string[] = []
    const listener = (message: unknown) => void seen.push((message as { event: LifecycleEvent }).event.type)
    subscribe('myfy:lifecycle', listener)
    const own: string[] = []
    const app = new Application({ logger: quiet, modules: [defineModule({ name: 'a', start() {} })] })
    app.on('*', (event) => own.push(event.type))
    await app.startModules()
    await app.stopModules()
    unsubscribe('myfy:lifecycle', listener)
    expect(seen).toEqual(own)
    expect(seen).toContain('module.started')
  })

  test('are typed by their name, and the union is closed', () => {
    const app = new Application({ logger: quiet })
    app.on('module.started', (event) => event.ms satisfies number)
    // @ts-expect-error there is no such event
    app.on('module.exploded', () => {})
    const exhausted = (type: 'a' | 'b') => {
      if (type === 'a') return
      // @ts-expect-error 'b' is not handled
      assertNever(type)
    }
    expect(() => exhausted('b')).toThrow('unexpected "b"')
  })

  test('harm nobody when a listener throws', async () => {
    const app = new Application({ logger: quiet })
    const seen: string[] = []
    app.on('state', () => {
      throw new Error('listener')
    })
    app.on('state', ({ to }) => seen.push(to))
    await app.initialize()
    expect(seen).toEqual(['initializing', 'initialized'])
  })

  test('end when they are no longer wanted', async () => {
    const app = new Application({ logger: quiet })
    let n = 0
    app.on('state', () => void n++)()
    await app.initialize()
    expect(n).toBe(0)
  })
})

describe('health', () => {
  test('asks all modules side by side and gives each its time', async () => {
    const host = new TestHost()
    const app = new Application({
      host,
      logger: quiet,
      modules: [
        defineModule({ name: 'hangs', isHealthy: () => new Promise<boolean>(() => {}) }),
        defineModule({
          name: 'slow',
          isHealthy: () =>
            new Promise<boolean>((resolve) => void host.clock.after(4_000, () => resolve(true))),
        }),
        defineModule({ name: 'ill', isHealthy: () => false }),
      ],
    })
    await app.startModules()
    const health = await host.clock.run(app.health())
    expect(host.clock.now()).toBe(5_000)
    expect(health).toEqual({
      healthy: false,
      checks: {
        hangs: { healthy: false, ms: 5_000, message: 'no answer within 5000 ms' },
        slow: { healthy: true, ms: 4_000 },
        ill: { healthy: false, ms: 0 },
      },
    })
    await app.stop()
  })

  test('live from the start to the end of the stop; ready only while running and healthy', async () => {
    const host = new TestHost()
    let healthy = true
    const seen: string[] = []
    const app: Application = new Application({
      host,
      logger: quiet,
      modules: [defineModule({ name: 'a', isHealthy: () => healthy })],
    })
    const look = async (when: string) => {
      const { live } = app
      seen.push(`${when} live ${live} ready ${(await app.readiness()).ready}`)
    }
    await look('created')
    app.on('ready', async () => {
      await look('running')
      healthy = false
      await look('ill')
      host.signal('SIGTERM')
    })
    await host.clock.run(app.run())
    await look('stopped')
    expect(seen).toEqual([
      'created live false ready false',
      'running live true ready true',
      'ill live true ready false',
      'stopped live false ready false',
    ])
  })
})

test('an override changes a provider for a test', async () => {
  class Clock {
    now() {
      return 1
    }
  }
  await using app = await createTestApp({
    modules: [defineModule({ name: 'a', configure: (container) => void container.register(Clock) })],
    override: (container) => void container.override(Clock, { value: { now: () => 42 } }),
  })
  expect(app.container.get(Clock).now()).toBe(42)
})
