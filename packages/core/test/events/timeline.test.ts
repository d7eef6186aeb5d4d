import { Application, defineModule } from '@myfy/core'
import { TestHost } from '@myfy/core/testing'
import { describe, expect, test } from 'vitest'
import { quiet } from '../quiet.ts'

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
        'stop 505 ms',
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
    expect(app.timeline().toString()).toMatch(/─ a .* failed/)
  })
})
