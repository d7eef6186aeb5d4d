// Errors whose stack is an accessor, as it is from Node.js 21 on: what copies them keeps it, on every version.

import pino from 'pino'
import { describe, expect, test } from 'vitest'
import { guardLogger } from '../../src/events/guarded-logger.ts'
import { consoleLogger, type Logger } from '../../src/index.ts'
import { createRedactor } from '../../src/runtime/redaction.ts'

/** An error whose stack has a value for the error itself alone, as V8 12 and later define it. */
function withAccessor(error: Error): Error {
  const stack = `${error.name}: ${error.message}\n    at place (/srv/app/orders.ts:7:5)`
  Object.defineProperty(error, 'stack', {
    get() {
      return this === error ? stack : undefined
    },
    set() {},
    configurable: true,
  })
  return error
}

const errors = {
  'an error': () => withAccessor(new TypeError('out of order')),
  'an error with a secret in its message': () => withAccessor(new Error('cannot use password=hunter22')),
  'an error with a secret in a field': () =>
    withAccessor(Object.assign(new Error('refused'), { config: { password: 'hunter22' } })),
  'an error with a code': () => withAccessor(Object.assign(new Error('disk full'), { code: 'ENOSPC' })),
  'an inner error': () => withAccessor(new AggregateError([withAccessor(new Error('inner'))], 'outer')),
  'a cause': () => withAccessor(new Error('outer', { cause: withAccessor(new Error('inner')) })),
}

/** The forms of a log: each notes the lines as they are written. */
const loggers: Readonly<Record<string, (write: (line: string) => void) => Logger>> = {
  text: (write) => consoleLogger({ json: false, color: false, write }),
  JSON: (write) => consoleLogger({ json: true, write }),
  pino: (write) => pino({}, { write }),
  'JSON by hand': (write) => {
    const line = (fields: object, message: string) => write(JSON.stringify({ ...fields, message }))
    return { debug: line, info: line, warn: line, error: line }
  },
}

describe.each(Object.entries(loggers))('a log as %s', (_form, logger) => {
  test.each(Object.entries(errors))('has the place of %s', (_kind, make) => {
    const lines: string[] = []
    const guarded = guardLogger(
      logger((line) => void lines.push(line)),
      () => createRedactor(),
    )
    guarded.error({ err: make() }, 'failed')
    expect(lines.join()).toContain('/srv/app/orders.ts:7:5')
    expect(lines.join()).not.toContain('hunter22')
  })
})
