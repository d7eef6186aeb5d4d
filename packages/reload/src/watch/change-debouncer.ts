// When to look at what was saved: the first save at once, a burst when it is over.

/** Time, so that tests need not wait. */
export interface DebounceClock {
  now(): number
  /** Calls back after `ms`; what it returns takes that back. */
  after(ms: number, then: () => void): () => void
}

/** How long it stays quiet before a burst counts as over, and how long a burst may go on, in ms. */
const quiet = 30
const longest = 500

/** Collects paths and hands them on in batches. */
export class ChangeDebouncer {
  readonly #clock: DebounceClock
  readonly #act: (paths: ReadonlySet<string>) => void
  #paths = new Set<string>()
  #next: { readonly waits: boolean; cancel(): void } | undefined
  #burstBegan = 0
  #last = Number.NEGATIVE_INFINITY
  #wasBurst = false

  constructor(act: (paths: ReadonlySet<string>) => void, clock: DebounceClock = realClock) {
    this.#act = act
    this.#clock = clock
  }

  /** Something was saved. */
  add(path: string): void {
    const now = this.#clock.now()
    const waits = now - this.#last < quiet
    this.#last = now
    this.#paths.add(path)
    // Events that the system delivers together belong together.
    if (this.#next && !this.#next.waits) return
    if (!waits) this.#burstBegan = now
    this.#next?.cancel()
    const ms = waits ? Math.max(1, Math.min(quiet, this.#burstBegan + longest - now)) : 0
    this.#next = { waits, cancel: this.#clock.after(ms, () => this.#flush()) }
  }

  /** What was handed on came to nothing: the next save is a first one again, unless that was the end of a burst. */
  restart(): void {
    if (!this.#wasBurst) this.#last = Number.NEGATIVE_INFINITY
  }

  /** Takes back what was not handed on yet. */
  stop(): void {
    this.#next?.cancel()
    this.#paths.clear()
  }

  #flush(): void {
    this.#wasBurst = this.#next?.waits ?? false
    this.#next = undefined
    const paths = this.#paths
    this.#paths = new Set()
    this.#act(paths)
  }
}

const realClock: DebounceClock = {
  now: () => performance.now(),
  after(ms, then) {
    if (ms === 0) {
      const immediate = setImmediate(then)
      return () => clearImmediate(immediate)
    }
    const timer = setTimeout(then, ms)
    return () => clearTimeout(timer)
  },
}
