import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Application, defineModule, type Logger } from '@myfy/core'
import { createRedactor } from '@myfy/core/runtime'
import { TestHost } from '@myfy/core/testing'
import { describe, expect, test, vi } from 'vitest'
import { guardLogger } from '../../src/events/guarded-logger.ts'
import { quiet } from '../quiet.ts'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

describe('a logger that throws', () => {
  const closed = () => {
    throw new Error('the destination is closed')
  }
  const logger: Logger = { debug: closed, info: closed, warn: closed, error: closed }

  test('does not disturb the start, the stop or a failing hook', async () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const host = new TestHost()
    const journal: string[] = []
    const app = new Application({
      host,
      logger,
      modules: [
        defineModule({ name: 'db', stop: () => void journal.push('db stopped') }),
        defineModule({ name: 'cache', stop: () => Promise.reject(new Error('cannot stop')) }),
      ],
    })
    app.on('ready', () => host.signal('SIGTERM'))
    const code = await host.clock.run(app.run())
    const lines = write.mock.calls.map(([line]) => String(line)).join('')
    write.mockRestore()
    expect(code).toBe(3)
    expect(journal).toEqual(['db stopped'])
    // The lines go to standard error instead, with the reason.
    expect(lines).toContain('cache failed in stop')
    expect(lines).toContain('the destination is closed')
  })

  test('keeps its other methods', () => {
    const parent = { ...quiet, level: 'info', child: (fields: object) => ({ ...quiet, fields }) }
    const guarded = guardLogger(parent, () => createRedactor()) as typeof parent
    expect(guarded.level).toBe('info')
    expect(guarded.child({ a: 1 })).toMatchObject({ fields: { a: 1 } })
  })
})

test.each([
  [
    'throws',
    () => {
      throw new Error('the chat is away')
    },
  ],
  ['rejects', () => Promise.reject(new Error('the chat is away'))],
])('a listener that %s is logged, and the service runs on', async (_, listener) => {
  const host = new TestHost()
  const errors: object[] = []
  const logger = { ...quiet, error: (fields: object) => void errors.push(fields) }
  const app = new Application({ host, logger })
  app.on('ready', listener)
  app.on('ready', () => void host.clock.after(100, () => host.signal('SIGTERM')))
  expect(await host.clock.run(app.run())).toBe(0)
  expect(errors).toMatchObject([{ err: { message: 'the chat is away' } }])
})

describe('the events of a long run', () => {
  const large = (i: number) =>
    Object.assign(new Error('503'), { body: Buffer.alloc(20_000, i % 256).toString('latin1') })

  test('20,000 failures of a periodic task with a response of 20 kB each hold at most 5 MB', async () => {
    const host = new TestHost()
    let failures = 0
    const poller = defineModule({
      name: 'poller',
      start: ({ every }) => every(1, 'poll', () => Promise.reject(large(++failures))),
    })
    const app = new Application({ host, logger: quiet, modules: [poller] })
    const running = app.run()
    await host.clock.advance(100)
    gc()
    const before = process.memoryUsage().heapUsed
    await host.clock.advance(20_000)
    gc()
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(5_000_000)
    expect(failures).toBeGreaterThanOrEqual(20_000)
    void app.stop()
    await host.clock.run(running)
  })

  test('do not push the stop out of the timeline', async () => {
    const host = new TestHost()
    const app = new Application({
      host,
      logger: quiet,
      modules: [
        defineModule({
          name: 'poller',
          start: ({ every }) => every(10, 'poll', () => Promise.reject(large(1))),
          stop: () => {},
        }),
      ],
    })
    app.on('ready', () => void host.clock.after(10_000, () => host.signal('SIGTERM')))
    await host.clock.run(app.run())
    expect(app.timeline().toString()).toMatch(/stop [^\n]*\n├─ poller/)
  })
})
