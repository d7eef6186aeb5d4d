// One run of one hook: its time, its signal, its result.

import { HookTimeoutError } from '../errors.ts'
import { describeHook, type EventBody, type Phase } from '../events/events.ts'
import { traceChannel, traced } from '../events/tracing.ts'
import type { Cancel, Clock } from '../process/clock.ts'
import { awaitInFlight, callInFlight } from '../runtime/stack-frames.ts'
import { errorOf, isThenable } from '../runtime/thrown.ts'
import type { Latch } from './latch.ts'
import { LazyAbort } from './lazy-abort.ts'

/** Identifies a hook in events and errors. */
export interface HookRef {
  readonly phase: Phase
  /** The name of the module, the hook or the transport. */
  readonly owner: string
  /** True if the owner is a module: the start and stop of a module have separate events. */
  readonly module?: boolean
}

/** The time that a hook may run, and what ends it early. */
export interface Deadline {
  /** The time after which the hook is abandoned, in ms. Its signal aborts shortly before. */
  readonly ms: number
  /** The fix in the error message: the option that gives the hook more time. */
  readonly remedy: string
  /** Aborts the signal of the hook, which then has `grace` ms to end. */
  readonly cancel?: Latch
  /** See `cancel`; in ms. Default: 0. */
  readonly grace?: number
  /** Abandons the hook at once. */
  readonly force: Latch
}

/** The result of a hook. */
export type HookResult<T> =
  | { readonly status: 'done'; readonly value: T; readonly cancelled: boolean }
  | { readonly status: 'failed'; readonly error: Error }
  /** The hook rejected after it was cancelled, which is not a failure. */
  | { readonly status: 'cancelled' }
  | { readonly status: 'abandoned'; readonly error: HookTimeoutError; readonly forced: boolean }

/** The deadline as the hook sees it. */
export interface HookControl {
  readonly signal: AbortSignal
  /** True if the signal has aborted. Reading it makes no signal. */
  readonly aborted: boolean
  /** Returns the time that the hook has left, in ms. */
  remaining(): number
}

/**
 * Calls a hook in place of the application: it may call it later, with another signal, or not at all. Only a test has
 * one.
 */
export type HookCaller = <T>(
  ref: HookRef,
  control: HookControl,
  hook: (control: HookControl) => T | PromiseLike<T>,
) => T | PromiseLike<T>

/** The time before its end a hook's signal aborts, in ms: at most a tenth of its time. */
const NOTICE_MS = 500

/**
 * One run of one hook. It ends once, by `#settle`: with the hook's own result, or when the hook is abandoned because
 * its time has passed (`#expire`), because it ignored its cancellation (`#cancel`), or because the end is forced.
 */
export class HookRun<T> {
  readonly #ref: HookRef
  readonly #deadline: Deadline
  readonly #clock: Clock
  readonly #emit: (event: EventBody) => void
  readonly #onLate: ((value: T) => unknown) | undefined
  readonly #caller: HookCaller | undefined
  readonly #abort = new LazyAbort()
  readonly #cleanup: Cancel[] = []
  readonly #began: number
  #end: number
  #resolve: (result: HookResult<T>) => void = () => {}
  #settled = false
  #cancelReason: string | undefined

  /** @param onLate receives the value of a hook that ends after it was abandoned, to release what it acquired */
  constructor(
    ref: HookRef,
    deadline: Deadline,
    clock: Clock,
    emit: (event: EventBody) => void,
    onLate?: (value: T) => unknown,
    caller?: HookCaller,
  ) {
    this.#ref = ref
    this.#deadline = deadline
    this.#clock = clock
    this.#emit = emit
    this.#onLate = onLate
    this.#caller = caller
    this.#began = clock.now()
    this.#end = this.#began + deadline.ms
  }

  /** Runs the hook. Never rejects. */
  run(hook: (control: HookControl) => T | PromiseLike<T>): Promise<HookResult<T>> {
    this.#emit(beginEvent(this.#ref))
    return new Promise((resolve) => {
      this.#resolve = resolve
      const { cancel, force, ms } = this.#deadline
      let value: T | PromiseLike<T>
      try {
        const control = new Control(this.#abort, () => this.#remaining())
        const { owner, phase } = this.#ref
        const invoke = (given: HookControl) => callInFlight(hook, given, undefined)
        const call = () => (this.#caller ? this.#caller<T>(this.#ref, control, invoke) : invoke(control))
        value = phase === 'task' ? call() : traced(traceChannel('module'), { module: owner, phase }, call)
      } catch (thrown) {
        return this.#settle({ status: 'failed', error: errorOf(thrown) })
      }
      if (!isThenable(value)) return this.#settle({ status: 'done', value, cancelled: false })
      this.#expire(ms)
      this.#cleanup.push(force.on(() => this.#abandon(true)))
      if (cancel && !this.#settled) this.#cleanup.push(cancel.on((reason) => this.#cancel(reason)))
      void awaitInFlight(value as PromiseLike<T>, (result) => this.#fulfilled(result)).catch(
        (thrown: unknown) => this.#rejected(thrown),
      )
    })
  }

  /** Aborts the signal shortly before the hook is abandoned, so that it can end by itself. */
  #expire(ms: number): void {
    const notice = ms - Math.min(NOTICE_MS, ms * 0.1)
    this.#cleanup.push(
      this.#clock.after(notice, () => this.#abort.abort(() => this.#timeout()), 'deadline'),
      this.#clock.after(ms, () => this.#abandon(false), 'deadline'),
    )
  }

  #cancel(reason: string): void {
    this.#cancelReason = reason
    const grace = Math.min(this.#deadline.grace ?? 0, this.#remaining())
    this.#end = this.#clock.now() + grace
    this.#abort.abort(() => new DOMException(reason, 'AbortError'))
    this.#cleanup.push(this.#clock.after(grace, () => this.#abandon(false), 'deadline'))
  }

  #abandon(forced: boolean): void {
    const error = this.#timeout()
    this.#abort.abort(() => error)
    this.#settle({ status: 'abandoned', error, forced })
  }

  #fulfilled(value: T): void {
    if (!this.#settled)
      return this.#settle({ status: 'done', value, cancelled: this.#cancelReason !== undefined })
    const { phase, owner } = this.#ref
    this.#emit({ type: 'hook.settledLate', phase, owner })
    this.#onLate?.(value)
  }

  #rejected(thrown: unknown): void {
    const { phase, owner } = this.#ref
    if (this.#settled) this.#emit({ type: 'hook.settledLate', phase, owner, error: thrown })
    else if (this.#cancelReason !== undefined) this.#settle({ status: 'cancelled' })
    else this.#settle({ status: 'failed', error: errorOf(thrown) })
  }

  #settle(result: HookResult<T>): void {
    if (this.#settled) return
    this.#settled = true
    for (const cancel of this.#cleanup) cancel()
    this.#emit(endEvent(this.#ref, result, this.#clock.now() - this.#began, this.#cancelReason))
    this.#resolve(result)
  }

  #timeout(): HookTimeoutError {
    const ms = this.#clock.now() - this.#began
    return new HookTimeoutError(describeHook(this.#ref), ms, this.#deadline.remedy)
  }

  #remaining(): number {
    return Math.max(0, this.#end - this.#clock.now())
  }
}

/** A class, as accessors of an object literal are created for each object. */
class Control implements HookControl {
  readonly remaining: () => number
  readonly #abort: LazyAbort

  constructor(abort: LazyAbort, remaining: () => number) {
    this.#abort = abort
    this.remaining = remaining
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get aborted(): boolean {
    return this.#abort.aborted
  }
}

function beginEvent({ phase, owner, module }: HookRef): EventBody {
  if (module && phase === 'start') return { type: 'module.starting', module: owner }
  if (module && phase === 'stop') return { type: 'module.stopping', module: owner }
  return { type: 'hook.starting', phase, owner }
}

function endEvent(
  { phase, owner, module }: HookRef,
  result: HookResult<unknown>,
  ms: number,
  reason = '',
): EventBody {
  switch (result.status) {
    case 'done':
      if (module && phase === 'start') return { type: 'module.started', module: owner, ms }
      if (module && phase === 'stop') return { type: 'module.stopped', module: owner, ms }
      return { type: 'hook.finished', phase, owner, ms }
    case 'failed':
      return module
        ? { type: 'module.failed', module: owner, phase, ms, error: result.error }
        : { type: 'hook.failed', phase, owner, ms, error: result.error }
    case 'cancelled':
      return { type: 'hook.cancelled', phase, owner, reason }
    case 'abandoned':
      return { type: 'hook.abandoned', phase, owner, ms, forced: result.forced }
  }
}
