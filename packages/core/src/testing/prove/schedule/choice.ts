// The choices of a schedule, and which of them commute.

/** The kinds of choices; see {@link Choice}. */
export type ChoiceKind =
  | 'begin'
  | 'end'
  | 'step'
  | 'fail'
  | 'hang'
  | 'slow'
  | 'late'
  | 'time'
  | 'signal'
  | 'request'

/** A choice as it is kept when its schedule has ended. */
export interface Move {
  readonly kind: ChoiceKind
  /** Identifies the choice in its schedule: `begin start of data`, `end start of data`, `SIGTERM`. */
  readonly id: string
  /** The module, hook or request whose code runs; `process` for a signal or time. */
  readonly owner: string
  /** True if the choice only reports a result to the application: no user code runs. */
  readonly isReport: boolean
}

/** A move that can be made now. */
export interface Choice extends Move {
  /** Makes it happen. */
  readonly perform: () => void
}

/** Reports whether a choice is a fault, of which a schedule has a limited number. */
export function isFault({ kind }: Pick<Move, 'kind'>): boolean {
  return kind === 'fail' || kind === 'hang' || kind === 'slow'
}

/** The facts about the application that the schedules so far have shown. They only grow. */
export class Knowledge {
  /** The hooks that return a promise. */
  readonly asynchronous = new Set<string>()
  /** The hooks that wait for something: their promise is pending when they return. */
  readonly waiting = new Set<string>()
  /** The modules that each module has used the services of, as `user\0owner`. */
  readonly uses = new Set<string>()
  /** True if code of the user reads the time: only then it matters how long a step takes. */
  readsTime = false
  /** True if an invariant reads the state of modules, which a report changes. */
  readsStates = false
  /** The modules that have a hook `ready`, which run in the order in which the starts have ended. */
  readonly withReady = new Set<string>()
  /** The moves so far, each once: a search keeps many schedules that consist of the same ones. */
  readonly #moves = new Map<string, Move[]>()
  #version = 0

  /** @param hooks the hooks that return a promise, and whether it is pending then */
  constructor(hooks: ReadonlyArray<readonly [name: string, waits: boolean]> = []) {
    for (const [name, waits] of hooks) {
      this.asynchronous.add(name)
      if (waits) this.waiting.add(name)
    }
  }

  /** The hooks that return a promise, and whether it is pending then. */
  get hooks(): ReadonlyArray<readonly [name: string, waits: boolean]> {
    return [...this.asynchronous].map((name) => [name, this.waiting.has(name)])
  }

  /** Counts what was learned. */
  get version(): number {
    return this.#version
  }

  /** Returns the move of a choice. */
  moveOf({ kind, id, owner, isReport }: Move): Move {
    let same = this.#moves.get(id)
    if (!same) {
      same = []
      this.#moves.set(id, same)
    }
    for (const move of same)
      if (move.kind === kind && move.owner === owner && move.isReport === isReport) return move
    const move = { kind, id, owner, isReport }
    same.push(move)
    return move
  }

  learn(set: Set<string>, fact: string): void {
    if (set.has(fact)) return
    set.add(fact)
    this.#version++
  }

  learnReadsTime(): void {
    if (this.readsTime) return
    this.readsTime = true
    this.#version++
  }

  learnReads(): void {
    if (this.readsStates) return
    this.readsStates = true
    this.#version++
  }
}

/**
 * Reports whether two choices commute: in either order they lead to the same state, and none disables the other. User
 * code of two modules may share anything through variables, which cannot be seen, so that it never commutes. The report of
 * a result to the application commutes with the report of another module, and with user code that does not use the module.
 */
export function commute(a: Move, b: Move, known: Knowledge): boolean {
  if (a.owner === b.owner || known.readsStates) return false
  if (a.isReport && b.isReport) return !(known.withReady.has(a.owner) && known.withReady.has(b.owner))
  if (a.isReport) return isUserCode(b) && !uses(b.owner, a.owner, known)
  return b.isReport && isUserCode(a) && !uses(a.owner, b.owner, known)
}

function isUserCode({ kind }: Move): boolean {
  return kind === 'begin' || kind === 'step'
}

function uses(user: string, owner: string, known: Knowledge): boolean {
  return known.uses.has(`${user}\0${owner}`)
}
