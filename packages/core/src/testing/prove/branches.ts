// The schedules that are known and were not explored yet.

import { commute, isFault, type Knowledge, type Move } from './schedule/choice.ts'

/** A step of an explored schedule in which other moves were possible. */
export interface Fork {
  /** The schedule. */
  readonly moves: readonly Move[]
  /** The number of moves before the step. */
  readonly at: number
  /** The moves that were possible, the one that was made first. */
  readonly possible: readonly Move[]
  /** The moves that need not be made, because an equivalent schedule is explored elsewhere. */
  readonly asleep: readonly Move[]
}

/** The beginning of a schedule: it follows an explored one up to a fork, and departs from it there. */
export class Branch {
  readonly fork: Fork
  /** The distance from the usual course: a fault counts twice, so that a problem that needs none is found without. */
  readonly depth: number
  readonly #index: number

  constructor(parent: Branch | undefined, fork: Fork, index: number) {
    this.fork = fork
    this.#index = index
    this.depth = (parent?.depth ?? 0) + (isFault(this.move) ? 2 : 1)
  }

  /** The number of moves that are given. */
  get length(): number {
    return this.fork.at + 1
  }

  get move(): Move {
    return this.fork.possible[this.#index]!
  }

  /** Returns a given move. */
  moveAt(step: number): Move {
    return step === this.fork.at ? this.move : this.fork.moves[step]!
  }

  /** Returns the moves that need not follow: a branch that makes them first leads to the same states. */
  asleep(known: Knowledge): readonly Move[] {
    const { asleep, possible } = this.fork
    const { move } = this
    return [...asleep, ...possible.slice(0, this.#index)].filter((one) => commute(one, move, known))
  }
}

/** The number of branches that are kept; more are only counted. */
const KEPT = 1_000_000

/** Branches, those with the fewest departures first. */
export class BranchQueue {
  readonly #byDepth: Array<{ readonly list: Branch[]; taken: number }> = []
  #size = 0
  #dropped = 0

  /** The number of branches that are left, dropped ones included. */
  get left(): number {
    return this.#size + this.#dropped
  }

  /** True if a branch was dropped: the search cannot be complete. */
  get isIncomplete(): boolean {
    return this.#dropped > 0
  }

  add(branch: Branch): void {
    if (this.#size >= KEPT) {
      this.#dropped++
      return
    }
    while (this.#byDepth.length <= branch.depth) this.#byDepth.push({ list: [], taken: 0 })
    this.#byDepth[branch.depth]!.list.push(branch)
    this.#size++
  }

  take(): Branch | undefined {
    for (const queue of this.#byDepth) {
      if (queue.taken >= queue.list.length) continue
      const branch = queue.list[queue.taken++]!
      this.#size--
      // What is taken must not be kept.
      if (queue.taken > 10_000) queue.list.splice(0, queue.taken)
      if (queue.taken > 10_000) queue.taken = 0
      return branch
    }
    return undefined
  }
}
