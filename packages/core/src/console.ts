// What people and machines read: a logger for the console, and the one renderer of life cycle events.

import { MyfyError } from '@myfy/di'
import { count, errorOf, StopError } from './errors.ts'
import { assertNever, type LifecycleEvent } from './events.ts'
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
  const own = error instanceof MyfyError ? `${error.message} [${error.code}]` : (error.stack ?? String(error))
  const cause = error.cause
  // A coded error repeats its cause's message; what it can't repeat is where that came from.
  if (cause instanceof MyfyError) return own
  return cause instanceof Error ? `${own}\ncaused by: ${cause.stack ?? cause.message}` : own
}

function indent(text: string): string {
  return text.replace(/^/gm, '             ')
}

/** Writes one event to a logger. The switch is closed by the compiler: a new event must be given its words here. */
export function renderEvent(event: LifecycleEvent, logger: Logger): void {
  switch (event.type) {
    case 'state':
      return logger.debug({ from: event.from, to: event.to }, `state ${event.from} → ${event.to}`)
    case 'module.discovered':
      return logger.info(
        { module: event.module, package: event.package },
        event.used
          ? `${event.module} discovered in ${event.package}`
          : `${event.module} of ${event.package} was added by hand; the discovered one is not used`,
      )
    case 'module.moved':
      return logger.info(
        { module: event.module, after: event.after },
        `${event.module} moved behind ${event.after}, which it requires`,
      )
    case 'module.carried':
      return logger.info({ module: event.module }, `${event.module} keeps running`)
    case 'module.starting':
      return logger.debug({ module: event.module }, `${event.module} starting`)
    case 'module.started':
      return logger.info(
        { module: event.module, ms: event.ms },
        `${event.module} started (${duration(event.ms)})`,
      )
    case 'module.stopping':
      return logger.debug({ module: event.module }, `${event.module} stopping`)
    case 'module.stopped':
      return logger.info(
        { module: event.module, ms: event.ms },
        `${event.module} stopped (${duration(event.ms)})`,
      )
    case 'module.failed':
      return logger.error(
        { module: event.module, phase: event.phase, error: event.error },
        `${event.module} failed in ${event.phase} (${duration(event.ms)})`,
      )
    case 'hook.starting':
      return logger.debug({ hook: event.phase, owner: event.owner }, `${event.phase} of ${event.owner}`)
    case 'hook.finished':
      return logger.debug(
        { hook: event.phase, owner: event.owner, ms: event.ms },
        `${event.phase} of ${event.owner} done (${duration(event.ms)})`,
      )
    case 'hook.failed':
      return logger.error(
        { hook: event.phase, owner: event.owner, error: event.error },
        `${event.phase} of ${event.owner} failed`,
      )
    case 'hook.cancelled':
      return logger.info(
        { hook: event.phase, owner: event.owner },
        `${event.phase} of ${event.owner} given up: ${event.reason}`,
      )
    case 'hook.abandoned':
      return logger.error(
        { hook: event.phase, owner: event.owner, ms: event.ms, forced: event.forced },
        `${event.phase} of ${event.owner} abandoned after ${duration(event.ms)}${event.forced ? ' (forced)' : ''}`,
      )
    case 'hook.skipped':
      return logger.warn(
        { hook: event.phase, owner: event.owner },
        `${event.phase} of ${event.owner} skipped (forced)`,
      )
    case 'hook.late':
      return event.error === undefined
        ? logger.warn(
            { hook: event.phase, owner: event.owner },
            `${event.phase} of ${event.owner} ended after it had been abandoned`,
          )
        : logger.warn(
            { hook: event.phase, owner: event.owner, error: event.error },
            `${event.phase} of ${event.owner} failed after it had been abandoned`,
          )
    case 'task.started':
    case 'task.ended':
      return logger.debug(
        { module: event.module, task: event.task },
        `task ${event.task} of ${event.module} ${event.type === 'task.started' ? 'started' : 'ended'}`,
      )
    case 'task.failed':
      return logger.error(
        { module: event.module, task: event.task, error: event.error, then: event.then },
        `task ${event.task} of ${event.module} failed (${consequence(event.then)})`,
      )
    case 'transport.listening':
      return logger.info(
        { transport: event.transport, url: event.url },
        `${event.transport} listening${event.url ? ` on ${event.url}` : ''}`,
      )
    case 'ready':
      return logger.info({ ms: event.ms, urls: event.urls }, `ready in ${duration(event.ms)}`)
    case 'failed':
      return logger.error(
        { error: event.error },
        event.during === 'initialize'
          ? 'the application cannot be initialized'
          : 'the application cannot start',
      )
    case 'rollback':
      return logger.warn(
        { modules: event.modules },
        `rolling back${event.modules.length > 0 ? `: ${event.modules.join(', ')}` : ''}`,
      )
    case 'signal':
      if (event.action === 'stop')
        return logger.info({ signal: event.signal }, `Received shutdown signal ${event.signal}`)
      return event.action === 'force'
        ? logger.warn({ signal: event.signal }, `Received ${event.signal} again: forcing the end`)
        : logger.debug({ signal: event.signal }, `Received ${event.signal} again at once: the same key press`)
    case 'fatal':
      return logger.error({ source: event.source, error: event.error }, `fatal (${event.source}); stopping`)
    case 'stop.requested':
      return logger.debug({ reason: event.reason }, `stopping: ${event.reason}`)
    case 'drain.started':
      return logger.info(
        { inFlight: event.inFlight, budget: event.budget },
        `draining: ${count(event.inFlight, 'piece of work', 'pieces of work')} in flight${event.delay > 0 ? `, serving ${duration(event.delay)} more` : ''}`,
      )
    case 'drain.progress':
      return logger.info({ inFlight: event.inFlight }, `still in flight: ${event.inFlight}`)
    case 'drain.blocked':
      return logger.error({ work: event.work }, `the drain's time is over; cut: ${event.work.join(', ')}`)
    case 'drain.finished':
      return logger.info({ ms: event.ms, cut: event.cut }, `drained in ${duration(event.ms)}`)
    case 'exit.deferred':
      return logger.warn(
        { code: event.code },
        `process.exit(${event.code ?? ''}) was called while the application stops; it waits for the stop. Called\n${indent(event.stack)}`,
      )
    case 'stopped': {
      const fields = {
        code: event.code,
        ms: event.ms,
        ...(event.errors.length > 0 ? { error: new StopError(event.errors) } : {}),
      }
      const level = event.code === 0 ? 'info' : 'warn'
      return logger[level](fields, `stopped in ${duration(event.ms)}, exit code ${event.code}`)
    }
    default:
      return assertNever(event)
  }
}

function consequence(then: 'stop' | 'restart' | 'ignore'): string {
  return { stop: 'the application stops', restart: 'it begins again', ignore: 'reported only' }[then]
}

/** `0.4 ms`, `12 ms`, `1.2 s`. */
export function duration(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`
  return ms >= 10 || ms === 0 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`
}
