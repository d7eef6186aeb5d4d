// How a life judges its hooks: in the start one that fails ends it, in the stop it is written down and the next runs.

import { StartAbortedError } from '../errors.ts'
import type { EventBody } from '../events/events.ts'
import { ExitStatus } from './exit-status.ts'
import {
  type Deadline,
  type HookControl,
  type HookRef,
  type HookResult,
  type HookRunner,
  Latch,
} from './hook-runner.ts'
import type { ShutdownBudget } from './shutdown-budget.ts'

/** A step of the start that failed. */
export class HookFailure extends Error {
  readonly hook: HookRef
  override readonly cause: Error

  constructor(step: HookRef, cause: Error) {
    super(cause.message)
    this.hook = step
    this.cause = cause
  }
}

/** The steps of one life, with what has become of them. */
export class HookPolicy {
  readonly status = new ExitStatus()
  /** Somebody asked for the stop. */
  readonly stopRequested = new Latch()
  /** A second signal: what runs is abandoned, what is left is skipped. */
  readonly forced = new Latch()
  readonly runner: HookRunner
  /** Refitted when the environment has been read. */
  budget: ShutdownBudget
  readonly #startTimeout: number
  readonly #emit: (event: EventBody) => void

  constructor(
    runner: HookRunner,
    budget: ShutdownBudget,
    startTimeout: number,
    emit: (event: EventBody) => void,
  ) {
    this.runner = runner
    this.budget = budget
    this.#startTimeout = startTimeout
    this.#emit = emit
  }

  /** A step that must go well. @throws StepFailure, or StartAbortedError if a stop was asked for */
  async runOrThrow<T>(step: HookRef, hook: (control: HookControl) => T | PromiseLike<T>): Promise<T> {
    this.throwIfStopping()
    return this.unwrap(step, await this.runner.run(step, this.startDeadline(), hook))
  }

  /** The value of a step that went well. @throws as `required` */
  unwrap<T>(step: HookRef, result: HookResult<T>): T {
    switch (result.status) {
      case 'done':
        return result.value
      case 'failed':
        throw new HookFailure(step, result.error)
      case 'cancelled':
        throw new StartAbortedError(this.stopRequested.reason ?? '')
      case 'abandoned':
        if (this.stopRequested.reason === undefined) throw new HookFailure(step, result.error)
        // It was told to give up and did not: the stop goes on without it, but not cleanly.
        this.status.stopErrors.push(result.error)
        throw new StartAbortedError(this.stopRequested.reason)
    }
  }

  /** A step that must not keep others from running: what goes wrong is written down. */
  async runAndCollect(
    step: HookRef,
    limits: Deadline,
    hook: (control: HookControl) => unknown,
  ): Promise<void> {
    if (this.isSkipped(step)) return
    const result = await this.runner.run(step, limits, hook)
    if (result.status === 'failed' || result.status === 'abandoned') this.status.stopErrors.push(result.error)
  }

  /** Whether a step does not run any more because the end is forced. */
  isSkipped(step: HookRef): boolean {
    if (this.forced.reason === undefined) return false
    this.#emit({ type: 'hook.skipped', phase: step.phase, owner: step.owner })
    return true
  }

  /** @throws StartAbortedError if a stop was asked for */
  throwIfStopping(): void {
    if (this.stopRequested.reason !== undefined) throw new StartAbortedError(this.stopRequested.reason)
  }

  startDeadline(own = this.#startTimeout): Deadline {
    const remedy = 'let it fail on its signal, or give it more time with startup.timeout or startTimeout'
    return { ms: own, remedy, cancel: this.stopRequested, grace: this.budget.stop, force: this.forced }
  }

  stopDeadline(ms = this.budget.stop): Deadline {
    const remedy = 'let it end on its signal, or give it more time with shutdown.stop or stopTimeout'
    return { ms, remedy, force: this.forced }
  }
}
