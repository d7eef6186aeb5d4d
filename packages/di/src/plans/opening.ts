/** Openings: how a frame is completed when a factory returns a promise, and what follows when one fails. */
import { type Binding, UNSET } from '../graph/binding.ts'
import { BuildFailure, call, failed } from '../scopes/construction.ts'
import { hasDisposer, hasEnd } from '../scopes/disposer.ts'
import { abandon, Lifetime, NothingToDispose } from '../scopes/lifetime.ts'
import type { Lifetimes, OpenCount } from '../scopes/lifetimes.ts'
import { isThenable } from '../scopes/run-steps.ts'
import type { Frame, Layout } from './layout.ts'

/** Opens an entry point: takes seeds, returns the opening, or a promise of it. */
export type Open = (...seeds: unknown[]) => unknown

/** Stands for a service whose promise is pending. */
const PENDING = Symbol('pending')

/** The openings of one entry point. */
export class Openings {
  readonly layout: Layout
  /** The places of the services that may have to be settled or disposed. */
  readonly ending: readonly number[]
  /** True if one of them certainly has to be. */
  readonly isEndingCertain: boolean
  readonly #lifetimes: Lifetimes
  readonly #count: OpenCount

  constructor(layout: Layout, lifetimes: Lifetimes, count: OpenCount) {
    const endOf = (at: number) => hasEnd(layout.cells[at]!.binding)
    this.layout = layout
    this.ending = layout.steps.filter(endOf)
    this.isEndingCertain = this.ending.some((at) => endOf(at) === true)
    this.#lifetimes = lifetimes
    this.#count = count
  }

  /** Reports whether a service of a complete frame has to be settled or disposed. */
  hasEnd(frame: Frame): boolean {
    if (this.isEndingCertain) return true
    for (const at of this.ending) if (hasDisposer(frame[at])) return true
    return false
  }

  /** Returns an opening that disposes the services of a frame: those of `built`, in that order. */
  keep(frame: Frame, values: unknown, built: readonly number[] = this.layout.steps): unknown {
    const lifetime = new Lifetime(this.#lifetimes, this.#count, values)
    let failure: { readonly error: unknown } | undefined
    for (const at of built) {
      if (!this.ending.includes(at)) continue
      try {
        lifetime.adopt(this.#binding(at), frame[at], this.#argumentsOf(at, frame))
      } catch (error) {
        failure ??= { error }
      }
    }
    return failure ? abandon(lifetime, failure.error) : lifetime
  }

  /** Ends a frame whose first missing service failed: the others are disposed, then the error is thrown. */
  fail(error: unknown, frame: Frame): unknown {
    const { steps } = this.layout
    const failing = steps.findIndex((at) => frame[at] === UNSET)
    // The frame is complete: it is the opening that failed, and it has disposed its services.
    if (failing < 0) throw error
    return this.#abandon(frame, steps.slice(0, failing), steps[failing]!, error)
  }

  /**
   * Completes a frame whose last service is a promise. Every step runs as soon as its arguments are there, so that
   * independent services are built side by side. Services are disposed in reverse order of completion.
   */
  async complete(frame: Frame): Promise<unknown> {
    const { steps, cells } = this.layout
    const first = steps.findLast((at) => frame[at] !== UNSET)!
    const built = steps.filter((at) => at !== first && frame[at] !== UNSET)
    const running = new Map<number, Promise<void>>()
    let failure: { readonly at: number; readonly error: unknown } | undefined

    const keep = (at: number, service: unknown): void => {
      frame[at] = service
      built.push(at)
    }
    const wait = (at: number, promise: PromiseLike<unknown>): void => {
      frame[at] = PENDING
      const settled = Promise.resolve(promise).then(
        (service) => keep(at, service),
        (error) => {
          failure ??= { at, error }
        },
      )
      running.set(
        at,
        settled.then(() => void running.delete(at)),
      )
    }
    const start = (at: number): void => {
      const { binding } = cells[at]!
      try {
        const service = call(binding, this.#argumentsOf(at, frame))
        if (binding.kind === 'factory' && isThenable(service)) wait(at, service)
        else keep(at, service)
      } catch (error) {
        failure ??= { at, error }
      }
    }
    const isReady = (at: number): boolean =>
      frame[at] === UNSET && cells[at]!.args!.every((arg) => frame[arg] !== UNSET && frame[arg] !== PENDING)

    wait(first, frame[first] as PromiseLike<unknown>)
    while (running.size) {
      for (const at of steps) if (!failure && isReady(at)) start(at)
      if (running.size) await Promise.race(running.values())
    }
    for (const at of steps) if (!failure && isReady(at)) start(at)
    if (failure) return this.#abandon(frame, built, failure.at, failure.error)
    const values = this.#values(frame)
    return this.hasEnd(frame) ? this.keep(frame, values, built) : new NothingToDispose(values)
  }

  #abandon(frame: Frame, built: readonly number[], at: number, cause: unknown): unknown {
    const error = failed(new BuildFailure(this.#binding(at), cause), this.layout.entry)
    const opening = this.keep(frame, undefined, built)
    return opening instanceof Lifetime ? abandon(opening, error) : opening
  }

  #binding(at: number): Binding {
    return this.layout.cells[at]!.binding
  }

  #argumentsOf(at: number, frame: Frame): unknown[] {
    return this.layout.cells[at]!.args!.map((arg) => frame[arg])
  }

  #values(frame: Frame): unknown {
    const { entry, results } = this.layout
    return call(
      entry,
      results.map((at) => frame[at]),
    )
  }
}
