// The attempts to get the next application to serve, as the supervisor sees them.

import type { Way } from './reload-events.ts'

/** What is being tried, since when, and who has to be heard of meanwhile. */
export class Attempt {
  /** Tells the answers to different orders apart. */
  readonly id: number
  readonly way: Way
  /** The files that are read afresh. */
  readonly files: readonly string[]
  /** Whether it brings back the last good version. */
  readonly restores: boolean
  readonly began = performance.now()
  /** Ends the asking whether the worker still answers. */
  endPulse = () => {}
  #verdict: NodeJS.Timeout | undefined

  constructor(id: number, way: Way, files: readonly string[], restores = false) {
    this.id = id
    this.way = way
    this.files = files
    this.restores = restores
  }

  /** How long it has taken so far, in ms. */
  get ms(): number {
    return performance.now() - this.began
  }

  /** Believes a failure only after `ms`: half a file may have been read. */
  failAfter(ms: number, believe: () => void): void {
    clearTimeout(this.#verdict)
    this.#verdict = setTimeout(believe, ms)
  }

  /** It is over, or another one takes its place. */
  end(): void {
    this.endPulse()
    clearTimeout(this.#verdict)
  }
}

/** One attempt at a time. */
export class Attempts {
  /** What is being tried now. */
  present: Attempt | undefined
  #count = 0

  /** Another one takes the place of the present one. */
  begin(way: Way, files: readonly string[], restores: boolean): Attempt {
    this.end()
    this.present = new Attempt(++this.#count, way, files, restores)
    return this.present
  }

  end(): void {
    this.present?.end()
    this.present = undefined
  }
}
