// Virtual time, which passes only when a test advances it.

import { MyfyError } from '@myfy/di'
import type { Cancel, Clock, TimerPurpose } from '../process/clock.ts'

interface Timer {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/**
 * A clock for tests. No timer waits for real time: `advance` moves time forward, `run` moves it forward until a promise
 * has settled.
 *
 * @example
 * ```ts
 * import { VirtualClock } from '@myfy/core/testing'
 *
 * const clock = new VirtualClock()
 * clock.after(60_000, () => console.log('a minute later'))
 * await clock.advance(60_000)
 * ```
 */
export class VirtualClock implements Clock {
  #now = 0
  #order = 0
  readonly #timers = new Set<Timer>()

  now(): number {
    return this.#now
  }

  after(ms: number, run: () => void, _purpose?: TimerPurpose): Cancel {
    const timer: Timer = { at: this.#now + Math.max(0, ms), order: this.#order++, run }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** The number of pending timers. */
  get pending(): number {
    return this.#timers.size
  }

  /** Moves time forward by `ms`, timer by timer. The effects of a timer have run before the next timer. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settled()
    for (let timer = this.#next(end); timer; timer = this.#next(end)) await this.#fire(timer)
    this.#now = end
  }

  /**
   * Moves time forward until the promise has settled.
   *
   * @throws MyfyError if no timer is left, or `limit` ms have passed
   */
  async run<T>(promise: PromiseLike<T>, limit = 3_600_000): Promise<T> {
    let done = false
    const mark = () => {
      done = true
    }
    promise.then(mark, mark)
    const end = this.#now + limit
    // I/O (an env file, an import) takes turns of the real event loop.
    let turns = 200
    while (true) {
      await settled()
      if (done) return promise
      const timer = this.#next(end)
      if (timer) {
        await this.#fire(timer)
        turns = 200
      } else if (turns-- > 0) await new Promise((resolve) => setTimeout(resolve, 1))
      else
        throw new MyfyError(
          'MYFY_CLOCK_IDLE',
          `Cannot settle the promise: no timer is left within ${limit} ms of virtual time (now ${this.#now} ms). Make the code under test wait for this clock.`,
        )
    }
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.at > end) continue
      if (!next || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) next = timer
    }
    return next
  }

  async #fire(timer: Timer): Promise<void> {
    this.#timers.delete(timer)
    this.#now = Math.max(this.#now, timer.at)
    timer.run()
    await settled()
  }
}

/** Resolves when all microtasks have run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
