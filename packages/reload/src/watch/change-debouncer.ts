// Decides when saved files are inspected: the first save at once, a burst of saves when it is over.

/** The time source, replaced in tests. */
export interface DebounceClock {
  now(): number
  /** Calls back after `ms`. Returns a function that cancels the call. */
  after(ms: number, then: () => void): () => void
}

/** The pause that ends a burst, in ms. */
const BURST_PAUSE_MS = 30
/** The longest burst, in ms. */
const LONGEST_BURST_MS = 500

/** Collects paths and passes them on in batches. */
export class ChangeDebouncer {
  readonly #clock: DebounceClock
  readonly #inspect: (paths: ReadonlySet<string>) => void
  #paths = new Set<string>()
  #scheduled: { readonly isBurst: boolean; cancel(): void } | undefined
  #burstBegan = 0
  #lastSave = Number.NEGATIVE_INFINITY
  #lastWasBurst = false

  constructor(inspect: (paths: ReadonlySet<string>) => void, clock: DebounceClock = systemClock) {
    this.#inspect = inspect
    this.#clock = clock
  }

  /** Adds a path that was saved. */
  add(path: string): void {
    const now = this.#clock.now()
    const isBurst = now - this.#lastSave < BURST_PAUSE_MS
    this.#lastSave = now
    this.#paths.add(path)
    // Events that the system delivers in one turn belong to one save.
    if (this.#scheduled && !this.#scheduled.isBurst) return
    if (!isBurst) this.#burstBegan = now
    this.#scheduled?.cancel()
    const end = this.#burstBegan + LONGEST_BURST_MS
    const ms = isBurst ? Math.max(1, Math.min(BURST_PAUSE_MS, end - now)) : 0
    this.#scheduled = { isBurst, cancel: this.#clock.after(ms, () => this.#flush()) }
  }

  /** Treats the next save as a first one, because the last batch led to nothing. The end of a burst stays one. */
  restart(): void {
    if (!this.#lastWasBurst) this.#lastSave = Number.NEGATIVE_INFINITY
  }

  /** Drops what has not been passed on. */
  stop(): void {
    this.#scheduled?.cancel()
    this.#paths.clear()
  }

  #flush(): void {
    this.#lastWasBurst = this.#scheduled?.isBurst ?? false
    this.#scheduled = undefined
    const paths = this.#paths
    this.#paths = new Set()
    this.#inspect(paths)
  }
}

const systemClock: DebounceClock = {
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
