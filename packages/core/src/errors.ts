// The errors of the lifecycle.

import { MyfyError } from '@myfy/di'
import { formatDuration, plural } from './runtime/duration.ts'
import { isExpected } from './runtime/error-text.ts'
import { clauseOf, messageOf } from './runtime/thrown.ts'

export { OptionError } from './runtime/duration.ts'

/** A setting is missing or invalid. */
export class SettingsError extends MyfyError {
  /** One sentence for each invalid setting. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(
      'MYFY_SETTINGS_INVALID',
      `Cannot load the settings: ${plural(problems.length, 'setting is', 'settings are')} missing or invalid. Correct each of them:\n${bullets(problems)}`,
    )
    this.problems = problems
  }
}

/** A module is missing, duplicated, unnamed, or part of a cycle. */
export class ModuleError extends MyfyError {}

/** Several problems were found before anything was started. */
export class ConfigurationError extends MyfyError {
  /** The problems, each as an error. */
  readonly problems: readonly Error[]

  constructor(problems: readonly Error[]) {
    super(
      'MYFY_CONFIGURATION_INVALID',
      `Cannot initialize the application: ${plural(problems.length, 'problem was', 'problems were')} found. Correct each of them:\n${bullets(problems.map((problem) => problem.message))}`,
      { cause: problems[0] },
    )
    this.problems = problems
  }
}

/** The application could not start. `cause` is the first failure. */
export class StartupError extends MyfyError {
  /** The failures of the rollback, in order. Usually empty. */
  readonly errors: readonly Error[]

  constructor(hook: string, cause: unknown, errors: readonly Error[]) {
    super('MYFY_STARTUP_FAILED', `Cannot start the application: ${reasonOf(hook, cause)}`, { cause })
    this.errors = errors
  }
}

/** The start was cancelled because a stop was requested. */
export class StartAbortedError extends MyfyError {
  constructor(reason: string) {
    super(
      'MYFY_START_ABORTED',
      `Cannot finish the start: a stop was requested (${reason}). Create a new application to start again.`,
    )
  }
}

/** The application stopped, but something failed, hung or was cut. */
export class StopError extends MyfyError {
  /** The failures, in order. */
  readonly errors: readonly Error[]

  constructor(errors: readonly Error[]) {
    super(
      'MYFY_STOP_INCOMPLETE',
      `Cannot stop cleanly: ${plural(errors.length, 'failure')} during the stop. Correct each of them:\n${bullets(errors.map((error) => error.message))}`,
      { cause: errors[0] },
    )
    this.errors = errors
  }
}

/** A hook did not end within its time and was abandoned. */
export class HookTimeoutError extends MyfyError {
  /** The hook: `start of data`, `stop of cache`. */
  readonly hook: string
  /** The time that the hook ran, in ms. */
  readonly ms: number
  /** The option or the change that gives the hook enough time, as a sentence. */
  readonly remedy: string

  constructor(hook: string, ms: number, remedy: string) {
    super(
      'MYFY_HOOK_TIMEOUT',
      `Cannot finish ${hook}: it did not end within ${formatDuration(ms)} and was abandoned. ${remedy}`,
    )
    this.hook = hook
    this.ms = ms
    this.remedy = remedy
  }
}

/** Work was in flight when its time ended, or was taken after the drain, and was cut. */
export class DrainTimeoutError extends MyfyError {
  /** The work that was cut, oldest first: `GET /users/:id (request, 31.2 s)`. */
  readonly work: readonly string[]

  /**
   * @param taken - when the work was taken, as seen from the drain
   * @param ms - the time that the work, or the drain, had
   */
  constructor(work: readonly string[], taken: 'before' | 'during' | 'after', ms: number) {
    const list = work.join(', ')
    super(
      'MYFY_DRAIN_TIMEOUT',
      taken === 'after'
        ? `Cannot finish work that was taken after the drain: it was cut: ${list}. Take no work once context.ending has aborted.`
        : taken === 'during'
          ? `Cannot finish work that was taken during the drain: it was cut after ${formatDuration(ms)}: ${list}. Take no work once context.ending has aborted.`
          : `Cannot finish the work in flight: it did not end within ${formatDuration(ms)} and was cut: ${list}. End it when its signal aborts, or raise shutdown.drain.`,
    )
    this.work = work
  }
}

/** A lifespan never yields, or yields twice. */
export class LifespanError extends MyfyError {}

/** The state of the application does not allow the operation. */
export class StateError extends MyfyError {}

/** A value could not be collected from every worker. */
export class CollectionError extends MyfyError {
  /** The name of the value. */
  readonly collector: string
  /** The number of the worker that did not send it. */
  readonly slot: number

  constructor(collector: string, slot: number, reason: string, fix: string) {
    super('MYFY_COLLECTION_FAILED', `Cannot collect '${collector}' from worker ${slot}: ${reason}. ${fix}.`)
    this.collector = collector
    this.slot = slot
  }
}

/** A discovered package has no module at the declared place. */
export class DiscoveryError extends MyfyError {}

/** Returns the reason and the fix of a failed start. An error of ours states its fix. */
function reasonOf(hook: string, cause: unknown): string {
  if (cause instanceof HookTimeoutError)
    return `${hook} did not end within ${formatDuration(cause.ms)} and was abandoned. ${cause.remedy}`
  if (isExpected(cause)) return `${hook} failed. ${capitalized(messageOf(cause))}`
  return `${hook} failed: ${clauseOf(cause)}. Correct the cause and start again.`
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `  - ${line.replaceAll('\n', '\n    ')}`).join('\n')
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
