// The one renderer of life cycle events: what each of them is called in a log.

import { StopError } from '../errors.ts'
import { formatDuration } from '../runtime/duration.ts'
import { plural } from '../runtime/plural.ts'
import { messageOf } from '../runtime/thrown.ts'
import { indent } from './console-logger.ts'
import { assertNever, type LifecycleEvent } from './events.ts'
import type { Logger } from './logger.ts'

/** Writes one event to a logger. */
export function renderEvent(event: LifecycleEvent, logger: Logger): void {
  const { level, fields, message } = describeEvent(event)
  logger[level](fields, message)
}

interface Line {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly fields: object
  readonly message: string
}

function line(level: Line['level'], fields: object, message: string): Line {
  return { level, fields, message }
}

const consequences = { stop: 'the application stops', restart: 'it begins again', ignore: 'reported only' }

/** The words of each event. The switch is closed by the compiler: a new event must be given its words here. */
function describeEvent(event: LifecycleEvent): Line {
  switch (event.type) {
    case 'state':
      return line('debug', { from: event.from, to: event.to }, `state ${event.from} → ${event.to}`)
    case 'module.discovered':
      return line(
        'info',
        { module: event.module, package: event.package },
        event.used
          ? `${event.module} discovered in ${event.package}`
          : `${event.module} of ${event.package} was added by hand; the discovered one is not used`,
      )
    case 'module.reordered':
      return line(
        'info',
        { module: event.module, after: event.after },
        `${event.module} moved behind ${event.after}, which it requires`,
      )
    case 'module.reused':
      return line('info', { module: event.module }, `${event.module} keeps running`)
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
    case 'hook.starting':
      return line('debug', { hook: event.phase, owner: event.owner }, `${event.phase} of ${event.owner}`)
    case 'hook.finished':
      return line(
        'debug',
        { hook: event.phase, owner: event.owner, ms: event.ms },
        `${event.phase} of ${event.owner} done (${formatDuration(event.ms)})`,
      )
    case 'hook.failed':
      return line(
        'error',
        { hook: event.phase, owner: event.owner, err: event.error },
        `${event.phase} of ${event.owner} failed`,
      )
    case 'hook.cancelled':
      return line(
        'info',
        { hook: event.phase, owner: event.owner },
        `${event.phase} of ${event.owner} given up: ${event.reason}`,
      )
    case 'hook.abandoned':
      return line(
        'error',
        { hook: event.phase, owner: event.owner, ms: event.ms, ...(event.forced && { forced: true }) },
        `${event.phase} of ${event.owner} abandoned after ${formatDuration(event.ms)}${event.forced ? ' (forced)' : ''}`,
      )
    case 'hook.skipped':
      return line(
        'warn',
        { hook: event.phase, owner: event.owner },
        `${event.phase} of ${event.owner} skipped (forced)`,
      )
    case 'hook.settledLate':
      return event.error === undefined
        ? line(
            'warn',
            { hook: event.phase, owner: event.owner },
            `${event.phase} of ${event.owner} ended after it had been abandoned`,
          )
        : line(
            'warn',
            { hook: event.phase, owner: event.owner, err: event.error },
            `${event.phase} of ${event.owner} failed after it had been abandoned`,
          )
    case 'task.started':
    case 'task.ended':
      return line(
        'debug',
        { module: event.module, task: event.task },
        `task ${event.task} of ${event.module} ${event.type === 'task.started' ? 'started' : 'ended'}`,
      )
    case 'task.failed':
      return line(
        event.repeated ? 'debug' : 'error',
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
      const what = `the application cannot ${event.during === 'initialize' ? 'be initialized' : 'start'}`
      // A hook that failed was told with all its error when it did.
      return event.hook === undefined
        ? line('error', { err: event.error }, what)
        : line('error', { hook: event.hook }, `${what}: ${messageOf(event.error)}`)
    }
    case 'rollback':
      return event.modules.length === 0
        ? line('debug', {}, 'nothing has to be rolled back')
        : line('warn', { modules: event.modules }, `rolling back: ${event.modules.join(', ')}`)
    case 'signal':
      if (event.action === 'stop')
        return line('info', { signal: event.signal }, `Received shutdown signal ${event.signal}`)
      return event.action === 'force'
        ? line('warn', { signal: event.signal }, `Received ${event.signal} again: forcing the end`)
        : line(
            'debug',
            { signal: event.signal },
            `Received ${event.signal} again at once: the same key press`,
          )
    case 'fatal':
      return line('error', { source: event.source, err: event.error }, `fatal (${event.source}); stopping`)
    case 'stop.requested':
      return line('debug', { reason: event.reason }, `stopping: ${event.reason}`)
    case 'drain.started':
      return line(
        'info',
        { inFlight: event.inFlight },
        `draining: ${plural(event.inFlight, 'piece of work', 'pieces of work')} in flight${event.delay > 0 ? `, serving ${formatDuration(event.delay)} more` : ''}`,
      )
    case 'drain.progress':
      return line('info', { inFlight: event.inFlight }, `still in flight: ${event.inFlight}`)
    case 'drain.blocked':
      return line('error', { work: event.work }, `the drain's time is over; cut: ${event.work.join(', ')}`)
    case 'drain.finished':
      return line(
        'info',
        { ms: event.ms, ...(event.cut > 0 && { cut: event.cut }) },
        `drained in ${formatDuration(event.ms)}`,
      )
    case 'exit.deferred':
      return line(
        'warn',
        { code: event.code },
        `process.exit(${event.code ?? ''}) was called while the application stops; it waits for the stop. Called\n${indent(event.stack)}`,
      )
    case 'stopped': {
      const fields = {
        code: event.code,
        ms: event.ms,
        ...(event.errors.length > 0 ? { err: new StopError(event.errors) } : {}),
      }
      const level = event.code === 0 ? 'info' : 'warn'
      return line(level, fields, `stopped in ${formatDuration(event.ms)}, exit code ${event.code}`)
    }
    default:
      return assertNever(event)
  }
}
