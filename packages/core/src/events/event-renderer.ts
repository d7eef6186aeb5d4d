// The log lines of events.

import { StopError } from '../errors.ts'
import { formatDuration } from '../runtime/duration.ts'
import type { SignalMeaning } from '../runtime/process-signals.ts'
import { messageOf, property } from '../runtime/thrown.ts'
import { indent } from './console-logger.ts'
import { assertNever, describeHook, type LifecycleEvent } from './events.ts'
import { LoggedErrors } from './logged-errors.ts'
import type { Logger } from './logger.ts'

/** Logs one event. An error that `logged` knows is named by its hook alone: an earlier line has logged its reason. */
export function renderEvent(
  event: LifecycleEvent,
  logger: Logger,
  logged: LoggedErrors = new LoggedErrors(),
): void {
  const { level, fields, message } = describeEvent('ms' in event ? withShortTime(event) : event, logged)
  logger[level](fields, message)
  logged.add((fields as { readonly err?: unknown }).err)
}

/** Rounds the time of an event to microseconds: the rest of a floating-point number is noise. */
function withShortTime<E extends LifecycleEvent & { readonly ms: number }>(event: E): E {
  return { ...event, ms: Math.round(event.ms * 1_000) / 1_000 }
}

interface Line {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly fields: object
  readonly message: string
}

function line(level: Line['level'], fields: object, message: string): Line {
  return { level, fields, message }
}

const consequences = {
  stop: 'stopping the application',
  restart: 'restarting the task',
  ignore: 'continuing',
} as const

/** Returns the log line of an event. The compiler refuses an event without one. */
function describeEvent(event: LifecycleEvent, logged: LoggedErrors): Line {
  switch (event.type) {
    case 'state':
      return line('debug', { from: event.from, to: event.to }, `state ${event.from} → ${event.to}`)
    case 'module.discovered':
      return line(
        'info',
        { module: event.module, package: event.package },
        event.used
          ? `${event.module} discovered in ${event.package}`
          : `${event.module} of ${event.package} was added explicitly; the discovered module is not used`,
      )
    case 'module.reordered':
      return line(
        'info',
        { module: event.module, after: event.after },
        `${event.module} moved after ${event.after}, which it requires`,
      )
    case 'module.reused':
      return line('info', { module: event.module }, `${event.module} keeps running`)
    case 'module.replaced':
      return line(
        'debug',
        { module: event.module, reason: event.reason },
        `${event.module} starts again: ${event.reason}`,
      )
    case 'settings.warning':
      return line('warn', {}, event.message)
    case 'module.unread':
      return line('warn', { module: event.module }, event.message)
    case 'module.starting':
      return line('debug', { module: event.module }, `${event.module} starting`)
    case 'module.started':
      return line(
        'info',
        { module: event.module, ms: event.ms },
        `${event.module} started (${formatDuration(event.ms)})`,
      )
    case 'module.stopping':
      return line('debug', { module: event.module }, `${event.module} stopping`)
    case 'module.stopped':
      return line(
        'info',
        { module: event.module, ms: event.ms },
        `${event.module} stopped (${formatDuration(event.ms)})`,
      )
    case 'module.failed':
      return line(
        'error',
        { module: event.module, phase: event.phase, err: event.error },
        `${event.module} failed in ${event.phase} (${formatDuration(event.ms)})`,
      )
    case 'module.unhealthy':
      return line(
        'warn',
        { module: event.module },
        `${event.module} is not healthy${event.reason ? `: ${event.reason}` : ''}`,
      )
    case 'module.healthy':
      return line('info', { module: event.module }, `${event.module} is healthy again`)
    case 'hook.starting':
      return line('debug', { hook: event.phase, owner: event.owner }, `${describeHook(event)}`)
    case 'hook.finished':
      return line(
        'debug',
        { hook: event.phase, owner: event.owner, ms: event.ms },
        `${describeHook(event)} finished (${formatDuration(event.ms)})`,
      )
    case 'hook.failed':
      return line(
        'error',
        { hook: event.phase, owner: event.owner, err: event.error },
        `${describeHook(event)} failed`,
      )
    case 'hook.cancelled':
      return line(
        'info',
        { hook: event.phase, owner: event.owner },
        `${describeHook(event)} cancelled: ${event.reason}`,
      )
    case 'hook.abandoned':
      return line(
        'error',
        { hook: event.phase, owner: event.owner, ms: event.ms, ...(event.forced && { forced: true }) },
        `${describeHook(event)} abandoned after ${formatDuration(event.ms)}${event.forced ? ' (forced)' : ''}`,
      )
    case 'hook.skipped':
      return line(
        'warn',
        { hook: event.phase, owner: event.owner },
        `${describeHook(event)} skipped (forced)`,
      )
    case 'hook.settledLate':
      return event.error === undefined
        ? line(
            'warn',
            { hook: event.phase, owner: event.owner },
            `${describeHook(event)} ended after it was abandoned`,
          )
        : line(
            'warn',
            { hook: event.phase, owner: event.owner, err: event.error },
            `${describeHook(event)} failed after it was abandoned`,
          )
    case 'task.started':
    case 'task.ended':
      return line(
        'debug',
        { module: event.module, task: event.task },
        `task ${event.task} of ${event.module} ${event.type === 'task.started' ? 'started' : 'ended'}`,
      )
    case 'task.refused':
      return line(
        'warn',
        { module: event.module, task: event.task },
        `task ${event.task} of ${event.module} was not started: the module has stopped`,
      )
    case 'task.failed':
      return line(
        event.repeated && event.consequence !== 'stop' ? 'debug' : 'error',
        { module: event.module, task: event.task, err: event.error },
        `task ${event.task} of ${event.module} failed (${consequences[event.consequence]})`,
      )
    case 'transport.listening':
      return line(
        'info',
        { transport: event.transport, url: event.url },
        `${event.transport} listening${event.url ? ` on ${event.url}` : ''}`,
      )
    case 'ready':
      return line('info', { ms: event.ms, urls: event.urls }, `ready in ${formatDuration(event.ms)}`)
    case 'failed': {
      const verb = event.during === 'initialize' ? 'initialize' : 'start'
      if (event.hook === undefined)
        return line('error', { err: event.error }, `cannot ${verb} the application`)
      const { hook } = event
      if (logged.has(event.error) || logged.has(property(event.error, 'cause')))
        return line('error', { hook }, `cannot ${verb} the application: ${hook} failed`)
      const message = messageOf(event.error)
      const isSentence = message.startsWith('Cannot start')
      return line('error', { hook }, isSentence ? message : `cannot ${verb} the application: ${message}`)
    }
    case 'rollback':
      return event.modules.length === 0
        ? line('debug', {}, 'nothing to roll back')
        : line('warn', { modules: event.modules }, `rolling back: ${event.modules.join(', ')}`)
    case 'signal':
      return describeSignal(event.signal, event.action)
    case 'fatal':
      return line(
        'error',
        { source: event.source, ...(!logged.has(event.error) && { err: event.error }) },
        `fatal error${event.source === 'unhandledRejection' ? ': a promise that nothing awaits was rejected' : ''} (${event.source}); stopping`,
      )
    case 'stop.requested':
      return line('debug', { reason: event.reason }, `stopping: ${event.reason}`)
    case 'drain.started':
      return line(
        'info',
        { inFlight: event.inFlight },
        `draining: ${event.inFlight} in flight${event.delay > 0 ? `; still accepting work for ${formatDuration(event.delay)}` : ''}`,
      )
    case 'drain.progress':
      return line(
        'info',
        { inFlight: event.inFlight, waitingFor: event.waitingFor },
        `draining: ${event.inFlight} in flight; waiting for ${event.waitingFor.join(', ')}`,
      )
    case 'drain.blocked':
      return line('error', { work: event.work }, `work was cut: ${event.work.join(', ')}`)
    case 'drain.finished':
      return line(
        'info',
        { ms: event.ms, ...(event.cut > 0 && { cut: event.cut }) },
        `drained in ${formatDuration(event.ms)}`,
      )
    case 'exit.called':
      return line(
        'warn',
        { code: event.code },
        `process.exit(${event.code ?? ''}) was called; the process ends without a stop\n${indent(event.stack)}`,
      )
    case 'exit.deferred':
      return line(
        'warn',
        { code: event.code },
        `process.exit(${event.code ?? ''}) was called during the stop; the exit waits for its end\n${indent(event.stack)}`,
      )
    case 'stopped': {
      // A forced end cuts hooks and work on purpose: each has its line, and there is nothing to correct.
      const errors = event.code > 128 ? [] : event.errors.filter((error) => !logged.has(error))
      const fields = {
        code: event.code,
        ms: event.ms,
        ...(errors.length > 0 && { err: new StopError(errors) }),
      }
      const level = event.code === 0 ? 'info' : 'warn'
      return line(level, fields, `stopped in ${formatDuration(event.ms)}, exit code ${event.code}`)
    }
    default:
      return assertNever(event)
  }
}

function describeSignal(signal: string, action: SignalMeaning): Line {
  switch (action) {
    case 'stop':
      return line('info', { signal }, `Received shutdown signal ${signal}`)
    case 'force':
      return line('warn', { signal }, `Received ${signal} again: forcing the end`)
    case 'ignore':
      return line(
        'info',
        { signal },
        `Received ${signal}; already stopping${signal === 'SIGINT' ? '; press Ctrl+C again to force the end' : ''}`,
      )
    case 'repeat':
      return line('debug', { signal }, `Received ${signal} again within the same key press`)
  }
}
