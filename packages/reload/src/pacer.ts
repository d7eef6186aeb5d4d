// When to look at what was saved: the first save at once, a burst when it is over.

/** Time, so that tests need not wait. */
export interface PacerClock {
  now(): number
  /** Calls back after `ms`; what it returns takes that back. */
  after(ms: number, then: () => void): () => void
}

/** How long it stays quiet before a burst counts as over, and how long a burst may go on, in ms. */
const quiet = 30
const longest = 500

/** Collects paths and hands them on in batches. */
export class Pacer {
  readonly #clock: PacerClock
  readonly #act: (paths: ReadonlySet<string>) => void
  #paths = new Set<string>()
  #cancel: (() => void) | undefined
  #burstBegan = 0
  #last = Number.NEGATIVE_INFINITY

  constructor(act: (paths: ReadonlySet<string>) => void, clock: PacerClock = realClock) {
    this.#act = act
    this.#clock = clock
  }

  /** Something was saved. */
  add(path: string): void {
    const now = this.#clock.now()
    this.#paths.add(path)
    const inBurst = now - this.#last < quiet
    this.#last = now
    if (!inBurst) this.#burstBegan = now
    const wait = inBurst ? Math.max(0, Math.min(quiet, this.#burstBegan + longest - now)) : 0
    this.#cancel?.()
    // Not in this very turn: events that the system delivers together belong together.
    this.#cancel = this.#clock.after(wait, () => this.#flush())
  }

  /** Takes back what was not handed on yet. */
  stop(): void {
    this.#cancel?.()
    this.#paths.clear()
  }

  #flush(): void {
    this.#cancel = undefined
    const paths = this.#paths
    this.#paths = new Set()
    this.#act(paths)
  }
}

const realClock: PacerClock = {
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
