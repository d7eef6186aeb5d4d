// The files that an application writes itself, as its processes report them.

import path from 'node:path'

/** The time for the event of a write to arrive after the report of it, in ms. */
const RECENT_MS = 500
/** The number of reported paths that are kept. */
const MAX_PATHS = 1000

/** The activity of an application that alters files, as its process reports it. */
export type OwnActivity =
  /** It has begun to write, rename or copy to this path. A directory stands for everything in it. */
  | { readonly kind: 'write'; readonly path: string }
  /** It has started a command or a child process; what that writes is unknown. */
  | { readonly kind: 'child'; readonly running: boolean }

/** The times from which what an application has done counts, in ms; infinite for never. */
export interface OwnTimes {
  readonly writtenSince: number
  readonly childSince: number
}

/** Remembers what the processes of an application have written, and when they had children. */
export class OwnWrites {
  readonly #recentMs: number
  readonly #written = new Map<string, number>()
  /** The running children of each process. */
  readonly #children = new Map<number, number>()
  #childStarted = Number.NEGATIVE_INFINITY
  #childEnded = Number.NEGATIVE_INFINITY

  /** @param pollMs - the interval of polling, by which a change is seen later */
  constructor(pollMs = 0) {
    this.#recentMs = RECENT_MS + pollMs
  }

  record(process: number, activity: OwnActivity): void {
    const now = performance.now()
    if (activity.kind === 'write') {
      this.#written.delete(activity.path)
      this.#written.set(activity.path, now)
      const [oldest] = this.#written.keys()
      if (this.#written.size > MAX_PATHS) this.#written.delete(oldest!)
      return
    }
    this.#children.set(process, (this.#children.get(process) ?? 0) + (activity.running ? 1 : -1))
    if (activity.running) this.#childStarted = now
    else this.#childEnded = now
  }

  /** The process is gone. */
  exited(process: number): void {
    if (this.#children.delete(process)) this.#childEnded = performance.now()
  }

  /**
   * Reports whether the application may have written this file: its process has, since `writtenSince` or just now, or
   * a child may have that it started after `childSince`.
   */
  includes(file: string, { writtenSince, childSince }: OwnTimes): boolean {
    const recent = performance.now() - this.#recentMs
    const since = Math.min(recent, writtenSince)
    for (let name = file; name !== path.dirname(name); name = path.dirname(name)) {
      if ((this.#written.get(name) ?? Number.NEGATIVE_INFINITY) >= since) return true
    }
    const hasChild = [...this.#children.values()].some((count) => count > 0)
    return this.#childStarted >= childSince && (hasChild || this.#childEnded >= recent)
  }
}
