// The arguments of module hooks.

import type { Logger } from '../events/logger.ts'
import type { Duration } from '../runtime/duration.ts'
import type { App } from './app.ts'
import type { TrackedWork } from './work-tracker.ts'

/** The argument of `start` and `ready`. */
export interface StartContext {
  /** The application that starts. */
  readonly app: App
  /** Aborts when the start must end: a stop was requested, or the time is over. */
  readonly signal: AbortSignal
  /** Aborts when the drain begins: take no new work from then on, and finish the work that was taken. */
  readonly ending: AbortSignal
  /** The logger of the application. */
  readonly logger: Logger
  /** The state that the previous instance of the module handed off in a reload. */
  readonly previous?: unknown
  /**
   * Releases something that the hook has acquired. Releases run in reverse order after `stop`, and when the start fails
   * half-way. After that they run at once.
   */
  defer(release: () => unknown): void
  /** Runs a background task. Its signal aborts when the task must end; the stop waits for it. */
  spawn(name: string, work: (signal: AbortSignal) => unknown, options?: SpawnOptions): void
  /**
   * Runs `work` at an interval, first after one interval, and never twice at once. No turn begins once the drain has
   * begun; the drain waits for the turn that runs.
   */
  every(
    interval: Duration,
    name: string,
    work: (signal: AbortSignal) => unknown,
    options?: EveryOptions,
  ): void
  /** Tracks work in flight. The drain waits for it, and reports it if it is cut. */
  track(kind: string, label: string): TrackedWork
}

/** The argument of `drain` and `stop`. */
export interface StopContext {
  /** The application that stops. */
  readonly app: App
  /** Aborts shortly before the hook is abandoned, or at once when the end is forced. */
  readonly signal: AbortSignal
  /** The logger of the application. */
  readonly logger: Logger
  /** Returns the time that the hook has left, in ms. */
  remaining(): number
}

/** Options of a background task. */
export interface SpawnOptions {
  /**
   * The effect of a failure: `fatal` stops the application with exit code 1, `restart` restarts the task after a delay
   * (100 ms, doubling to `maxRetryDelay`), `ignore` only logs it. Default: `fatal` for `spawn`, `ignore` for `every`.
   * A failure that repeats with the same message is logged once.
   */
  readonly onError?: 'fatal' | 'restart' | 'ignore'
  /**
   * The longest delay before a restart. A task that ran for so long without a failure restarts after 100 ms again.
   * Default: 30,000 ms.
   */
  readonly maxRetryDelay?: Duration
  /**
   * The time at which the signal of a spawned task aborts: `drain` when the drain begins, for a task that takes work from a queue;
   * the drain waits for it. `stop` when the drain has ended, for a task that others need meanwhile. Default: `stop`.
   */
  readonly until?: 'drain' | 'stop'
}

/** Options of periodic work. */
export interface EveryOptions extends Omit<SpawnOptions, 'until'> {
  /**
   * `cluster` runs the work in one process of a cluster at a time, which a module with leases decides: `DataModule`. Its
   * signal aborts when another process has taken over. A failure is logged, and the next turn follows: no other option
   * is accepted beside it. Default: the work runs in every process.
   */
  readonly once?: 'cluster'
}

/** Runs periodic work in one process of a cluster. A module that has leases registers it: `DataModule`. */
export abstract class ClusterTurns {
  /** Runs `work` at an interval, in one process at a time. */
  abstract every(
    context: StartContext,
    interval: Duration,
    name: string,
    work: (signal: AbortSignal) => unknown,
  ): void
}
