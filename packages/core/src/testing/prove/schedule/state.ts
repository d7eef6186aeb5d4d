// The data of one schedule, which its parts share.

import type { Application } from '../../../application/application.ts'
import { TestHost } from '../../test-host.ts'
import { isFault, type Knowledge, type Move } from './choice.ts'
import type { HookGate } from './hook-gate.ts'
import { TimerQueue } from './timer-queue.ts'

/** The limits of every schedule. */
export interface ScheduleLimits {
  /** The number of faults in one schedule. */
  readonly faults: number
  /** The number of times that time passes although something else could happen. */
  readonly turns: number
  /** The environment variables of the application. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A choice that is not the usual one. */
export interface Departure {
  /** The number of moves before it. */
  readonly step: number
  /** The move. */
  readonly id: string
}

/** The data of one schedule. */
export class ScheduleState {
  readonly known: Knowledge
  readonly limits: ScheduleLimits
  readonly timers = new TimerQueue(() => this.actor)
  readonly host: TestHost
  /** The moves so far. */
  readonly moves: Move[] = []
  /** The time of each move, in ms. */
  readonly times: number[] = []
  /** The moves that were not the usual ones. */
  readonly departures: Departure[] = []
  /** The timers of user code that have fired, by the number of moves before. */
  readonly fired = new Map<number, string>()
  /** The hooks that the application has called. */
  readonly gates: HookGate[] = []
  /** The module, hook or request whose code runs. */
  actor = 'process'
  app: Application | undefined
  /** The exit code; undefined until the application has ended. */
  code: number | undefined
  /** True if the signal was sent. */
  signalled = false
  /** The number of times that time has passed although something else could have happened. */
  turns = 0
  /** True if time could have passed once more. */
  isCut = false
  readonly #faults: Move[] = []

  constructor(known: Knowledge, limits: ScheduleLimits) {
    this.known = known
    this.limits = limits
    this.host = new TestHost({ clock: this.timers, env: limits.env })
  }

  /** Notes a move that is made now. */
  note(move: Move, isUsual: boolean): void {
    if (!isUsual) this.departures.push({ step: this.moves.length, id: move.id })
    if (isFault(move)) this.#faults.push(move)
    this.times.push(this.timers.now())
    this.moves.push(move)
    this.actor = move.owner
  }

  /** True if a fault was chosen. */
  get hasFault(): boolean {
    return this.#faults.length > 0
  }

  /** True if a fault was chosen for code of an owner. */
  hasFaultOf(owner: string): boolean {
    return this.#faults.some((move) => move.owner === owner)
  }

  /** True if another fault may be chosen. */
  get mayFail(): boolean {
    return this.#faults.length < this.limits.faults
  }
}
