// Signals as a person or a platform sends them: their numbers, and which of several in a row forces the end.

import { constants } from 'node:os'

/** Signals that arrive within this time are one key press, in ms: the terminal and a wrapper (npm, a shell) both send it. */
export const KEY_PRESS_WINDOW_MS = 300

/** Returns the exit code of a process that a signal has ended: 128 + its number. */
export function signalExitCode(signal: string): number {
  return 128 + ((constants.signals as Readonly<Record<string, number>>)[signal] ?? constants.signals.SIGTERM)
}

/**
 * The meaning of a signal:
 * `stop` is the first; `repeat` belongs to the same key press; `force` is a second Ctrl+C by a person;
 * `ignore` is any other later signal, which libraries and platforms send by themselves.
 */
export type SignalMeaning = 'stop' | 'repeat' | 'force' | 'ignore'

/**
 * The signals that one process has received. Only SIGINT after SIGINT forces the end, because only a person sends it:
 * libraries raise SIGTERM again, platforms send it several times, and both have SIGKILL.
 */
export class SignalSequence {
  #stopping = false
  #last = Number.NEGATIVE_INFINITY
  #interrupted = false

  /** Returns the meaning of a signal that arrives at `now`, in ms. */
  next(signal: string, now: number): SignalMeaning {
    const samePress = now - this.#last < KEY_PRESS_WINDOW_MS
    const again = this.#interrupted && signal === 'SIGINT'
    if (signal === 'SIGINT') this.#interrupted = true
    if (samePress) return 'repeat'
    this.#last = now
    if (!this.#stopping) {
      this.#stopping = true
      return 'stop'
    }
    return again ? 'force' : 'ignore'
  }
}
