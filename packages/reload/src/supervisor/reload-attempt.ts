// The attempts to get the next application to serve, as the supervisor sees them.

import type { ReloadKind } from './reload-events.ts'

/** What is being tried, since when, and who has to be heard of meanwhile. */
export class ReloadAttempt {
  /** Tells the answers to different orders apart. */
  readonly id: number
  readonly kind: ReloadKind
  /** The files that are read afresh. */
  readonly files: readonly string[]
  /** Whether it brings back the last good version. */
  readonly restores: boolean
  readonly began = performance.now()
  /** Ends the asking whether the worker still answers. */
  stopHeartbeat = () => {}
  #verdict: NodeJS.Timeout | undefined

  constructor(id: number, way: ReloadKind, files: readonly string[], restores = false) {
    this.id = id
    this.kind = way
    this.files = files
    this.restores = restores
  }

  /** How long it has taken so far, in ms. */
  get ms(): number {
    return performance.now() - this.began
  }

  /** Believes a failure only after `ms`: half a file may have been read. */
  failUnlessReplaced(ms: number, believe: () => void): void {
    clearTimeout(this.#verdict)
    this.#verdict = setTimeout(believe, ms)
  }

  /** It is over, or another one takes its place. */
  end(): void {
    this.stopHeartbeat()
    clearTimeout(this.#verdict)
  }
}

/** One attempt at a time. */
export class ReloadAttempts {
  /** What is being tried now. */
  current: ReloadAttempt | undefined
  #count = 0

  /** Another one takes the place of the present one. */
  begin(way: ReloadKind, files: readonly string[], restores: boolean): ReloadAttempt {
    this.end()
    this.current = new ReloadAttempt(++this.#count, way, files, restores)
    return this.current
  }

  end(): void {
    this.current?.end()
    this.current = undefined
  }
}
