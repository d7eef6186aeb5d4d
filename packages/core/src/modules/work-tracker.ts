// The work in flight: each request, job or stream that the application has taken and not finished.

/** Work in flight. */
export interface Work {
  /** The kind of work: `request`, `stream`, `job`. */
  readonly kind: string
  /** The label for people: `GET /users/:id`. It never contains values from outside. */
  readonly label: string
  /** The time at which the work began, in ms of the application's clock. */
  readonly since: number
}

/** Tracked work. Disposing it is the same as `done()`. */
export interface TrackedWork extends Work, Disposable {
  /** Marks the work as finished. A second call does nothing. */
  done(): void
}

/**
 * The work in flight of one application. A drain waits until there is none; work that is cut is reported.
 * Tracking and finishing take constant time and one object, as every request passes here: the work is a linked list.
 */
export class WorkTracker {
  /** The entry before the oldest and after the newest: the list is a ring. */
  readonly #ring: TrackedEntry
  readonly #now: () => number
  #size = 0
  #idle: Array<() => void> = []

  constructor(now: () => number) {
    this.#now = now
    this.#ring = new TrackedEntry(this, '', '', 0)
  }

  /** The number of works in flight. */
  get size(): number {
    return this.#size
  }

  /** Tracks work. Call `done()` on the result when the work has ended, whether it succeeded or failed. */
  track(kind: string, label: string): TrackedWork {
    const entry = new TrackedEntry(this, kind, label, this.#now())
    const last = this.#ring.before
    entry.before = last
    entry.after = this.#ring
    last.after = entry
    this.#ring.before = entry
    this.#size++
    return entry
  }

  /** Returns the time since work began, in ms. */
  age(work: Work): number {
    return this.#now() - work.since
  }

  /** Returns the work in flight, oldest first. */
  list(): readonly Work[] {
    const list: Work[] = []
    for (let entry = this.#ring.after; entry !== this.#ring; entry = entry.after) list.push(entry)
    return list
  }

  /** Resolves when no work is in flight. */
  whenIdle(): Promise<void> {
    if (this.#size === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  /**
   * Removes work that has ended.
   * @internal
   */
  finish(entry: TrackedEntry): void {
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

class TrackedEntry implements TrackedWork {
  readonly kind: string
  readonly label: string
  readonly since: number
  readonly tracker: WorkTracker
  /** The neighbors in the list; the entry itself if it is in none. */
  before: TrackedEntry = this
  after: TrackedEntry = this

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
