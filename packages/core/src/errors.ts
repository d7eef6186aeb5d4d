// The coded errors of the life cycle. Each says what happened, where, and what to do.

import { MyfyError } from '@myfy/di'
import { plural } from './runtime/plural.ts'
import { messageOf } from './runtime/thrown.ts'

export { OptionError } from './runtime/duration.ts'

/** A setting is missing or invalid. `problems` has one sentence for each. */
export class SettingsError extends MyfyError {
  /** One sentence a problem. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(
      'MYFY_SETTINGS_INVALID',
      `${plural(problems.length, 'setting is', 'settings are')} missing or invalid:\n${bullets(problems)}`,
    )
    this.problems = problems
  }
}

/** A module is missing, doubled, nameless, or part of a cycle. */
export class ModuleError extends MyfyError {}

/** Several things were found wrong before anything was started. */
export class ConfigurationError extends MyfyError {
  /** Everything that was found, each an error of its own. */
  readonly problems: readonly Error[]

  constructor(problems: readonly Error[]) {
    super(
      'MYFY_CONFIGURATION_INVALID',
      `${plural(problems.length, 'problem', 'problems')} found before the start:\n${bullets(problems.map((problem) => problem.message))}`,
      { cause: problems[0] },
    )
    this.problems = problems
  }
}

/**
 * The application could not start. `cause` is the first thing that failed; `errors` what failed while the started
 * part was rolled back.
 */
export class StartupError extends MyfyError {
  /** What failed during the roll-back, in order. Usually empty. */
  readonly errors: readonly Error[]

  constructor(where: string, cause: unknown, errors: readonly Error[]) {
    super('MYFY_STARTUP_FAILED', `${where} failed: ${messageOf(cause)}`, { cause })
    this.errors = errors
  }
}

/** The start was given up because a stop was asked for. */
export class StartAbortedError extends MyfyError {
  constructor(reason: string) {
    super('MYFY_START_ABORTED', `the start was given up: ${reason}`)
  }
}

/** The application stopped, but something failed, hung or was cut off meanwhile. */
export class StopError extends MyfyError {
  /** What went wrong, in order. */
  readonly errors: readonly Error[]

  constructor(errors: readonly Error[]) {
    super(
      'MYFY_STOP_INCOMPLETE',
      `the application stopped, but not cleanly:\n${bullets(errors.map((error) => error.message))}`,
      { cause: errors[0] },
    )
    this.errors = errors
  }
}

/** A hook did not end in its time and was abandoned. */
export class HookTimeoutError extends MyfyError {
  /** `start of data`, `stop of cache`, `lifespan`. */
  readonly hook: string
  /** How long it was waited for, in ms. */
  readonly ms: number

  constructor(hook: string, ms: number, remedy: string) {
    super('MYFY_HOOK_TIMEOUT', `${hook} did not end within ${Math.round(ms)} ms and was abandoned; ${remedy}`)
    this.hook = hook
    this.ms = ms
  }
}

/** Work was still under way when the drain's budget ended, and was cut. */
export class DrainTimeoutError extends MyfyError {
  /** What was cut, oldest first: `GET /users/:id (request, 31.2 s)`. */
  readonly work: readonly string[]

  constructor(work: readonly string[], ms: number) {
    super(
      'MYFY_DRAIN_TIMEOUT',
      `${plural(work.length, 'piece of work was', 'pieces of work were')} still under way after ${Math.round(ms)} ms of drain and cut: ${work.join(', ')}; ` +
        'let it end on its signal, or give it more time with shutdown.drain',
    )
    this.work = work
  }
}

/** A lifespan has the wrong shape: it never yields, or yields twice. */
export class LifespanError extends MyfyError {}

/** Something was asked of an application in a state that does not allow it. */
export class StateError extends MyfyError {}

/** A discovered package does not hold a module where it says so. */
export class DiscoveryError extends MyfyError {}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `  - ${line.replaceAll('\n', '\n    ')}`).join('\n')
}
