// The changes of a record: its version, and readers that wait for the next one.

/** The shortest time between two answers to a reader, in ms, unless the state of an application changes. */
const PAUSE_MS = 1_000
/** The longest time that a reader waits: memory and the age of work change without a notice. */
const LIMIT_MS = 5_000

/** Changes counts the changes of a record. */
export class Changes {
  #version = 0
  /** Called at the next change. */
  readonly #readers = new Set<() => void>()
  /** Called when the state of an application changes. */
  readonly #urgent = new Set<() => void>()

  /** The version: it grows with each change. */
  get version(): number {
    return this.#version
  }

  /** Counts a change, and returns the version with it. */
  add(): number {
    this.#version++
    for (const wake of this.#readers) wake()
    return this.#version
  }

  /** Counts a change that no reader may miss: after it the application may not answer any more. */
  addUrgent(): void {
    this.add()
    for (const wake of this.#urgent) wake()
  }

  /**
   * Resolves when something has changed since a version, at most once a second; at once when the state of an application
   * changes; after 5 seconds, or when the reader has left, in any case.
   */
  async after(version: number, signal: AbortSignal): Promise<void> {
    const isUrgent = await this.#wait(this.#urgent, PAUSE_MS, signal)
    if (isUrgent || this.#version > version) return
    await this.#wait(this.#readers, LIMIT_MS - PAUSE_MS, signal)
  }

  /** Returns true if it was woken, false if the time is over. */
  #wait(wakers: Set<() => void>, ms: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false)
    return new Promise((resolve) => {
      const end = (woken: boolean) => {
        clearTimeout(timer)
        wakers.delete(wake)
        signal.removeEventListener('abort', leave)
        resolve(woken)
      }
      const wake = () => end(true)
      const leave = () => end(false)
      const timer = setTimeout(leave, ms).unref()
      wakers.add(wake)
      signal.addEventListener('abort', leave)
    })
  }
}
