// A logger that cannot break what it logs, and that logs no secrets.

import { channel } from 'node:diagnostics_channel'
import { jsonValue } from '../runtime/json-value.ts'
import type { Redactor } from '../runtime/redaction.ts'
import { copyError, errorOf, isError } from '../runtime/thrown.ts'
import { consoleLogger } from './console-logger.ts'
import { logLine } from './log-line.ts'
import type { Logger } from './logger.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const

/** A line as it is published on the channel `myfy:log`. */
export interface LogRecord {
  /** The level. */
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** The fields of the line, those of child loggers included. */
  readonly fields: object
  /** The message. */
  readonly message: string
  /** The time at which the line was written, in ms since the epoch. */
  readonly time: number
}

/**
 * Returns a logger that never throws: a line that `logger` fails to write (a closed destination, a full disk, a field
 * that cannot be serialized) goes to standard error. A line that is called as other loggers are (`info('text')`,
 * `error(error)`) keeps its message and its error. Secrets are removed from every line. Lines are published on the
 * channel `myfy:log` while it has subscribers. Everything else of the logger (`level`) stays usable.
 *
 * @param redactor - returns the redactor, which learns the secret settings when they are read
 * @param bound - the fields that the lines of a child have in addition
 */
export function guardLogger(logger: Logger, redactor: () => Redactor, bound?: object): Logger {
  const guarded: Logger = Object.create(logger)
  const lines = channel('myfy:log')
  for (const level of levels) {
    const write = (...args: readonly unknown[]) => {
      let { fields, message } = logLine(args)
      try {
        const { text: safeText, value } = redactor()
        fields = errorsAsJSON(withReason(level, value(fields) as object))
        message = safeText(message)
        if (lines.hasSubscribers)
          lines.publish({
            level,
            fields: { ...bound, ...fields },
            message,
            time: Date.now(),
          } satisfies LogRecord)
        logger[level](fields, message)
      } catch (error) {
        writeFallback(level, { ...bound, ...fields }, message, error)
      }
    }
    Object.defineProperty(guarded, level, { value: write, writable: true, configurable: true })
  }
  const child = (fields: object) => {
    const safe = redactor().value(fields) as object
    return guardLogger(childOf(logger, safe), redactor, { ...bound, ...safe })
  }
  Object.defineProperty(guarded, 'child', { value: child, writable: true, configurable: true })
  return guarded
}

/**
 * Makes an error of what was thrown and is none: of `throw undefined` and `Promise.reject()` a line would state no reason,
 * and a text is not what readers of the field `err` expect. An object is kept: it may be an error that was serialized.
 */
function withReason(level: (typeof levels)[number], fields: object): object {
  if ((level !== 'error' && level !== 'warn') || !Object.hasOwn(fields, 'err')) return fields
  const { err } = fields as { readonly err: unknown }
  return (typeof err === 'object' && err !== null) || typeof err === 'function'
    ? fields
    : { ...fields, err: errorOf(err) }
}

/**
 * Makes `JSON.stringify` write the errors in the fields, which are `{}` otherwise. Not every logger knows the field `err`:
 * bunyan without serializers and one that was written by hand do not.
 */
function errorsAsJSON(fields: object): object {
  const errors = Object.entries(fields).filter(([, value]) => isError(value))
  if (errors.length === 0) return fields
  const copies = errors.map(([key, error]) => {
    const toJSON = { value: () => jsonValue(error) }
    return [key, copyError(error, { toJSON })] as const
  })
  return { ...fields, ...Object.fromEntries(copies) }
}

/** Returns a logger that adds fields to each of its lines. */
export function childLogger(logger: Logger, fields: object): Logger {
  return logger.child?.(fields) ?? childOf(logger, fields)
}

function childOf(logger: Logger, fields: object): Logger {
  if (typeof logger.child === 'function') return logger.child(fields)
  const child: Logger = Object.create(logger)
  for (const level of levels) {
    const write = (...args: readonly unknown[]) => {
      const own = logLine(args)
      logger[level]({ ...fields, ...own.fields }, own.message)
    }
    Object.defineProperty(child, level, { value: write, writable: true, configurable: true })
  }
  return child
}

function writeFallback(
  level: (typeof levels)[number],
  fields: object,
  message: string,
  error: unknown,
): void {
  try {
    const fallback = consoleLogger({
      level: 'debug',
      write: (line) => void process.stderr.write(`${line}\n`),
    })
    fallback[level]({ ...fields, loggerError: error }, message)
  } catch {
    // Standard error is gone as well: the line is lost, the application is not.
  }
}
