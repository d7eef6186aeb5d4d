// What is under way right now: each request, job or stream an application has taken on and not yet finished.

/** One piece of work under way. */
export interface Work {
  /** What sort of work: `request`, `stream`, `job`. */
  readonly kind: string
  /** What it is, for people: `GET /users/:id`. Never contains values that came from outside. */
  readonly label: string
  /** When it began, in ms of the application's clock. */
  readonly since: number
}

/** Work that was entered into the ledger; disposing it says that it is finished. */
export interface TrackedWork extends Work, Disposable {
  /** Says that the work is finished. Calling it again does nothing. */
  done(): void
}

/**
 * The in-flight ledger of an application. A drain waits until it is empty; what is left at its end is reported.
 * Entering and finishing are O(1) and allocate one object: the work is a linked list, as every request passes here.
 */
export class WorkTracker {
  /** Before the oldest and after the youngest: the list is a ring. */
  readonly #ring: Entry
  readonly #now: () => number
  #size = 0
  #idle: Array<() => void> = []

  constructor(now: () => number) {
    this.#now = now
    this.#ring = new Entry(this, '', '', 0)
  }

  /** How much work is under way. */
  get size(): number {
    return this.#size
  }

  /** Enters a piece of work; call `done()` on what it returns when the work has ended, however it ended. */
  track(kind: string, label: string): TrackedWork {
    const entry = new Entry(this, kind, label, this.#now())
    const last = this.#ring.before
    entry.before = last
    entry.after = this.#ring
    last.after = entry
    this.#ring.before = entry
    this.#size++
    return entry
  }

  /** The work under way, oldest first. */
  list(): readonly Work[] {
    const list: Work[] = []
    for (let entry = this.#ring.after; entry !== this.#ring; entry = entry.after) list.push(entry)
    return list
  }

  /** Resolves when nothing is under way; at once if nothing is. */
  whenIdle(): Promise<void> {
    if (this.#size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  /**
   * Takes out what has ended.
   * @internal
   */
  finish(entry: Entry): void {
    if (entry.after === entry) return
    entry.before.after = entry.after
    entry.after.before = entry.before
    entry.before = entry.after = entry
    if (--this.#size > 0) return
    const idle = this.#idle
    this.#idle = []
    for (const resolve of idle) resolve()
  }
}

class Entry implements TrackedWork {
  readonly kind: string
  readonly label: string
  readonly since: number
  readonly tracker: WorkTracker
  /** Its neighbours; itself when it stands in no list. */
  before: Entry = this
  after: Entry = this

  constructor(inFlight: WorkTracker, kind: string, label: string, since: number) {
    this.tracker = inFlight
    this.kind = kind
    this.label = label
    this.since = since
  }

  done(): void {
    this.tracker.finish(this)
  }

  [Symbol.dispose](): void {
    this.tracker.finish(this)
  }
}
