import { MyfyError } from '@myfy/di'
import { describe, expect, test } from 'vitest'
import { HookTimeoutError, StartupError } from '../../src/errors.ts'
import { consoleLogger } from '../../src/events/console-logger.ts'
import { describeError } from '../../src/runtime/error-text.ts'
import { jsonValue } from '../../src/runtime/json-value.ts'
import { errorOf, messageOf } from '../../src/runtime/thrown.ts'

const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
const cyclic = () => {
  const first: Error = new Error('first')
  first.cause = new Error('second', { cause: first })
  return first
}
const refused = (address: string) =>
  Object.assign(new Error(`connect ECONNREFUSED ${address}:5432`), {
    code: 'ECONNREFUSED',
    address,
    port: 5432,
  })
const connection = { socket: { self: undefined as unknown } }
connection.socket.self = connection

/** Values as they are thrown in the field, and what a log must show of each. */
const thrown: Array<[string, () => unknown, readonly string[]]> = [
  ['an error', () => new TypeError('odd'), ['TypeError', 'odd', 'error-text.test.ts']],
  ['an error with a code', () => Object.assign(new Error('away'), { code: 'E_AWAY' }), ['away', 'E_AWAY']],
  [
    'an expected error',
    () => new MyfyError('MYFY_X', 'Cannot x: y. Do z.'),
    ['Cannot x: y. Do z.', 'MYFY_X'],
  ],
  [
    'a refused connection to two addresses',
    () => new AggregateError([refused('::1'), refused('127.0.0.1')]),
    ['ECONNREFUSED ::1:5432', 'ECONNREFUSED 127.0.0.1:5432'],
  ],
  [
    'Promise.any',
    () => new AggregateError([new Error('primary'), new Error('replica')], 'all failed'),
    ['all failed', 'primary', 'replica'],
  ],
  [
    'a cause',
    () => new Error('outer', { cause: new Error('inner', { cause: new Error('innermost') }) }),
    ['outer', 'inner', 'innermost'],
  ],
  ['a cause that is a text', () => new Error('outer', { cause: 'inner text' }), ['outer', 'inner text']],
  ['a cyclic cause', cyclic, ['first', 'second']],
  [
    'an error that holds its connection',
    () => Object.assign(new Error('503'), { request: connection }),
    ['503'],
  ],
  ['a DOMException', () => new DOMException('aborted', 'AbortError'), ['aborted', 'AbortError']],
  ['an error without a message', () => new TypeError(), ['TypeError']],
  ['null', () => null, ['null']],
  ['undefined', () => undefined, ['undefined']],
  ['a text', () => 'just a text', ['just a text']],
  ['a symbol', () => Symbol('odd'), ['Symbol(odd)']],
  ['a bigint', () => 10n, ['10']],
  ['a plain object', () => ({ code: 'E_DB', detail: 'away' }), ['E_DB', 'away']],
  ['an object without a prototype', () => Object.create(null), ['null prototype']],
  ['a revoked proxy', revoked, ['not an error']],
  [
    'an object whose toString throws',
    () => ({
      toString() {
        throw new Error('no')
      },
    }),
    ['toString'],
  ],
  [
    'an error whose message throws',
    () =>
      Object.defineProperty(new Error('x'), 'message', {
        get() {
          throw new Error('no')
        },
      }),
    ['Error'],
  ],
  ['a bigint as code', () => Object.assign(new Error('big'), { code: 10n }), ['big']],
]

describe.each([
  ['text', false],
  ['JSON', true],
])('in a %s log', (_, json) => {
  test.each(thrown)('%s is shown with its content', (_, make, parts) => {
    const lines: string[] = []
    const logger = consoleLogger({ json, color: false, level: 'debug', write: (line) => lines.push(line) })
    logger.error({ err: errorOf(make()) }, 'failed')
    logger.error({ err: make() }, 'failed')
    expect(lines).toHaveLength(2)
    if (json) for (const line of lines) JSON.parse(line)
    for (const part of parts) expect(lines[0]).toContain(part)
  })

  test.each(thrown)('%s as a cause does no harm', (_, make) => {
    const lines: string[] = []
    const logger = consoleLogger({ json, color: false, write: (line) => lines.push(line) })
    logger.error({ err: new Error('outer', { cause: make() }) }, 'failed')
    expect(lines[0]).toContain('outer')
  })
})

describe('an error in text', () => {
  test('ends its stack where the framework called the user', () => {
    const error = new Error('odd')
    error.stack = [
      'Error: odd',
      '    at connect (/app/node_modules/pg/index.js:1:1)',
      '    at start (/app/src/data.ts:3:9)',
      `    at HookRun.run (${new URL('../../src/hooks/hook-runner.ts', import.meta.url).pathname}:10:2)`,
      '    at async main (/app/src/main.ts:1:1)',
    ].join('\n')
    expect(describeError(error).split('\n')).toHaveLength(3)
  })

  test('does not repeat what a coded error says of its coded cause', () => {
    const cause = new MyfyError('MYFY_B', 'the cause')
    expect(describeError(new MyfyError('MYFY_A', 'start failed: the cause', { cause }))).toBe(
      'start failed: the cause [MYFY_A]',
    )
  })

  test.each([
    ['of the framework and of Node.js only are not shown', [], 0],
    ['are shown if a dependency is among them', ['    at connect (/app/node_modules/pg/index.js:1:1)'], 3],
  ])('below an error that explains it, frames %s', (_, others, frames) => {
    const cause = new TypeError('no bigint')
    const own = new URL('../../src/hooks/hook-run.ts', import.meta.url).pathname
    const lines = ['    at JSON.stringify (<anonymous>)', ...others, `    at json (${own}:10:2)`]
    cause.stack = ['TypeError: no bigint', ...lines].join('\n')
    const text = describeError(new MyfyError('MYFY_A', 'Cannot serialize the answer.', { cause }))
    expect(text).toContain('caused by: TypeError: no bigint')
    expect(text.split('\n').filter((line) => /^ +at /.test(line))).toHaveLength(frames)
  })

  test('does not repeat why a hook of a failed start was abandoned', () => {
    const cause = new HookTimeoutError('start of data', 1_000, 'Raise startup.timeout.')
    expect(describeError(new StartupError('start of data', cause, []))).toBe(
      'Cannot start the application: start of data did not end within 1 s and was abandoned. Raise startup.timeout. [MYFY_STARTUP_FAILED]',
    )
  })

  test('of a failed start ends with the fix of an error that has one, and with advice for any other', () => {
    const coded = new MyfyError('MYFY_A', 'Cannot build pool: no url. Set url.')
    expect(new StartupError('start of data', coded, []).message).toBe(
      'Cannot start the application: start of data failed. Cannot build pool: no url. Set url.',
    )
    expect(new StartupError('start of data', new Error('refused'), []).message).toBe(
      'Cannot start the application: start of data failed: refused. Correct the cause and start again.',
    )
  })

  test.each([['just a text'], [7], [Symbol('why')]])('says a thrown %j once', (thrown) => {
    expect(describeError(errorOf(thrown)).match(/caused by/g)).toBeNull()
  })

  test('keeps a cause that is a text as it is', () => {
    expect(describeError(new Error('outer', { cause: 'the disk is full' }))).toMatch(
      /\ncaused by: the disk is full$/,
    )
  })

  test('is bounded', () => {
    const error = new AggregateError(
      Array.from({ length: 1_000 }, (_, i) => new Error(`${i} ${'x'.repeat(9_999)}`)),
    )
    expect(describeError(error).length).toBeLessThanOrEqual(16_384)
  })
})

describe('a value in JSON', () => {
  test('keeps what a driver says and drops what its connection holds', () => {
    const error = Object.assign(new Error('no'), {
      code: '23505',
      detail: 'exists',
      config: { headers: { authorization: 'Bearer secret' } },
      cause: { status: 401, config: { headers: { authorization: 'Bearer secret' } } },
    })
    expect(jsonValue(error)).toMatchObject({ code: '23505', detail: 'exists', cause: { status: 401 } })
    expect(JSON.stringify(jsonValue(error))).not.toContain('secret')
  })

  test('is bounded in depth and size', () => {
    let deep: object = {}
    for (let i = 0; i < 10_000; i++) deep = { deep }
    const wide = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [i, i]))
    expect(JSON.stringify(jsonValue([deep, wide, 'x'.repeat(10 ** 6)])).length).toBeLessThan(60_000)
  })

  test('keeps dates, maps, sets and what serializes itself', () => {
    const value = {
      at: new Date(0),
      url: new URL('http://a.b/'),
      map: new Map([['k', 1]]),
      set: new Set([1]),
    }
    expect(jsonValue(value)).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      url: 'http://a.b/',
      map: { k: 1 },
      set: [1],
    })
  })
})

test('the message of an aggregate without one is what is inside', () => {
  expect(messageOf(new AggregateError([new Error('a'), new Error('b')]))).toBe('a; b')
})
