// A hook between its call by the application and the result that the application receives.

import { describeHook } from '../../../events/events.ts'
import type { HookControl, HookRef } from '../../../hooks/hook-run.ts'
import { LazyAbort } from '../../../hooks/lazy-abort.ts'

/** The error of a fault that the exploration has chosen. */
export class InjectedFault extends Error {
  override readonly name = 'InjectedFault'
  /** The number of choices before it. */
  readonly step: number

  constructor(message: string, step: number) {
    super(message)
    this.step = step
  }
}

/** The result of the hook's own code. */
export type HookOutcome = { readonly value: unknown } | { readonly error: unknown }

/**
 * The states of a gate: `called` by the application, whose code has not begun; `running`; `settled`, of which the
 * application has not heard; `delivered`; `held`: it hangs, until it is released or the schedule is over.
 */
export type GateState = 'called' | 'running' | 'settled' | 'delivered' | 'held'

/** One call of a hook by the application. */
export class HookGate {
  readonly id: string
  readonly ref: HookRef
  readonly owner: string
  state: GateState = 'called'
  outcome: HookOutcome | undefined
  /** The fault that was chosen for the hook. */
  fault: 'fail' | 'hang' | undefined
  /** True if the application has abandoned the hook. */
  abandoned = false
  /** True if the hook hung, and continues. */
  released = false
  readonly promise: Promise<unknown>
  readonly #control: HookControl
  readonly #invoke: (control: HookControl) => unknown
  #resolve: (value: unknown) => void = () => {}
  #reject: (error: unknown) => void = () => {}
  readonly #since = new Map<'aborted' | 'abandoned', number>()
  #endPrefix: () => void = () => {}

  constructor(id: string, ref: HookRef, control: HookControl, invoke: (control: HookControl) => unknown) {
    this.id = id
    this.ref = ref
    this.owner = ref.owner
    this.#control = control
    this.#invoke = invoke
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** `start of data`. */
  get name(): string {
    return describeHook(this.ref)
  }

  /** True in the step in which the signal has aborted, and in the step in which the hook was abandoned. */
  isDue(step: number): boolean {
    if (!this.abandoned && !this.#control.aborted) return false
    const since = this.abandoned ? 'abandoned' : 'aborted'
    if (!this.#since.has(since)) this.#since.set(since, step)
    return this.#since.get(since) === step
  }

  /** The phases of the start: their failure ends the start. */
  get isOfStart(): boolean {
    const { phase } = this.ref
    return (
      phase === 'start' ||
      phase === 'ready' ||
      phase === 'listen' ||
      phase === 'onStartup' ||
      phase === 'lifespan up'
    )
  }

  /**
   * Calls the code of the hook. The application has called it some choices ago, before its signal was aborted: so the code
   * up to its first `await` sees a signal that is not aborted, and the abort follows at once.
   *
   * @returns what the code returns, or throws
   */
  call(hasInject: boolean): unknown {
    this.state = 'running'
    if (!this.#control.aborted) return this.#invoke(this.#control)
    const own = new LazyAbort()
    const abort = () => own.abort(() => this.#control.signal.reason as unknown)
    // The services of the module are built first: `prefixEnded` tells when its own code has begun.
    if (hasInject) this.#endPrefix = abort
    try {
      return this.#invoke({
        get signal() {
          return own.signal
        },
        get aborted() {
          return own.aborted
        },
        remaining: () => this.#control.remaining(),
      })
    } finally {
      if (!hasInject) abort()
    }
  }

  /** Tells that the module's own code has returned its promise. */
  prefixEnded(): void {
    this.#endPrefix()
  }

  /** Lets the hook hang. */
  hold(): void {
    this.state = 'held'
  }

  settle(outcome: HookOutcome): void {
    this.outcome = outcome
    this.state = 'settled'
  }

  /** Reports the result to the application. */
  deliver(): void {
    this.state = 'delivered'
    if (this.outcome && 'error' in this.outcome) this.#reject(this.outcome.error)
    else this.#resolve(this.outcome?.value)
  }

  /** Reports a failure to the application instead of the result. */
  fail(error: Error): void {
    this.state = 'delivered'
    this.#reject(error)
  }
}
