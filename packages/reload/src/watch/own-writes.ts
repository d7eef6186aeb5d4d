// The files that an application writes itself, as its processes report them.

import { lstatSync } from 'node:fs'
import path from 'node:path'
import { statusOf } from './file-status.ts'

/** The time for the event of a write to arrive after the report of it, in ms. */
const RECENT_MS = 500
/** The number of reported paths that are kept. */
const MAX_PATHS = 1000
/** The number of children that are kept. */
const MAX_CHILDREN = 200
/** The time by which the time of a change may be behind the clock, in ms: systems keep that of their last tick. */
const FILE_TIME_MS = 20
/** The precision of the times of children, in ms. */
const CLOCK_MS = 1

/** The activity of an application that alters files, as its process reports it. */
export type OwnActivity =
  /** It has begun to write, rename or copy to this path. A directory stands for everything in it. */
  | { readonly kind: 'write'; readonly path: string }
  /** It has started a command or a child process, or this has ended, `at` a time in ms since 1970; what it writes is unknown. */
  | { readonly kind: 'child'; readonly child: number; readonly running: boolean; readonly at: number }

/** The writer of a file: the process of the application itself, or perhaps only a child. */
export type OwnWriter = 'process' | 'child'

/** The times from which what an application has done counts, in ms; infinite for never. */
export interface OwnTimes {
  readonly writtenSince: number
  readonly childSince: number
}

/** A child of the application. Its times are in ms since 1970, except for `since`, which is in ms. */
interface Child {
  readonly process: number
  readonly id: number
  readonly since: number
  readonly began: number
  ended: number
}

/** Remembers what the processes of an application have written, and when they had children. */
export class OwnWrites {
  readonly #recentMs: number
  readonly #written = new Map<string, number>()
  #children: Child[] = []

  /** @param pollMs - the interval of polling, by which a change is seen later */
  constructor(pollMs = 0) {
    this.#recentMs = RECENT_MS + pollMs
  }

  record(process: number, activity: OwnActivity): void {
    const since = performance.now()
    if (activity.kind === 'write') {
      this.#written.delete(activity.path)
      this.#written.set(activity.path, since)
      const [oldest] = this.#written.keys()
      if (this.#written.size > MAX_PATHS) this.#written.delete(oldest!)
      return
    }
    const { child: id, at } = activity
    if (activity.running) {
      this.#children.push({ process, id, since, began: at, ended: Number.POSITIVE_INFINITY })
      if (this.#children.length > MAX_CHILDREN) this.#children.shift()
      return
    }
    const child = this.#children.find((other) => other.process === process && other.id === id)
    if (child) child.ended = at
  }

  /** The process is gone. */
  exited(process: number): void {
    for (const child of this.#children) {
      if (child.process === process) child.ended = Math.min(child.ended, Date.now())
    }
  }

  /**
   * Returns who of the application may have written this file: its process, since `writtenSince` or just now, or a child
   * that it started after `childSince` and that ran when the file was changed.
   */
  writerOf(file: string, { writtenSince, childSince }: OwnTimes): OwnWriter | undefined {
    const since = Math.min(performance.now() - this.#recentMs, writtenSince)
    for (let name = file; name !== path.dirname(name); name = path.dirname(name)) {
      if ((this.#written.get(name) ?? Number.NEGATIVE_INFINITY) >= since) return 'process'
    }
    const children = this.#children.filter((child) => child.since >= childSince)
    if (children.length === 0) return undefined
    const [from, to] = this.#timeOfChange(file)
    // The time of a change is never ahead: what is saved as soon as a child has ended is not by that child.
    const ran = ({ began, ended }: Child) => began <= to + FILE_TIME_MS && ended + CLOCK_MS >= from
    return children.some(ran) ? 'child' : undefined
  }

  /** Returns when a file was last changed, in ms since 1970: its time is not kept if it is gone. */
  #timeOfChange(file: string): [from: number, to: number] {
    const times = [statusOf(file)?.ctimeMs, statusOf(file, lstatSync)?.ctimeMs]
    const last = Math.max(...times.map((time) => time ?? 0))
    return last > 0 ? [last, last] : [Date.now() - this.#recentMs, Date.now()]
  }
}
