// The search: every schedule, those with the fewest departures from the usual course first.

import { Branch, BranchQueue, type Fork } from './branches.ts'
import { RandomWalk } from './random-walk.ts'
import { commute, isFault, Knowledge, type Move } from './schedule/choice.ts'
import { type CreateApplication, Schedule } from './schedule/schedule.ts'
import type { Departure, ScheduleLimits, ScheduleState } from './schedule/state.ts'
import type { Problem } from './schedule/world-state.ts'

/** A problem, with the shortest schedule that leads to it. */
export interface Finding {
  readonly problem: Problem
  /** The length of the schedule: its distance from the usual course, then its moves. */
  readonly length: readonly [distance: number, moves: number]
  readonly departures: readonly Departure[]
}

/** The options of a search. */
export interface SearchOptions {
  readonly limits: ScheduleLimits
  /** The number of schedules. */
  readonly schedules: number
  /** True to explore one of several schedules that differ only in the order of moves that commute. */
  readonly reduce: boolean
  /** True to explore everything although a problem was found. */
  readonly keepGoing: boolean
  /** Returns true when a part of the time, from 0 to 1, is over. */
  readonly isOver: (part: number) => boolean
  /** Makes a schedule the one that the globals act on. */
  readonly use: (schedule: Schedule) => void
}

/** The number of schedules that are explored for a shorter one after a problem was found. */
const MORE_AFTER_PROBLEM = 500

/** The part of the limits that the systematic search may use. */
const SYSTEMATIC = 0.75

/** A search over the schedules of one application. */
export class Search {
  readonly known = new Knowledge()
  readonly findings = new Map<string, Finding>()
  /** The number of schedules that were explored. */
  explored = 0
  /** The number of random schedules after those. */
  random = 0
  /** True if timers fired as often as the limits allow, and could have fired once more. */
  isCut = false
  readonly #create: CreateApplication
  readonly #options: SearchOptions
  #queue = new BranchQueue()

  constructor(create: CreateApplication, options: SearchOptions) {
    this.#create = create
    this.#options = options
  }

  /** The number of schedules that are known and were not explored. */
  get left(): number {
    return this.#queue.left
  }

  /** Explores until nothing is left, or a limit is reached; the last quarter of the limits is for random schedules. */
  async run(): Promise<void> {
    do {
      await this.#begin()
      await this.#explorePart(SYSTEMATIC)
      // Something was learned that changes what can happen: what was explored may not be all there is.
    } while (this.#version !== this.known.version && !this.#isOver(SYSTEMATIC))
    if (this.left > 0 && this.findings.size === 0) await this.#walk()
  }

  async #explorePart(part: number): Promise<void> {
    let afterProblem = 0
    while (this.#version === this.known.version && !this.#isOver(part)) {
      const branch = this.#queue.take()
      if (!branch) return
      await this.#explore(branch)
      const isFound = this.findings.size > 0 && !this.#options.keepGoing
      if (isFound && ++afterProblem >= MORE_AFTER_PROBLEM) return
    }
  }

  /** Explores random schedules until one has a problem, or a limit is reached. */
  async #walk(): Promise<void> {
    const { limits, use } = this.#options
    const walk = new RandomWalk()
    while (this.findings.size === 0 && !this.#isOver(1)) {
      const schedule = new Schedule(this.known, limits)
      use(schedule)
      await schedule.run(this.#create, walk.next())
      walk.note(schedule.state.moves.length)
      this.random++
      for (const problem of schedule.world.problems) this.#note(problem, schedule.state)
    }
  }

  #isOver(part: number): boolean {
    const { schedules, isOver } = this.#options
    return this.explored + this.random >= schedules * part || isOver(part)
  }

  #version = -1

  async #begin(): Promise<void> {
    this.#version = this.known.version
    this.#queue = new BranchQueue()
    this.explored = 0
    this.findings.clear()
    this.isCut = false
    await this.#explore(undefined)
  }

  async #explore(branch: Branch | undefined): Promise<void> {
    const { reduce, limits, use } = this.#options
    const { known } = this
    const schedule = new Schedule(known, limits)
    use(schedule)
    const first = branch?.length ?? 0
    let asleep: readonly Move[] = reduce ? (branch?.asleep(known) ?? none) : none
    const forks: Fork[] = []
    await schedule.run(this.#create, (enabled, step) => {
      if (branch && step < first) {
        const { id } = branch.moveAt(step)
        return enabled.find((choice) => choice.id === id)
      }
      const awake =
        asleep.length === 0 ? enabled : enabled.filter(({ id }) => !asleep.some((move) => move.id === id))
      const [usual] = awake
      if (!usual || isFault(usual)) return undefined
      if (awake.length > 1)
        forks.push({
          moves: schedule.state.moves,
          at: step,
          possible: awake.map((one) => known.moveOf(one)),
          asleep,
        })
      if (asleep.length > 0) asleep = asleep.filter((move) => commute(move, usual, known))
      return usual
    })
    for (const fork of forks)
      for (let i = 1; i < fork.possible.length; i++) this.#queue.add(new Branch(branch, fork, i))
    if (schedule.isRedundant) return
    this.explored++
    this.isCut ||= schedule.state.isCut
    for (const problem of schedule.world.problems) this.#note(problem, schedule.state)
  }

  #note(problem: Problem, { moves, departures }: ScheduleState): void {
    const key = `${problem.rule}\0${problem.text}`
    const before = this.findings.get(key)
    const length = [departures.length + moves.filter(isFault).length, moves.length] as const
    if (!before || compareLengths(length, before.length) < 0)
      this.findings.set(key, { problem, length, departures })
  }
}

/** Compares the lengths of two schedules. */
export function compareLengths(a: Finding['length'], b: Finding['length']): number {
  return a[0] - b[0] || a[1] - b[1]
}

const none: readonly Move[] = []
