// Random schedules, for applications that have too many: a growing number of departures at random steps.

import { isFault } from './schedule/choice.ts'
import type { Decide } from './schedule/schedule.ts'

/** The number of schedules after which the number of departures grows. */
const SAME_DEPTH = 100

/** A sequence of pseudo-random schedules, the same in each exploration. */
export class RandomWalk {
  #state = 1
  #count = 0
  /** The length of the longest schedule so far: departures are spread over it. */
  #longest = 20

  /** Notes the length of a schedule. */
  note(length: number): void {
    this.#longest = Math.max(this.#longest, length)
  }

  /** Returns how the next schedule is chosen. */
  next(): Decide {
    const depth = 2 + Math.floor(this.#count++ / SAME_DEPTH)
    const steps = new Set(Array.from({ length: depth }, () => this.#below(this.#longest)))
    return (enabled, step) => {
      const [usual, ...others] = enabled
      if (!usual || isFault(usual)) return undefined
      return steps.has(step) && others.length > 0 ? others[this.#below(others.length)] : usual
    }
  }

  /** Returns a number from 0 to `limit` - 1. */
  #below(limit: number): number {
    // A linear congruential generator, with the constants of Numerical Recipes.
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((this.#state / 2 ** 32) * limit)
  }
}
