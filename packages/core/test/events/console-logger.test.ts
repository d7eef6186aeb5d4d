import { Application, consoleLogger, defineModule, type Logger } from '@myfy/core'
import { TestHost } from '@myfy/core/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { childLogger } from '../../src/events/guarded-logger.ts'
import { quiet } from '../quiet.ts'

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

describe('text from outside', () => {
  const written = (log: (logger: Logger) => void) => {
    const lines: string[] = []
    log(consoleLogger({ json: false, color: false, write: (line) => void lines.push(line.slice(13)) }))
    return lines.join('\n')
  }
  const FORGED =
    'Ada\r\n12:00:00.000 info  paid\u001b[2J\u001b]0;title\u0007\u009b31m\u0000\u202egnp.exe\u007f'

  test.each<readonly [string, (logger: Logger) => void]>([
    ['a message', (logger) => logger.info({}, `hello ${FORGED}`)],
    ['a field', (logger) => logger.info({ name: FORGED }, 'hello')],
    ['the name of a field', (logger) => logger.info({ [FORGED]: 1 }, 'hello')],
    ['the message of an error', (logger) => logger.error({ err: new Error(FORGED) }, 'hello')],
    ['a cause', (logger) => logger.error({ err: new Error('a', { cause: new Error(FORGED) }) }, 'hello')],
    ['a thrown text', (logger) => logger.error({ err: FORGED }, 'hello')],
    ['a child', (logger) => childLogger(logger, { name: FORGED }).info({}, 'hello')],
  ])('in %s neither acts on a terminal nor begins a line', (_, log) => {
    const output = written(log)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
    expect(output).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202e]/)
    expect(output.split('\n').slice(1).join('\n')).not.toMatch(/^\S/m)
    for (const shown of ['\\x1b[2J', '\\x07', '\\x9b31m', '\\x00', '\\u202e']) expect(output).toContain(shown)
  })

  test('keeps the lines and the columns of a message', () => {
    expect(written((logger) => logger.info({}, 'two\n  a\tb\n             c'))).toBe(
      'info  two\n               a\tb\n             c',
    )
  })
})

describe('a level or a format that does not exist', () => {
  const writtenWith = (env: Readonly<Record<string, string>>) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
    onTestFinished(() => void vi.unstubAllEnvs())
    const lines: string[] = []
    const logger = consoleLogger({ color: false, write: (line) => void lines.push(line.slice(13)) })
    for (const level of ['debug', 'info', 'warn', 'error'] as const) logger[level]({}, level)
    return lines
  }
  const [aDebug, anInfo, aWarn, anError] = ['debug debug', 'info  info', 'warn  warn', 'error error']

  test.each([
    ['DEBUG', [aDebug, anInfo, aWarn, anError]],
    ['trace', [aDebug, anInfo, aWarn, anError]],
    ['Info', [anInfo, aWarn, anError]],
    ['', [anInfo, aWarn, anError]],
    ['WARN', [aWarn, anError]],
    ['fatal', [anError]],
    ['silent', []],
  ])('is not LOG_LEVEL=%s', (level, lines) => {
    expect(writtenWith({ LOG_LEVEL: level })).toEqual(lines)
  })

  test('in the environment is warned about once, and the default is used', () => {
    const env = { LOG_LEVEL: 'verbos', LOG_FORMAT: 'jsonl' }
    expect(writtenWith(env)).toEqual([
      'warn  LOG_LEVEL=verbos is not a level, info is used; set it to debug, info, warn, error or silent',
      'warn  LOG_FORMAT=jsonl is not a format, text is used; set it to json or text',
      anInfo,
      aWarn,
      anError,
    ])
    // A logger knows nothing of another one.
    expect(writtenWith(env)).toHaveLength(5)
  })

  test.each([
    [{ level: 'verbos' }, /level.*"verbos" is not a level/],
    [{ level: 3 as never }, /level.*3 is not a level/],
    [{ colour: true } as never, /'colour'.*Write color/],
  ])('in the options %j is refused', (options, message) => {
    expect(() => consoleLogger(options)).toThrow(message)
  })
})

test.each<readonly [string, unknown, RegExp]>([
  ['no object', 'console', /a value of type string as logger/],
  ['one method only', { info() {} }, /without debug, warn, error/],
  ['a function', () => {}, /without debug, info, warn, error/],
  ['a flush that is not a method', { ...console, flush: true }, /flush is not a method/],
  [
    'the shape of winston',
    { debug() {}, info() {}, warn() {}, error() {}, log() {}, transports: [], exceptions: {} },
    /takes the message first/,
  ],
])('an application refuses a logger with %s', (_, logger, message) => {
  expect(() => new Application({ logger: logger as Logger })).toThrow(message)
})

test.each<readonly [string, unknown]>([
  ['of console', console],
  ['that is callable', Object.assign(() => {}, quiet)],
  [
    'that is a class',
    new (class {
      debug() {}
      info() {}
      warn() {}
      error() {}
    })(),
  ],
])('an application accepts a logger %s', (_, logger) => {
  expect(new Application({ logger: logger as Logger }).state).toBe('created')
})
