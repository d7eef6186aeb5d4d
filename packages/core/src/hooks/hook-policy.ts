// How a lifecycle runs its hooks: a failure ends the start; during the stop it is collected and the next hook runs.

import { StartAbortedError } from '../errors.ts'
import type { EventBody } from '../events/events.ts'
import type { Clock } from '../process/clock.ts'
import { ExitStatus } from './exit-status.ts'
import {
  type Deadline,
  type HookCaller,
  type HookControl,
  type HookRef,
  type HookResult,
  HookRun,
} from './hook-run.ts'
import { Latch } from './latch.ts'
import type { ShutdownBudget } from './shutdown-budget.ts'

/** A hook of the start failed. */
export class HookFailure extends Error {
  readonly hook: HookRef
  override readonly cause: Error

  constructor(hook: HookRef, cause: Error) {
    super(cause.message)
    this.hook = hook
    this.cause = cause
  }
}

/** The parts of a hook policy. */
export interface HookPolicyParts {
  readonly clock: Clock
  readonly budget: ShutdownBudget
  /** The time that a hook of the start may take by default, in ms. */
  readonly startTimeout: number
  readonly emit: (event: EventBody) => void
  /** Calls the hooks in place of the application; for tests. */
  readonly callHook?: HookCaller | undefined
}

/** Runs the hooks of one lifecycle and collects their failures. */
export class HookPolicy {
  readonly status = new ExitStatus()
  /** Fires when a stop is requested. */
  readonly stopRequested = new Latch()
  /** Fires when the end is forced: running hooks are abandoned, the rest are skipped. */
  readonly forced = new Latch()
  /** Fitted again when the environment has been read. */
  budget: ShutdownBudget
  readonly #parts: HookPolicyParts
  #running = 0

  constructor(parts: HookPolicyParts) {
    this.#parts = parts
    this.budget = parts.budget
  }

  /** Reports whether a hook runs. */
  get isRunningHook(): boolean {
    return this.#running > 0
  }

  /** Runs one hook until it ends or is abandoned. Never rejects. */
  run<T>(
    ref: HookRef,
    deadline: Deadline,
    hook: (control: HookControl) => T | PromiseLike<T>,
    onLate?: (value: T) => unknown,
  ): Promise<HookResult<T>> {
    const { clock, emit, callHook } = this.#parts
    this.#running++
    return new HookRun<T>(ref, deadline, clock, emit, onLate, callHook)
      .run(hook)
      .finally(() => this.#running--)
  }

  /**
   * Runs a hook that the start depends on.
   *
   * @param onLate releases what the hook acquired after it was abandoned
   * @throws HookFailure, or StartAbortedError if a stop was requested
   */
  async runOrThrow<T>(
    ref: HookRef,
    hook: (control: HookControl) => T | PromiseLike<T>,
    onLate?: (value: T) => unknown,
  ): Promise<T> {
    this.throwIfStopping()
    return this.unwrap(ref, await this.run(ref, this.startDeadline(), hook, onLate))
  }

  /** Returns the value of a hook that succeeded. @throws as `runOrThrow` */
  unwrap<T>(ref: HookRef, result: HookResult<T>): T {
    switch (result.status) {
      case 'done':
        return result.value
      case 'failed':
        throw new HookFailure(ref, result.error)
      case 'cancelled':
        throw new StartAbortedError(this.stopRequested.reason ?? '')
      case 'abandoned':
        if (this.stopRequested.reason === undefined) throw new HookFailure(ref, result.error)
        // The hook ignored its cancellation: the stop continues without it, and is not clean.
        this.status.stopErrors.push(result.error)
        throw new StartAbortedError(this.stopRequested.reason)
    }
  }

  /** Runs a hook and collects its failure, so that the next hook runs in any case. */
  async runAndCollect(
    ref: HookRef,
    deadline: Deadline,
    hook: (control: HookControl) => unknown,
  ): Promise<void> {
    if (!this.isSkipped(ref)) await this.runUnforced(ref, deadline, hook)
  }

  /** Runs a hook even if the stop is forced, and collects its failure. */
  async runUnforced(
    ref: HookRef,
    deadline: Deadline,
    hook: (control: HookControl) => unknown,
  ): Promise<void> {
    collect(this.status.stopErrors, await this.run(ref, deadline, hook))
  }

  /** Reports whether a hook is skipped because the end is forced. */
  isSkipped(ref: HookRef): boolean {
    if (this.forced.reason === undefined) return false
    this.#parts.emit({ type: 'hook.skipped', phase: ref.phase, owner: ref.owner })
    return true
  }

  /** @throws StartAbortedError if a stop was requested */
  throwIfStopping(): void {
    if (this.stopRequested.reason !== undefined) throw new StartAbortedError(this.stopRequested.reason)
  }

  startDeadline(ms = this.#parts.startTimeout): Deadline {
    const remedy = 'Make it end when its signal aborts, or raise startup.timeout or startTimeout.'
    return { ms, remedy, cancel: this.stopRequested, grace: this.budget.stop, force: this.forced }
  }

  stopDeadline(ms = this.budget.stop): Deadline {
    const remedy = 'Make it end when its signal aborts, or raise shutdown.stop or stopTimeout.'
    return { ms, remedy, force: this.forced }
  }

  flushDeadline(): Deadline {
    const remedy = 'Make it end when its signal aborts, or raise shutdown.flush.'
    return { ms: this.budget.flush, remedy, force: this.forced }
  }
}

/** Adds the failure of a hook that must not keep others from running. */
export function collect(errors: Error[], result: HookResult<unknown>): void {
  if (result.status === 'failed' || result.status === 'abandoned') errors.push(result.error)
}
