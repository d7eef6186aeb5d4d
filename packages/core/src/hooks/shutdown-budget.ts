// How long each part of a stop may take, fitted to what the platform grants.

import {
  DURATION_FORM,
  type Duration,
  durationOption,
  OptionError,
  parseDuration,
} from '../runtime/duration.ts'

/** How long the parts of a stop may take, each in ms or as a text such as `'30s'`. */
export interface ShutdownOptions {
  /** Readiness fails but everything is still served: time for load balancers to notice. Default 0. */
  readonly delay?: Duration
  /** Work that was accepted may end. Default 30,000. */
  readonly drain?: Duration
  /** Shared by the `stop` hooks of all modules, the lifespan and `onShutdown`. Default 10,000. */
  readonly stop?: Duration
  /** Loggers and exporters write out what they hold. Default 2,000. */
  readonly flush?: Duration
  /**
   * The time that the platform grants between its signal and its SIGKILL (Kubernetes 30 s, Docker 10 s): the parts
   * shrink in proportion so that the whole stop ends inside it. Default: the environment variable `MYFY_GRACE_PERIOD`,
   * such as `30s`; a number without a unit is in seconds there.
   */
  readonly gracePeriod?: Duration
}

/** The parts of a stop, in ms, after fitting. */
export interface ShutdownBudget {
  /** Still serving, no longer ready. */
  readonly delay: number
  /** Accepted work may end. */
  readonly drain: number
  /** All stop hooks together. */
  readonly stop: number
  /** Writing out. */
  readonly flush: number
  /** All of them. */
  readonly total: number
  /** Whether the parts had to shrink to fit the grace period. */
  readonly shrunk: boolean
}

const defaults = { delay: 0, drain: 30_000, stop: 10_000, flush: 2_000 }

/** Fits the parts of a stop into the platform's grace period, leaving 5 % (at most 500 ms) for the exit itself. */
export function fitBudget(options: ShutdownOptions, environment?: string): ShutdownBudget {
  const wanted = {
    delay: durationOption('shutdown.delay', options.delay ?? defaults.delay),
    drain: durationOption('shutdown.drain', options.drain ?? defaults.drain),
    stop: durationOption('shutdown.stop', options.stop ?? defaults.stop),
    flush: durationOption('shutdown.flush', options.flush ?? defaults.flush),
  }
  const sum = wanted.delay + wanted.drain + wanted.stop + wanted.flush
  const grace =
    options.gracePeriod === undefined
      ? (graceOf(environment) ?? Number.POSITIVE_INFINITY)
      : durationOption('shutdown.gracePeriod', options.gracePeriod, { least: 1 })
  const usable = grace - Math.min(500, grace * 0.05)
  const factor = sum > usable ? usable / sum : 1
  return {
    delay: wanted.delay * factor,
    drain: wanted.drain * factor,
    stop: wanted.stop * factor,
    flush: wanted.flush * factor,
    total: sum * factor,
    shrunk: factor < 1,
  }
}

/** The grace period that the environment names, in ms. @throws OptionError if it is not a duration */
function graceOf(variable: string | undefined): number | undefined {
  if (variable === undefined || variable.trim() === '') return undefined
  const ms = parseDuration(variable)
  if (ms !== undefined && ms > 0) return ms
  throw new OptionError(
    'MYFY_OPTION_INVALID',
    `Cannot use ${JSON.stringify(variable.slice(0, 40))} as MYFY_GRACE_PERIOD: it is not a duration above 0. Write ${DURATION_FORM}, or a number of seconds.`,
  )
}

/** Time that runs down: what is left of a budget that its parts share. */
export class Countdown {
  readonly #now: () => number
  readonly #end: number

  constructor(now: () => number, ms: number) {
    this.#now = now
    this.#end = now() + ms
  }

  /** What is left, in ms; never negative. */
  remaining(): number {
    return Math.max(0, this.#end - this.#now())
  }

  /**
   * What the next of several hooks may take: everything that is left but a reserve for those after it (500 ms each,
   * at most a fifth), so that one that hangs can't take the time of all others.
   */
  share(others: number): number {
    const left = this.remaining()
    return left - Math.min(500 * others, left / 5)
  }
}

/** How long after the whole budget the watchdog acts, in ms: only where timers can't. */
export function watchdogMargin(budget: ShutdownBudget): number {
  return budget.shrunk ? 250 : 1_000
}
