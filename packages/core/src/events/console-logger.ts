// The logger for the console: for people on a terminal, plain through a pipe, or as JSON.

import { formatDuration } from '../runtime/duration.ts'
import { describeError } from '../runtime/error-text.ts'
import { jsonValue } from '../runtime/json-value.ts'
import { isError, property } from '../runtime/thrown.ts'
import type { Logger } from './logger.ts'

type Level = 'debug' | 'info' | 'warn' | 'error'

const levels: readonly Level[] = ['debug', 'info', 'warn', 'error']
const colors: Readonly<Record<Level, string>> = {
  debug: '\u001b[90m',
  info: '\u001b[32m',
  warn: '\u001b[33m',
  error: '\u001b[31m',
}

/** How the console logger writes. */
export interface ConsoleLoggerOptions {
  /** One JSON object a line. Default: `LOG_FORMAT=json`. */
  readonly json?: boolean
  /** ANSI colors. Default: when standard output is a terminal and `NO_COLOR` is not set, or `FORCE_COLOR` is. */
  readonly color?: boolean
  /** The least level that is written: `debug`, `info`, `warn`, `error`, `silent`. Default: `LOG_LEVEL`, or `info`. */
  readonly level?: string
  /** Where lines go. Default: standard output, warnings and errors to standard error. */
  readonly write?: (line: string, level: 'debug' | 'info' | 'warn' | 'error') => void
}

/** A logger that writes to the console: for people on a terminal, plain through a pipe, or as JSON. */
export function consoleLogger(options: ConsoleLoggerOptions = {}): Logger {
  const env = process.env
  const json = options.json ?? env.LOG_FORMAT === 'json'
  const color =
    options.color ??
    (env.FORCE_COLOR ? env.FORCE_COLOR !== '0' : process.stdout.isTTY === true && !env.NO_COLOR)
  const wanted = options.level ?? env.LOG_LEVEL ?? 'info'
  const least = wanted === 'silent' ? levels.length : Math.max(0, levels.indexOf(wanted as Level))
  const write =
    options.write ??
    ((line, level) =>
      void (level === 'warn' || level === 'error' ? process.stderr : process.stdout).write(`${line}\n`))
  const log = (level: Level) => (fields: object, message: string) => {
    if (levels.indexOf(level) < least) return
    write(json ? toJSON(level, fields, message) : toText(level, fields, message, color), level)
  }
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
}

function toJSON(level: Level, fields: object, message: string): string {
  const own = jsonValue(fields) as Record<string, unknown>
  return JSON.stringify({ time: new Date().toISOString(), level, message, ...own })
}

function toText(level: Level, fields: object, message: string, color: boolean): string {
  const time = new Date().toISOString().slice(11, 23)
  const name = level.padEnd(5)
  const head = color
    ? `\u001b[2m${time}\u001b[0m ${colors[level]}${name}\u001b[0m ${message}`
    : `${time} ${name} ${message}`
  const errors: string[] = []
  let line = head
  for (const key of Object.keys(fields)) {
    const value = property(fields, key)
    if (key === 'err' ? value !== undefined : isError(value)) errors.push(indent(describeError(value)))
    else if (isNews(key, value, message)) line += ` ${key}=${String(value)}`
  }
  return [line, ...errors].join('\n')
}

/** Whether the message lacks a field: only plain values are printed, and a value that the message has is not repeated. */
function isNews(key: string, value: unknown, message: string): boolean {
  if (value === undefined || value === null || typeof value === 'object' || typeof value === 'function')
    return false
  if (typeof value === 'boolean') return !message.includes(key)
  if (key === 'ms' && typeof value === 'number') return !message.includes(formatDuration(value))
  return !message.includes(String(value))
}

/** Sets lines under the message that they belong to. */
export function indent(text: string): string {
  return text.replace(/^/gm, '             ')
}
