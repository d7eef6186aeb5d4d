// Time as the life cycle sees it, so that a test can drive it by hand.

/** Undoes something; calling it again does nothing. */
export type Cancel = () => void

/** Where time comes from. The real one is {@link systemClock}; `@myfy/core/testing` has a virtual one. */
export interface Clock {
  /** Milliseconds, monotonic. */
  now(): number
  /** Calls `run` once after `ms`, unless cancelled. Keeps the process alive. */
  after(ms: number, run: () => void): Cancel
}

/** Time is never longer than what a timer can hold: 24.8 days. */
const longest = 2 ** 31 - 1

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(Math.max(ms, 0), longest))
    return () => clearTimeout(timer)
  },
}

/** Resolves after `ms`, or as soon as the signal aborts (it never rejects). */
export function delay(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (ms <= 0 || signal?.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const end = () => {
      cancel()
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.after(ms, end)
    signal?.addEventListener('abort', end, { once: true })
  })
}
