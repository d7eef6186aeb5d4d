// The logger for the console: for people on a terminal, plain through a pipe, or as JSON.

import { MyfyError } from '@myfy/di'
import { errorOf } from '../errors.ts'
import type { Logger } from './logger.ts'

type Level = 'debug' | 'info' | 'warn' | 'error'

const levels: readonly Level[] = ['debug', 'info', 'warn', 'error']
const colours: Readonly<Record<Level, string>> = {
  debug: '\u001b[90m',
  info: '\u001b[32m',
  warn: '\u001b[33m',
  error: '\u001b[31m',
}

/** How the console logger writes. */
export interface ConsoleLoggerOptions {
  /** One JSON object a line. Default: `LOG_FORMAT=json`. */
  readonly json?: boolean
  /** ANSI colours. Default: when standard output is a terminal and `NO_COLOR` is not set, or `FORCE_COLOR` is. */
  readonly colour?: boolean
  /** The least level that is written: `debug`, `info`, `warn`, `error`, `silent`. Default: `LOG_LEVEL`, or `info`. */
  readonly level?: string
  /** Where lines go. Default: standard output, warnings and errors to standard error. */
  readonly write?: (line: string, level: 'debug' | 'info' | 'warn' | 'error') => void
}

/** A logger that writes to the console: for people on a terminal, plain through a pipe, or as JSON. */
export function consoleLogger(options: ConsoleLoggerOptions = {}): Logger {
  const env = process.env
  const json = options.json ?? env.LOG_FORMAT === 'json'
  const colour =
    options.colour ??
    (env.FORCE_COLOR ? env.FORCE_COLOR !== '0' : process.stdout.isTTY === true && !env.NO_COLOR)
  const wanted = options.level ?? env.LOG_LEVEL ?? 'info'
  const least = wanted === 'silent' ? levels.length : Math.max(0, levels.indexOf(wanted as Level))
  const write =
    options.write ??
    ((line, level) =>
      void (level === 'warn' || level === 'error' ? process.stderr : process.stdout).write(`${line}\n`))
  const log = (level: Level) => (fields: object, message: string) => {
    if (levels.indexOf(level) < least) return
    write(json ? toJSON(level, fields, message) : toText(level, fields, message, colour), level)
  }
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
}

function toJSON(level: Level, fields: object, message: string): string {
  return JSON.stringify(
    { time: new Date().toISOString(), level, message, ...fields },
    (_, value: unknown) => {
      if (value instanceof Error) {
        const { name, message: text, stack, cause } = value
        return { name, code: (value as { code?: unknown }).code, message: text, stack, cause }
      }
      return typeof value === 'bigint' ? String(value) : value
    },
  )
}

function toText(level: Level, fields: object, message: string, colour: boolean): string {
  const time = new Date().toISOString().slice(11, 23)
  const name = level.padEnd(5)
  const head = colour
    ? `\u001b[2m${time}\u001b[0m ${colours[level]}${name}\u001b[0m ${message}`
    : `${time} ${name} ${message}`
  const error = (fields as { error?: unknown }).error
  return error === undefined ? head : `${head}\n${indent(describeError(error))}`
}

/** An error for people: an expected one (coded) by its message and causes, any other with its stack. */
export function describeError(thrown: unknown): string {
  const error = errorOf(thrown)
  const own = error instanceof MyfyError ? `${error.message} [${error.code}]` : stackOf(error)
  const cause = error.cause
  // A coded error repeats its cause's message; what it can't repeat is where that came from.
  if (!(cause instanceof Error) || cause instanceof MyfyError) return own
  return `${own}\ncaused by: ${stackOf(cause)}`
}

/** Where this package lies: how the life cycle got to a hook is nothing that its author can change. */
const here = new URL(import.meta.url.endsWith('.ts') ? '../' : './', import.meta.url).href

function stackOf(error: Error): string {
  const lines = (error.stack ?? String(error)).split('\n')
  const end = lines.findIndex((line) => /^\s+at /.test(line) && line.includes(here))
  return lines.slice(0, end > 0 ? end : undefined).join('\n')
}

/** Sets lines under the message that they belong to. */
export function indent(text: string): string {
  return text.replace(/^/gm, '             ')
}

/** `0.4 ms`, `12 ms`, `1.2 s`. */
export function duration(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`
  return ms >= 10 || ms === 0 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`
}
