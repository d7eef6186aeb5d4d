import { Application, consoleLogger, defineModule } from '@myfy/core'
import { TestHost } from '@myfy/core/testing'
import { describe, expect, test } from 'vitest'

const takes = (host: TestHost, name: string, ms: number, requires?: readonly string[]) => {
  const pass = () => new Promise<void>((resolve) => void host.clock.after(ms, resolve))
  return defineModule({ name, requires, start: pass, stop: pass })
}

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
      'info  cache moved after data, which it requires',
      'info  data started (1.5 s)',
      'info  cache started (20 ms)',
      'info  http listening on http://localhost:8000',
      'info  ready in 1.5 s',
      'info  Received shutdown signal SIGTERM',
      'info  draining: 0 in flight',
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
    expect(output).toContain("Cannot order the module 'a': it requires 'b', which was not added")
    expect(output).toContain('[MYFY_MODULE_MISSING]')
    expect(output).not.toContain('order.ts')
    expect(output).toContain('TypeError: odd\n')
    expect(output).toContain('console-logger.test.ts')
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

  test.each([
    ['a value of the message', { method: 'GET', status: 200 }, 'GET /a 200', ''],
    ['an equal value of another field', { status: 200, bytes: 200 }, 'GET /a 200', ' bytes=200'],
    ['the number of a duration', { ms: 10, bytes: 10 }, 'GET /a (10 ms)', ' bytes=10'],
    ['a part of a number', { n: 2, of: 0 }, '200 and 0.2', ' n=2 of=0'],
    ['one value said twice', { from: 3, to: 3 }, '3 to 3', ''],
  ])('adds to the text only what %s does not say', (_, fields, message, added) => {
    const lines: string[] = []
    const logger = consoleLogger({ json: false, color: false, write: (line) => void lines.push(line) })
    logger.info(fields, message)
    expect(lines[0]!.slice(lines[0]!.indexOf(message) + message.length)).toBe(added)
  })

  test('is silent below its level', () => {
    const lines: string[] = []
    const logger = consoleLogger({ level: 'warn', write: (line) => lines.push(line) })
    logger.info({}, 'no')
    logger.warn({}, 'yes')
    expect(lines).toHaveLength(1)
  })
})
