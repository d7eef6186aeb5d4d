// The phase runner: the one mechanism through which every hook of a user runs. It owns time, abort, the collection
// of errors and the events, so that a hook that throws, rejects, hangs, is slow or settles late is the same few
// lines whichever phase it belongs to.

import { HookTimeoutError } from '../errors.ts'
import type { EventBody, Phase } from '../events/events.ts'
import type { Cancel, Clock } from '../process/clock.ts'
import { errorOf, isThenable } from '../runtime/thrown.ts'

/** Which hook runs, for events and errors. */
export interface HookRef {
  readonly phase: Phase
  /** The module, the hook's own name, the transport. */
  readonly owner: string
  /** Whether `owner` is a module: its start and stop have events of their own. */
  readonly module?: boolean
}

/** How long and under which conditions a hook may run. */
export interface Deadline {
  /** After this many ms it is abandoned; its signal aborts a little before. */
  readonly ms: number
  /** What to change when the time does not suffice; ends the sentence of the error. */
  readonly remedy: string
  /** When this is triggered the hook's signal aborts and it has `grace` ms to end. */
  readonly cancel?: Latch
  /** See `cancel`. */
  readonly grace?: number
  /** When this is triggered the hook is abandoned at once. */
  readonly force: Latch
}

/** How a hook ended. */
export type HookResult<T> =
  | { readonly status: 'done'; readonly value: T; readonly cancelled: boolean }
  | { readonly status: 'failed'; readonly error: Error }
  /** It rejected after it had been told to give up: what was asked for, not a failure. */
  | { readonly status: 'cancelled' }
  | { readonly status: 'abandoned'; readonly error: HookTimeoutError; readonly forced: boolean }

/** What a hook sees of its limits. */
export interface HookControl {
  readonly signal: AbortSignal
  remaining(): number
}

/** Something that happens at most once, with those who wait for it; costs a Set entry, unlike an AbortSignal. */
export class Latch {
  #reason: string | undefined
  readonly #listeners = new Set<(reason: string) => void>()

  get reason(): string | undefined {
    return this.#reason
  }

  fire(reason: string): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    for (const listener of [...this.#listeners]) listener(reason)
    this.#listeners.clear()
  }

  /** Calls the listener when it fires; at once if it has. */
  on(listener: (reason: string) => void): Cancel {
    if (this.#reason !== undefined) listener(this.#reason)
    else this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Resolves when it fires. */
  get fired(): Promise<string> {
    return new Promise((resolve) => this.on(resolve))
  }
}

/** Runs hooks; see the head of this file. */
export class HookRunner {
  readonly #clock: Clock
  readonly #emit: (event: EventBody) => void

  constructor(clock: Clock, emit: (event: EventBody) => void) {
    this.#clock = clock
    this.#emit = emit
  }

  /** Runs one hook to its end, or to the end of its time. Never rejects. */
  run<T>(
    step: HookRef,
    limits: Deadline,
    hook: (control: HookControl) => T | PromiseLike<T>,
  ): Promise<HookResult<T>> {
    const clock = this.#clock
    const began = clock.now()
    const abort = new AbortController()
    const took = () => clock.now() - began
    let end = began + limits.ms
    let cancelledBecause: string | undefined

    this.#emit(beginning(step))
    return new Promise((resolve) => {
      let ended = false
      const undo: Cancel[] = []
      const settle = (result: HookResult<T>) => {
        ended = true
        for (const cancel of undo) cancel()
        this.#emit(ending(step, result, took(), cancelledBecause))
        resolve(result)
      }
      const abandon = (forced: boolean) => {
        const error = new HookTimeoutError(`${step.phase} of ${step.owner}`, took(), limits.remedy)
        if (!abort.signal.aborted) abort.abort(error)
        if (!ended) settle({ status: 'abandoned', error, forced })
      }
      const expire = (ms: number) => {
        // Told a little before it is abandoned, so that it can end by itself.
        const notice = ms - Math.min(500, ms * 0.1)
        undo.push(
          clock.after(notice, () => {
            if (abort.signal.aborted) return
            abort.abort(new HookTimeoutError(`${step.phase} of ${step.owner}`, took(), limits.remedy))
          }),
          clock.after(ms, () => abandon(false)),
        )
      }

      let value: T | PromiseLike<T>
      try {
        value = hook({ signal: abort.signal, remaining: () => Math.max(0, end - clock.now()) })
      } catch (thrown) {
        return settle({ status: 'failed', error: errorOf(thrown) })
      }
      if (!isThenable(value)) return settle({ status: 'done', value, cancelled: false })

      expire(limits.ms)
      undo.push(limits.force.on(() => abandon(true)))
      if (limits.cancel && !ended) {
        undo.push(
          limits.cancel.on((reason) => {
            cancelledBecause = reason
            const grace = Math.min(limits.grace ?? 0, Math.max(0, end - clock.now()))
            end = clock.now() + grace
            abort.abort(new DOMException(reason, 'AbortError'))
            undo.push(clock.after(grace, () => abandon(false)))
          }),
        )
      }
      value.then(
        (settled) => {
          if (ended) this.#emit({ type: 'hook.settledLate', phase: step.phase, owner: step.owner })
          else settle({ status: 'done', value: settled, cancelled: cancelledBecause !== undefined })
        },
        (thrown: unknown) => {
          if (ended)
            this.#emit({ type: 'hook.settledLate', phase: step.phase, owner: step.owner, error: thrown })
          else if (cancelledBecause !== undefined) settle({ status: 'cancelled' })
          else settle({ status: 'failed', error: errorOf(thrown) })
        },
      )
    })
  }
}

function beginning({ phase, owner, module }: HookRef): EventBody {
  if (module && phase === 'start') return { type: 'module.starting', module: owner }
  if (module && phase === 'stop') return { type: 'module.stopping', module: owner }
  return { type: 'hook.starting', phase, owner }
}

function ending(
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
