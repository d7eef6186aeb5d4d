// The source of time, which a test can replace.

import { type Inspector, inspector } from './inspector.ts'

/** Undoes something. A second call does nothing. */
export type Cancel = () => void

/** A source of time. The real one is {@link systemClock}; `@myfy/core/testing` has a virtual one. */
export interface Clock {
  /** Returns the monotonic time, in ms. */
  now(): number
  /**
   * Calls `run` once after `ms`, unless cancelled. Keeps the process alive until then. `ms` may be any length.
   *
   * @param purpose - what the timer is for; a clock of a test may treat each differently
   */
  after(ms: number, run: () => void, purpose?: TimerPurpose): Cancel
}

/** The purpose of a timer: `deadline` ends a hook that takes too long, `report` only reports. Default: a delay. */
export type TimerPurpose = 'deadline' | 'report'

/** The longest time of a Node.js timer, in ms: 24.8 days. */
const MAX_TIMER_MS = 2 ** 31 - 1

/**
 * The clock of this machine. Time that the process spends at a breakpoint does not count: a hook that somebody steps
 * through does not time out.
 */
export const systemClock: Clock = createSystemClock(inspector)

function createSystemClock(debuggerOf: Inspector): Clock {
  const now = () => performance.now() - debuggerOf.pausedMs
  return {
    now,
    after(ms, run) {
      const endObservation = debuggerOf.observe()
      const due = now() + Math.max(ms, 0)
      const arm = (left: number): NodeJS.Timeout =>
        setTimeout(
          () => {
            debuggerOf.update()
            // A timer is early when it was cut to the longest length, or when the process stood at a breakpoint.
            const rest = due - now()
            if (rest >= 1) timer = arm(rest)
            else {
              endObservation()
              run()
            }
          },
          Math.min(left, MAX_TIMER_MS),
        )
      let timer = arm(Math.max(ms, 0))
      return () => {
        clearTimeout(timer)
        endObservation()
      }
    },
  }
}

/** Resolves after `ms`, or as soon as the signal aborts. Never rejects. */
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
