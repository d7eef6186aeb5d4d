// A line about a failure states its reason, whatever was thrown, wherever it was thrown.

import { Application, type ApplicationOptions, defineModule, type Logger } from '@myfy/core'
import { createRedactor } from '@myfy/core/runtime'
import { TestHost } from '@myfy/core/testing'
import { describe, expect, test } from 'vitest'
import { guardLogger } from '../../src/events/guarded-logger.ts'

type Level = 'debug' | 'info' | 'warn' | 'error'

function recording() {
  const lines: Array<{ level: Level; fields: { err?: unknown }; message: string }> = []
  const write = (level: Level) => (fields: object, message: string) =>
    void lines.push({ level, fields, message })
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  }
  return { logger, lines }
}

const thrown: ReadonlyArray<readonly [string, unknown]> = [
  ['undefined', undefined],
  ['null', null],
  ['a text', 'a text'],
  ['a number', 42],
]

describe.each(thrown)('%s', (_, value) => {
  test.each(['warn', 'error'] as const)('in the field err of a line of the level %s is an error', (level) => {
    const { logger, lines } = recording()
    guardLogger(logger, () => createRedactor())[level]({ err: value }, 'it failed')
    expect(lines[0]!.fields.err).toMatchObject({
      code: 'MYFY_THROWN_VALUE',
      message: `Cannot tell what failed: the thrown value is not an error: ${value}. Throw an Error, which knows its place.`,
    })
  })

  const fail = () => {
    throw value
  }
  const places: Readonly<Record<string, ApplicationOptions<undefined>>> = {
    'a start': { modules: [defineModule({ name: 'a', start: fail })] },
    'a stop': { modules: [defineModule({ name: 'a', stop: fail })] },
    'a hook of the start': { onStartup: [fail] },
    'a lifespan': {
      async *lifespan() {
        fail()
        yield
      },
    },
    'a turn of every': {
      modules: [defineModule({ name: 'a', start: ({ every }) => void every(10, 'turn', fail) })],
    },
    'a task of spawn': {
      modules: [defineModule({ name: 'a', start: ({ spawn }) => void spawn('task', async () => fail()) })],
    },
  }
  test.each(Object.keys(places))('in %s is logged with its reason', async (place) => {
    const { logger, lines } = recording()
    const host = new TestHost()
    const app = new Application({ ...places[place], host, logger })
    app.on('ready', () => host.clock.after(50, () => host.signal('SIGTERM')))
    await host.clock.run(app.run())
    const failures = lines.filter(({ level, fields }) => level === 'error' && 'err' in fields)
    expect(failures).not.toEqual([])
    for (const { fields } of failures) expect(fields.err).toBeInstanceOf(Error)
  })
})
