// The attempts of a supervisor to start the next application.

import { mergeRequests, type ReloadRequest } from '../watch/change-detector.ts'
import type { ReloadKind } from './reload-events.ts'

/** The time of service from which an application that ends is started again, in ms. Before, its code is at fault. */
const EARLY_END_MS = 2_000

/** The content of an attempt. */
export interface AttemptOptions {
  readonly kind: ReloadKind
  /** The files that are read from disk. */
  readonly files: readonly string[]
  /** The saved paths that caused it. */
  readonly causes: readonly string[]
  /** Set for an attempt that restores the last good version. */
  readonly restores?: boolean
}

/** One attempt, from the message to the worker to its outcome. */
export class ReloadAttempt implements AttemptOptions {
  /** Distinguishes the answers to different attempts. */
  readonly id: number
  readonly files: readonly string[]
  readonly causes: readonly string[]
  readonly restores: boolean
  readonly began = performance.now()
  /** The time at which it began, in ms since 1970. */
  readonly beganAt = Date.now()
  /** Ends the heartbeat of the worker. */
  stopHeartbeat = () => {}
  #kind: ReloadKind
  #acceptance: NodeJS.Timeout | undefined
  #failure: NodeJS.Timeout | undefined

  constructor(id: number, { kind, files, causes, restores = false }: AttemptOptions) {
    this.id = id
    this.#kind = kind
    this.files = files
    this.causes = causes
    this.restores = restores
  }

  get kind(): ReloadKind {
    return this.#kind
  }

  /** The application of the attempt before it serves after all, and is replaced by that of this one. */
  follows(): void {
    if (this.#kind === 'start') this.#kind = 'swap'
  }

  /** The time since the attempt began, in ms. */
  get ms(): number {
    return performance.now() - this.began
  }

  /** Calls back unless the worker accepts the attempt within `ms`; 0 waits forever. */
  expectAcceptance(ms: number, missing: () => void): void {
    if (ms > 0) this.#acceptance = setTimeout(missing, ms)
  }

  /** The worker has received the attempt. */
  accepted(): void {
    clearTimeout(this.#acceptance)
  }

  /** Calls back after `ms`, unless another attempt replaces this one: half a file may have been read. */
  failAfter(ms: number, fail: () => void): void {
    clearTimeout(this.#failure)
    this.#failure = setTimeout(fail, ms)
  }

  end(): void {
    this.stopHeartbeat()
    clearTimeout(this.#acceptance)
    clearTimeout(this.#failure)
  }
}

/** The attempts of a supervisor, one at a time. */
export class ReloadAttempts {
  current: ReloadAttempt | undefined
  #count = 0

  /** Begins an attempt in place of the current one. */
  begin(options: AttemptOptions): ReloadAttempt {
    this.end()
    this.current = new ReloadAttempt(++this.#count, options)
    return this.current
  }

  end(): void {
    this.current?.end()
    this.current = undefined
  }
}

/** The time for an application that has the socket to serve or to fail before a newer one replaces it, in ms. */
const TAKE_OVER_MS = 2_000

/** The reload that waits for the outcome of the attempt under way. */
export class DeferredReload {
  readonly #proceed: (request: ReloadRequest) => void
  #request: ReloadRequest | undefined
  #timer: NodeJS.Timeout | undefined

  /** @param proceed - makes the reload if there is no outcome in time */
  constructor(proceed: (request: ReloadRequest) => void) {
    this.#proceed = proceed
  }

  add(request: ReloadRequest): void {
    this.#request = mergeRequests(this.#request, request)
    this.#timer ??= setTimeout(() => this.#proceed(this.take()!), TAKE_OVER_MS)
  }

  /** Returns the reload that waits, which waits no longer. */
  take(): ReloadRequest | undefined {
    clearTimeout(this.#timer)
    const request = this.#request
    this.#timer = undefined
    this.#request = undefined
    return request
  }
}

/** The version that served last: whether it is started again where none serves. */
export class LastGoodVersion {
  restarts = false
  #since = 0
  #endedAt: number | undefined

  serves(): void {
    this.restarts = true
    this.#since = performance.now()
    this.#endedAt = undefined
  }

  /**
   * It has failed, or its process has ended, perhaps after a failure: the time of the stop between them does not count, as
   * one that fails at once would be started again and again. Only another process sends SIGKILL.
   */
  ends(signal: string | null = null): void {
    this.#endedAt ??= performance.now()
    this.restarts = this.#endedAt - this.#since > EARLY_END_MS || signal === 'SIGKILL'
  }
}
