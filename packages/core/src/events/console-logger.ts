// The logger for the console: text for people, or JSON.

import { formatDuration, OptionError } from '../runtime/duration.ts'
import { describeError } from '../runtime/error-text.ts'
import { jsonValue } from '../runtime/json-value.ts'
import { assertKnownOptions } from '../runtime/known-options.ts'
import { columnsOf, fitText } from '../runtime/terminal/fit-text.ts'
import { printable, printableLine } from '../runtime/terminal/printable.ts'
import { isError, property } from '../runtime/thrown.ts'
import { logLine } from './log-line.ts'
import type { Logger } from './logger.ts'

type Level = 'debug' | 'info' | 'warn' | 'error'

const levels: readonly Level[] = ['debug', 'info', 'warn', 'error']
/** The values of a level: `silent`, and the levels of pino that have no method here. */
const THRESHOLDS: Readonly<Record<string, number>> = {
  trace: 0,
  debug: 0,
  info: 1,
  warn: 2,
  error: 3,
  fatal: 3,
  silent: 4,
}
/** The keys of a JSON line that are not fields. A field of the same name is written below `fields`. */
const LINE_KEYS: ReadonlySet<string> = new Set(['time', 'level', 'message'])
const colors: Readonly<Record<Level, string>> = {
  debug: '\u001b[2m',
  info: '\u001b[32m',
  // Yellow cannot be read on a white background.
  warn: '\u001b[35m',
  error: '\u001b[31m',
}

/** Options of {@link consoleLogger}. */
export interface ConsoleLoggerOptions {
  /** True if each line is a JSON object. Default: whether `LOG_FORMAT` is `json`. */
  readonly json?: boolean
  /** True to use ANSI colors. Default: whether standard output is a terminal; `NO_COLOR` and `FORCE_COLOR` overrule it. */
  readonly color?: boolean
  /**
   * The lowest level that is written: `debug`, `info`, `warn`, `error`, `silent`, in any case. Default: `LOG_LEVEL`, or
   * `info`.
   */
  readonly level?: string
  /** The destination. Default: standard output, and standard error for warnings and errors. */
  readonly write?: (line: string, level: 'debug' | 'info' | 'warn' | 'error') => void
}

/**
 * Returns a logger that writes to the console. In text, a line is followed by the fields that its message does not
 * contain, and by the error in the field `err`. Control characters are escaped, and lines of a message after the first are
 * indented. A value of `LOG_LEVEL` or `LOG_FORMAT` that does not exist is warned about, with the first line.
 *
 * @throws OptionError for a level that does not exist
 */
export function consoleLogger(options: ConsoleLoggerOptions = {}): Logger {
  assertKnownOptions('consoleLogger', options, {
    json: 'boolean',
    color: 'boolean',
    level: true,
    write: true,
  })
  const { env } = process
  const json = options.json ?? env.LOG_FORMAT?.toLowerCase() === 'json'
  const color =
    options.color ??
    (env.FORCE_COLOR ? env.FORCE_COLOR !== '0' : process.stdout.isTTY === true && !env.NO_COLOR)
  const from = thresholdOf(options.level) ?? thresholdOfVariable(env.LOG_LEVEL)
  const write = options.write ?? (json ? writeLine : writeText)
  const format = (level: Level, fields: object, message: string) =>
    write(json ? toJSON(level, fields, message) : toText(level, fields, message, color), level)
  let isChecked = false
  const log =
    (level: Level): Logger['info'] =>
    (...args: readonly unknown[]) => {
      if (levels.indexOf(level) < from) return
      const found = isChecked ? [] : problemsOf(options, env)
      isChecked = true
      for (const problem of found) format('warn', {}, problem)
      const { fields, message } = logLine(args)
      format(level, fields, message)
    }
  return { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') }
}

/** Returns the threshold of an option; undefined if it is not given. @throws OptionError */
function thresholdOf(level: unknown): number | undefined {
  if (level === undefined) return undefined
  const threshold = typeof level === 'string' ? THRESHOLDS[level.toLowerCase()] : undefined
  if (threshold !== undefined) return threshold
  throw new OptionError(
    'MYFY_OPTION_INVALID',
    `Cannot use the option 'level' of consoleLogger: ${JSON.stringify(level)} is not a level. Use debug, info, warn, error or silent.`,
  )
}

/** Returns the threshold of `LOG_LEVEL`. A misspelled one must neither stop a process nor write more than the default. */
function thresholdOfVariable(value: string | undefined): number {
  return THRESHOLDS[value?.toLowerCase() || 'info'] ?? THRESHOLDS.info!
}

/** Returns a sentence for each variable of the environment whose value means nothing. */
function problemsOf({ json, level }: ConsoleLoggerOptions, env: NodeJS.ProcessEnv): readonly string[] {
  const { LOG_LEVEL = '', LOG_FORMAT = '' } = env
  const problems: string[] = []
  if (level === undefined && LOG_LEVEL !== '' && THRESHOLDS[LOG_LEVEL.toLowerCase()] === undefined)
    problems.push(
      `LOG_LEVEL=${LOG_LEVEL} is not a level, info is used; set it to debug, info, warn, error or silent`,
    )
  if (json === undefined && LOG_FORMAT !== '' && !/^(?:json|text)$/i.test(LOG_FORMAT))
    problems.push(`LOG_FORMAT=${LOG_FORMAT} is not a format, text is used; set it to json or text`)
  return problems
}

/** The column of the message in a line of text. */
const MESSAGE_COLUMN = 19

function writeLine(line: string, level: Level): void {
  streamOf(level).write(`${line}\n`)
}

function writeText(line: string, level: Level): void {
  const [head = '', ...more] = line.split('\n')
  const columns = columnsOf(streamOf(level))
  const rest = more.length > 0 ? `\n${fitText(more.join('\n'), columns)}` : ''
  writeLine(fitText(head, columns, MESSAGE_COLUMN) + rest, level)
}

function streamOf(level: Level): NodeJS.WriteStream {
  return level === 'warn' || level === 'error' ? process.stderr : process.stdout
}

function toJSON(level: Level, fields: object, message: string): string {
  const own = jsonValue(fields) as Record<string, unknown>
  const line: Record<string, unknown> = { time: new Date().toISOString(), level, message }
  for (const [key, value] of Object.entries(own)) {
    // A field must not replace what the line itself says.
    if (LINE_KEYS.has(key)) line.fields = { ...(line.fields as object | undefined), [key]: value }
    else Object.defineProperty(line, key, { value, enumerable: true, writable: true, configurable: true })
  }
  return JSON.stringify(line)
}

function toText(level: Level, fields: object, message: string, color: boolean): string {
  const time = new Date().toISOString().slice(11, 23)
  const name = level.padEnd(5)
  const shown = indentRest(printable(message))
  const head = color
    ? `\u001b[2m${time}\u001b[0m ${colors[level]}${name}\u001b[0m ${shown}`
    : `${time} ${name} ${shown}`
  const errors: string[] = []
  let line = head
  let rest = message
  for (const key of Object.keys(fields)) {
    const value = property(fields, key)
    if (key === 'err' ? value !== undefined : isError(value))
      errors.push(indent(printable(describeError(value))))
    else {
      const left = takeOut(key, value, rest)
      if (left === undefined) line += ` ${printableLine(`${key}=${String(value)}`)}`
      else rest = left
    }
  }
  return [line, ...errors].join('\n')
}

/**
 * Returns what is left of a message when a field that it contains is taken out, or undefined if it does not contain the
 * field. One place stands for one field: the 200 of a status is not that of 200 bytes. Objects are left to JSON.
 */
function takeOut(key: string, value: unknown, message: string): string | undefined {
  if (value === undefined || value === null || typeof value === 'object' || typeof value === 'function')
    return message
  if (typeof value === 'boolean') return message.includes(key) ? message : undefined
  const text = key === 'ms' && typeof value === 'number' ? formatDuration(value) : String(value)
  if (text === '') return message
  const at = placeOf(text, message)
  return at < 0 ? undefined : message.slice(0, at) + ' '.repeat(text.length) + message.slice(at + text.length)
}

/** Returns the place of a value in a message as a whole, or -1: neither `200` nor `0.2` contains the value 2. */
function placeOf(value: string, message: string): number {
  for (let at = message.indexOf(value); at >= 0; at = message.indexOf(value, at + 1)) {
    const before = message.slice(0, at)
    const after = message.slice(at + value.length)
    if (!/(?:\w|\d[.,])$/.test(before) && !/^(?:\w|[.,]\d)/.test(after)) return at
  }
  return -1
}

const INDENT = ' '.repeat(13)

/** Indents lines to the column of the message. */
export function indent(text: string): string {
  return text.replace(/^/gm, INDENT)
}

/** Indents the lines after the first, where they are not: a line break in a message must not begin another line. */
function indentRest(text: string): string {
  return text.replace(new RegExp(`\\n(?!${INDENT})`, 'g'), `\n${INDENT}`)
}
