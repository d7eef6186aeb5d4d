// The delivery of events to listeners.

import { isThenable } from '../runtime/thrown.ts'
import type { EventBody, LifecycleEvent } from './events.ts'

/** A listener of events; a promise that it returns is not waited for. */
export type EventListener = (event: LifecycleEvent) => unknown

/** Delivers the events of one application. A listener that throws or rejects is reported; the others still run. */
export class EventBus {
  readonly #now: () => number
  readonly #failed: (error: unknown) => void
  readonly #listeners = new Map<string, Set<EventListener>>()

  constructor(now: () => number, failed: (error: unknown) => void) {
    this.#now = now
    this.#failed = failed
  }

  emit(body: EventBody): void {
    const event = { ...body, at: this.#now() } as LifecycleEvent
    // The log listens to all events: an effect of a listener must be logged after its cause.
    this.#deliver('*', event)
    this.#deliver(event.type, event)
  }

  /** Adds a listener for a type of event, or for all with `'*'`. Returns the function that removes it. */
  on(type: string, listener: EventListener): () => void {
    const listeners = this.#listeners.get(type) ?? new Set()
    this.#listeners.set(type, listeners.add(listener))
    return () => listeners.delete(listener)
  }

  #deliver(type: string, event: LifecycleEvent): void {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) {
      try {
        const result = listener(event)
        if (isThenable(result)) result.then(undefined, this.#failed)
      } catch (error) {
        this.#failed(error)
      }
    }
  }
}
