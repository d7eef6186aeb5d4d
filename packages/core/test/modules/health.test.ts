import { Application, defineModule } from '@myfy/core'
import { TestHost } from '@myfy/core/testing'
import { describe, expect, test } from 'vitest'
import { quiet } from '../quiet.ts'

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
        hangs: { healthy: false, ms: 5_000, message: 'isHealthy did not return within 5 s' },
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

  test('is an event and a line when it changes, with the reason', async () => {
    const host = new TestHost()
    const lines: string[] = []
    const write = (_fields: object, message: string) => void lines.push(message)
    const outcomes: Array<() => boolean> = [
      () => true,
      () => {
        throw new Error('replica lag 40 s')
      },
      () => false,
      () => true,
      () => false,
    ]
    const app: Application = new Application({
      host,
      logger: { ...quiet, info: write, warn: write },
      modules: [defineModule({ name: 'data', isHealthy: () => outcomes.shift()!() })],
    })
    app.on('ready', async () => {
      while (outcomes.length > 0) await app.readiness()
      host.signal('SIGTERM')
    })
    await host.clock.run(app.run())
    expect(lines.filter((line) => line.includes('healthy'))).toEqual([
      'data is not healthy: replica lag 40 s',
      'data is healthy again',
      'data is not healthy',
    ])
  })
})
