// A logger that cannot break what it logs.

import { consoleLogger } from './console-logger.ts'
import type { Logger } from './logger.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const

/**
 * Returns a logger that never throws: a line that `logger` fails to write (a closed destination, a full disk, a field
 * that cannot be serialized) goes to standard error. Everything else of the logger (`child`, `level`) stays usable.
 */
export function guardLogger(logger: Logger): Logger {
  const guarded: Logger = Object.create(logger)
  for (const level of levels) {
    const write = (fields: object, message: string) => {
      try {
        logger[level](fields, message)
      } catch (error) {
        writeFallback(level, fields, message, error)
      }
    }
    Object.defineProperty(guarded, level, { value: write, writable: true, configurable: true })
  }
  return guarded
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
