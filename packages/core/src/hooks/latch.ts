// An event that happens at most once.

import type { Cancel } from '../process/clock.ts'

/** An event that happens at most once, with its listeners. A listener costs an entry of a set, unlike an AbortSignal's. */
export class Latch {
  #reason: string | undefined
  readonly #listeners = new Set<(reason: string) => void>()

  /** The reason of the event; undefined until it happens. */
  get reason(): string | undefined {
    return this.#reason
  }

  fire(reason: string): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    for (const listener of [...this.#listeners]) listener(reason)
    this.#listeners.clear()
  }

  /** Calls the listener when the event happens; at once if it has happened. */
  on(listener: (reason: string) => void): Cancel {
    if (this.#reason !== undefined) listener(this.#reason)
    else this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Resolves when the event happens. */
  get fired(): Promise<string> {
    return new Promise((resolve) => this.on(resolve))
  }
}
