// A logger that is called as those of other libraries are: the message and the error reach the log.
import { Application, consoleLogger, type Logger } from '@myfy/core'
import { pino } from 'pino'
import { expect, test } from 'vitest'

/** A call as JavaScript allows it. */
type Call = (logger: Record<'info' | 'error', (...args: unknown[]) => void>) => void

const failure = Object.assign(new Error('disk full'), { code: 'ENOSPC' })
const hostile = {
  get broken(): never {
    throw new Error('unreadable')
  },
}

const calls: ReadonlyArray<readonly [style: string, call: Call, message: string, parts: readonly string[]]> =
  [
    ['fields and message', (l) => l.info({ order: 7 }, 'saved'), 'saved', ['order', '7']],
    ['a message', (l) => l.info('saved'), 'saved', []],
    ['an error', (l) => l.error(failure), 'disk full', ['ENOSPC', 'log-line.test.ts']],
    [
      'an error and a message (pino)',
      (l) => l.error(failure, 'not saved'),
      'not saved',
      ['disk full', 'ENOSPC'],
    ],
    [
      'a message and an error (console)',
      (l) => l.error('not saved', failure),
      'not saved',
      ['disk full', 'ENOSPC'],
    ],
    [
      'a message and an error with a colon',
      (l) => l.error('not saved:', failure),
      'not saved:',
      ['disk full'],
    ],
    ['a message and fields (winston)', (l) => l.info('saved', { order: 7 }), 'saved', ['order', '7']],
    [
      'a message and fields with an error',
      (l) => l.error('not saved', { err: failure }),
      'not saved',
      ['disk full'],
    ],
    [
      'a message, fields and an error',
      (l) => l.error('not saved', { order: 7 }, failure),
      'not saved',
      ['7', 'disk full'],
    ],
    [
      'a message and two errors',
      (l) => l.error('no', failure, new Error('nor tape')),
      'no',
      ['disk full', 'nor tape'],
    ],
    ['fields alone with msg (pino)', (l) => l.info({ msg: 'saved', order: 7 }), 'saved', ['order', '7']],
    [
      'fields alone with message (winston)',
      (l) => l.info({ message: 'saved', order: 7 }),
      'saved',
      ['order', '7'],
    ],
    ['fields alone with an error', (l) => l.error({ err: failure }), 'disk full', ['ENOSPC']],
    ['an error in another field', (l) => l.error({ error: failure }, 'no'), 'no', ['ENOSPC']],
    ['fields and an error', (l) => l.error({ order: 7 }, failure), 'disk full', ['order', '7', 'ENOSPC']],
    ['printf', (l) => l.info('order %d of %s', 7, 'ada'), 'order 7 of ada', []],
    ['printf with fields (pino)', (l) => l.info({ order: 7 }, 'of %s', 'ada'), 'of ada', ['order', '7']],
    ['printf with an error', (l) => l.error('not saved: %s', failure), 'not saved: disk full', ['ENOSPC']],
    ['printf and fields', (l) => l.info('of %s', 'ada', { order: 7 }), 'of ada', ['order', '7']],
    ['values (console)', (l) => l.info('orders', 7, ['a', 'b']), "orders 7 [ 'a', 'b' ]", []],
    ['a number', (l) => l.info(7), '7', []],
    ['an array', (l) => l.info([7, 8]), '[ 7, 8 ]', []],
    ['a map', (l) => l.info(new Map([['a', 1]])), "Map(1) { 'a' => 1 }", []],
    ['undefined and a message', (l) => l.info(undefined, 'saved'), 'saved', []],
    ['a percent sign', (l) => l.info('100% of %s'), '100% of %s', []],
    ['a symbol for %d', (l) => l.info('%s %d', Symbol('s'), {}), 'Symbol(s) NaN', []],
    ['a field that cannot be read', (l) => l.info('saved', hostile), 'saved', []],
  ]

/** The loggers, each with how it finds the message of its line. */
const loggers: ReadonlyArray<
  readonly [name: string, make: (write: (text: string) => void) => Logger, message: (line: string) => string]
> = [
  ['text', (write) => consoleLogger({ json: false, color: false, write }), (line) => line.slice(19)],
  ['JSON', (write) => consoleLogger({ json: true, write }), (line) => JSON.parse(line).message],
  ['pino', (write) => pino({}, { write }), (line) => JSON.parse(line).msg],
]

for (const [name, make, messageIn] of loggers)
  for (const wrapped of ['guarded by an application', 'of a child', ...(name === 'pino' ? [] : ['itself'])])
    test.each(calls)(`${name}, ${wrapped}: %s`, (_style, call, message, parts) => {
      const lines: string[] = []
      const own = make((text) => void lines.push(text))
      const application = new Application({ logger: own }).logger
      const logger =
        wrapped === 'itself' ? own : wrapped === 'of a child' ? application.child!({ id: 'x1' }) : application
      // The type refuses most of these calls; JavaScript does not.
      call(logger as unknown as Parameters<Call>[0])
      expect(lines).toHaveLength(1)
      const line = lines[0]!
      expect(messageIn(line).slice(0, message.length)).toBe(message)
      for (const part of parts) expect(line).toContain(part)
    })

test('a field does not replace the message, the level and the time of a JSON line', () => {
  let line = ''
  const logger = consoleLogger({ json: true, write: (text) => (line = text) })
  logger.info({ message: 'body', level: 9, time: 'noon', order: 7 }, 'received')
  expect(JSON.parse(line)).toMatchObject({
    message: 'received',
    level: 'info',
    order: 7,
    fields: { message: 'body', level: 9, time: 'noon' },
  })
})

test('TypeScript refuses what is not fields and a message', () => {
  const logger = consoleLogger({ level: 'silent' })
  // @ts-expect-error a message alone
  logger.info('saved')
  // @ts-expect-error an error alone
  logger.error(failure)
  // @ts-expect-error a message before its fields
  logger.info('saved', { order: 7 })
})
