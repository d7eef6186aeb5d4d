// How a life judges its hooks: in the start one that fails ends it, in the stop it is written down and the next runs.

import { StartAbortedError } from '../errors.ts'
import type { EventBody } from '../events/events.ts'
import { Outcome } from './exit-status.ts'
import {
  type Limits,
  type PhaseRunner,
  type Step,
  type StepControl,
  type StepResult,
  Trigger,
} from './hook-runner.ts'
import type { ShutdownBudget } from './shutdown-budget.ts'

/** A step of the start that failed. */
export class StepFailure extends Error {
  readonly step: Step
  override readonly cause: Error

  constructor(step: Step, cause: Error) {
    super(cause.message)
    this.step = step
    this.cause = cause
  }
}

/** The steps of one life, with what has become of them. */
export class Steps {
  readonly outcome = new Outcome()
  /** Somebody asked for the stop. */
  readonly stopAsked = new Trigger()
  /** A second signal: what runs is abandoned, what is left is skipped. */
  readonly forced = new Trigger()
  readonly runner: PhaseRunner
  /** Refitted when the environment has been read. */
  budget: ShutdownBudget
  readonly #startTimeout: number
  readonly #emit: (event: EventBody) => void

  constructor(
    runner: PhaseRunner,
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
  async required<T>(step: Step, hook: (control: StepControl) => T | PromiseLike<T>): Promise<T> {
    this.giveUpIfAsked()
    return this.judge(step, await this.runner.run(step, this.startLimits(), hook))
  }

  /** The value of a step that went well. @throws as `required` */
  judge<T>(step: Step, result: StepResult<T>): T {
    switch (result.status) {
      case 'done':
        return result.value
      case 'failed':
        throw new StepFailure(step, result.error)
      case 'cancelled':
        throw new StartAbortedError(this.stopAsked.reason ?? '')
      case 'abandoned':
        if (this.stopAsked.reason === undefined) throw new StepFailure(step, result.error)
        // It was told to give up and did not: the stop goes on without it, but not cleanly.
        this.outcome.stopErrors.push(result.error)
        throw new StartAbortedError(this.stopAsked.reason)
    }
  }

  /** A step that must not keep others from running: what goes wrong is written down. */
  async tolerated(step: Step, limits: Limits, hook: (control: StepControl) => unknown): Promise<void> {
    if (this.isSkipped(step)) return
    const result = await this.runner.run(step, limits, hook)
    if (result.status === 'failed' || result.status === 'abandoned')
      this.outcome.stopErrors.push(result.error)
  }

  /** Whether a step does not run any more because the end is forced. */
  isSkipped(step: Step): boolean {
    if (this.forced.reason === undefined) return false
    this.#emit({ type: 'hook.skipped', phase: step.phase, owner: step.owner })
    return true
  }

  /** @throws StartAbortedError if a stop was asked for */
  giveUpIfAsked(): void {
    if (this.stopAsked.reason !== undefined) throw new StartAbortedError(this.stopAsked.reason)
  }

  startLimits(own = this.#startTimeout): Limits {
    const remedy = 'let it fail on its signal, or give it more time with startup.timeout or startTimeout'
    return { ms: own, remedy, cancel: this.stopAsked, grace: this.budget.stop, force: this.forced }
  }

  stopLimits(ms = this.budget.stop): Limits {
    const remedy = 'let it end on its signal, or give it more time with shutdown.stop or stopTimeout'
    return { ms, remedy, force: this.forced }
  }
}
