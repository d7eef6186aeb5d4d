// How long each part of a stop may take, fitted to what the platform grants.

import { OptionError } from '../errors.ts'

/** How long the parts of a stop may take, in ms. */
export interface ShutdownOptions {
  /** Readiness fails but everything is still served: time for load balancers to notice. Default 0. */
  readonly delay?: number
  /** Work that was accepted may end. Default 30,000. */
  readonly drain?: number
  /** Shared by the `stop` hooks of all modules, the lifespan and `onShutdown`. Default 10,000. */
  readonly stop?: number
  /** Loggers and exporters write out what they hold. Default 2,000. */
  readonly flush?: number
  /**
   * What the platform grants between its signal and its SIGKILL (Kubernetes 30,000, Docker 10,000): the parts
   * shrink in proportion so that the whole stop ends inside it. Default: `MYFY_GRACE_PERIOD`, in ms, `30s` or `2m`.
   */
  readonly gracePeriod?: number
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

/** Refuses what is no time: a negative number, NaN, a text. */
export function milliseconds(name: string, value: unknown, least = 0): number {
  if (typeof value === 'number' && value >= least) return value
  throw new OptionError(
    'MYFY_OPTION_INVALID',
    `${name} is ${typeof value === 'string' ? JSON.stringify(value) : String(value)}; it must be a number of ms, ${least} or more`,
  )
}

const defaults = { delay: 0, drain: 30_000, stop: 10_000, flush: 2_000 }

/** Fits the parts of a stop into the platform's grace period, leaving 5 % (at most 500 ms) for the exit itself. */
export function fitBudget(options: ShutdownOptions, environment?: string): ShutdownBudget {
  const wanted = {
    delay: milliseconds('shutdown.delay', options.delay ?? defaults.delay),
    drain: milliseconds('shutdown.drain', options.drain ?? defaults.drain),
    stop: milliseconds('shutdown.stop', options.stop ?? defaults.stop),
    flush: milliseconds('shutdown.flush', options.flush ?? defaults.flush),
  }
  const sum = wanted.delay + wanted.drain + wanted.stop + wanted.flush
  const grace = milliseconds(
    'the grace period',
    options.gracePeriod ?? parseDuration(environment) ?? Number.POSITIVE_INFINITY,
  )
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

/** `30s`, `2m`, `500ms` or a bare number of ms; undefined for nothing. @throws OptionError for anything else */
export function parseDuration(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined
  const match = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m)?\s*$/.exec(text)
  if (!match) {
    const given = JSON.stringify(text.slice(0, 40))
    throw new OptionError(
      'MYFY_OPTION_INVALID',
      `MYFY_GRACE_PERIOD is ${given}; write 30s, 2m, 500ms or a number of ms`,
    )
  }
  const unit = { ms: 1, s: 1000, m: 60_000 }[match[2] ?? 'ms'] ?? 1
  return Number(match[1]) * unit
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
