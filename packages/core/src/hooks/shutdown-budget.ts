// The time budget of a stop, fitted to the grace period of the platform.

import {
  DURATION_FORM,
  type Duration,
  durationOption,
  OptionError,
  parseDuration,
} from '../runtime/duration.ts'

/** The time that each part of a stop may take, in ms or as text such as `'30s'`. */
export interface ShutdownOptions {
  /** The time to keep accepting work after readiness has failed, so that load balancers notice. Default: 0. */
  readonly delay?: Duration
  /** The time that work that was accepted may take to finish. Default: 30,000. */
  readonly drain?: Duration
  /** The time that the `stop` hooks of all modules, the lifespan and `onShutdown` may take together. Default: 10,000. */
  readonly stop?: Duration
  /** The time that loggers and exporters may take to write out their buffers. Default: 2,000. */
  readonly flush?: Duration
  /**
   * The time that the platform grants between its signal and its SIGKILL (Kubernetes 30 s, Docker 10 s): the parts
   * shrink in proportion so that the whole stop ends inside it. Default: the environment variable `MYFY_GRACE_PERIOD`,
   * such as `30s`; a number without a unit is in seconds there.
   */
  readonly gracePeriod?: Duration
}

/** The fitted parts of a stop, in ms. */
export interface ShutdownBudget {
  /** Accepting work, not ready. */
  readonly delay: number
  /** Finishing accepted work. */
  readonly drain: number
  /** All stop hooks together. */
  readonly stop: number
  /** Writing out buffers. */
  readonly flush: number
  /** The sum of all parts. */
  readonly total: number
  /** True if the parts were shrunk to fit the grace period. */
  readonly shrunk: boolean
  /** The grace period of the platform, in ms; `Infinity` if it is not known. */
  readonly gracePeriod: number
}

const defaults = { delay: 0, drain: 30_000, stop: 10_000, flush: 2_000 }

/** Fits the parts of a stop into the grace period of the platform; 5 % (at most 500 ms) remain for the exit. */
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
    gracePeriod: grace,
  }
}

/** Returns the grace period in the environment, in ms. @throws OptionError if it is not a duration */
function graceOf(variable: string | undefined): number | undefined {
  if (variable === undefined || variable.trim() === '') return undefined
  const ms = parseDuration(variable)
  if (ms !== undefined && ms > 0) return ms
  throw new OptionError(
    'MYFY_OPTION_INVALID',
    `Cannot use ${JSON.stringify(variable.slice(0, 40))} as MYFY_GRACE_PERIOD: it is not a duration above 0. Write ${DURATION_FORM}, or a number of seconds.`,
  )
}

/** A time budget that several hooks share. */
export class Countdown {
  readonly #now: () => number
  readonly #end: number

  constructor(now: () => number, ms: number) {
    this.#now = now
    this.#end = now() + ms
  }

  /** Returns the time left, in ms; never negative. */
  remaining(): number {
    return Math.max(0, this.#end - this.#now())
  }

  /**
   * Returns the time of the next hook: the time left without a reserve for the hooks after it (500 ms each, at most a
   * fifth), so that a hook that hangs does not take the time of all others.
   */
  share(others: number): number {
    const left = this.remaining()
    return left - Math.min(500 * others, left / 5)
  }
}

/** The time after the end of a part the watchdog acts, in ms, if the timers of the event loop did not. */
export function watchdogMargin(budget: ShutdownBudget): number {
  return budget.shrunk ? 250 : 1_000
}
