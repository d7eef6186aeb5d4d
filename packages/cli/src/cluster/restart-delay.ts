// The delay before a worker that ended by itself is replaced.

/** The first delay, the longest, and how long a worker must serve before its delay starts over; in ms. */
const FIRST_DELAY_MS = 100
const MAX_DELAY_MS = 30_000
const RESET_AFTER_MS = 10_000

/** Doubles the delay of a slot from one early end to the next. */
export class RestartDelay {
  readonly #delays = new Map<number, number>()

  /** Returns the delay before the next start in a slot, whose worker has served for `servedMs`. */
  next(slot: number, servedMs: number): number {
    const delay = servedMs > RESET_AFTER_MS ? FIRST_DELAY_MS : (this.#delays.get(slot) ?? FIRST_DELAY_MS)
    this.#delays.set(slot, Math.min(delay * 2, MAX_DELAY_MS))
    return delay
  }
}
