// The attempts to get the next application to serve, as the supervisor sees them.

import type { Way } from './events.ts'

/** How long a worker may be silent while it loads, in ms; on top of what a module may take at import. */
const silence = 3_000

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
  #pulse: NodeJS.Timeout | undefined
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

  /** Code that never pauses answers no ping. The socket stays, so only what the process had in hand is lost. */
  expectPulse(
    importTimeout: number,
    worker: () => { heard: number; send(order: { type: 'ping' }): void } | undefined,
    blocked: (ms: number) => void,
  ): void {
    const limit = importTimeout + silence
    this.#pulse = setTimeout(() => {
      const child = worker()
      if (!child) return
      if (performance.now() - Math.max(child.heard, this.began) > limit) return blocked(limit)
      child.send({ type: 'ping' })
      this.expectPulse(importTimeout, worker, blocked)
    }, 1_000)
  }

  /** Believes a failure only after `ms`: half a file may have been read. */
  failAfter(ms: number, believe: () => void): void {
    clearTimeout(this.#verdict)
    this.#verdict = setTimeout(believe, ms)
  }

  /** It is over, or another one takes its place. */
  end(): void {
    clearTimeout(this.#pulse)
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
