// Signals as a person or a platform sends them, and which of several in a row forces the end.

import { countForwarders } from './parent-processes.ts'

/** Signals that arrive within this time are one key press, in ms: the terminal and a wrapper (npm, a shell) both send it. */
export const KEY_PRESS_WINDOW_MS = 300

/** The time in which a parent process forwards a Ctrl+C, in ms. Some list all processes of the system before. */
export const FORWARDING_WINDOW_MS = 3_000

/** The signals that stop an application, as terminals and platforms send them. */
const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/**
 * Ignores signals that arrive after a stop, until the process ends or 3 s have passed. A terminal and each parent process
 * send a Ctrl+C once more, and without a handler it would end the process: npm reports a clean stop as a failure then.
 */
export function ignoreLateSignals(): void {
  const ignoreLateSignal = () => {}
  // Once, however many applications a process runs: found by name, as several copies of this file may be loaded.
  if (process.listeners('SIGINT').some(({ name }) => name === ignoreLateSignal.name)) return
  for (const signal of STOP_SIGNALS) process.on(signal, ignoreLateSignal)
  setTimeout(() => {
    for (const signal of STOP_SIGNALS) process.off(signal, ignoreLateSignal)
  }, FORWARDING_WINDOW_MS).unref()
}

/**
 * Returns to the begin of the line after a Ctrl+C. The terminal has echoed it as `^C`, and the next line would be wider
 * than the terminal by that.
 */
export function coverInterruptEcho(signal: string): void {
  if (signal !== 'SIGINT') return
  const terminal = [process.stdout, process.stderr].find(({ isTTY }) => isTTY)
  terminal?.write('\r')
}

/**
 * The meaning of a signal:
 * `stop` is the first; `repeat` belongs to the same key press; `force` is a second Ctrl+C by a person;
 * `ignore` is any other later signal, which libraries, platforms and parent processes send by themselves.
 */
export type SignalMeaning = 'stop' | 'repeat' | 'force' | 'ignore'

/**
 * The signals that one process has received. Only SIGINT after SIGINT forces the end, because only a person sends it:
 * libraries raise SIGTERM again, platforms send it several times, and both have SIGKILL.
 *
 * A Ctrl+C reaches every process of the terminal's foreground, and each parent process there may forward it once more.
 * For 3 s, one SIGINT for each such parent counts as forwarded.
 */
export class SignalSequence {
  readonly #forwarders: () => number
  #stopping = false
  #last = Number.NEGATIVE_INFINITY
  #interruptedAt: number | undefined
  /** The number of forwarded SIGINT that may still arrive. */
  #expected = 0

  /** @param forwarders - counts the parent processes that may forward a Ctrl+C; called at the first one */
  constructor(forwarders: () => number = countForwarders) {
    this.#forwarders = forwarders
  }

  /** Returns the meaning of a signal that arrives at `now`, in ms. */
  next(signal: string, now: number): SignalMeaning {
    const samePress = now - this.#last < KEY_PRESS_WINDOW_MS
    const again = signal === 'SIGINT' && this.#interruptedAt !== undefined
    const forwarded = again && this.#takeForwarded(now)
    if (signal === 'SIGINT' && !again) {
      this.#interruptedAt = now
      this.#expected = this.#forwarders()
    }
    if (samePress) return 'repeat'
    this.#last = now
    if (!this.#stopping) {
      this.#stopping = true
      return 'stop'
    }
    return again && !forwarded ? 'force' : 'ignore'
  }

  #takeForwarded(now: number): boolean {
    if (this.#expected === 0 || now - this.#interruptedAt! >= FORWARDING_WINDOW_MS) return false
    this.#expected--
    return true
  }
}
