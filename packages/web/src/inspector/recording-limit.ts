// The limit of what is recorded: to record a request costs more than to answer a small one.

/** The number of requests that are recorded in each second of a lasting load. */
export const MAX_A_SECOND = 50
/** The number of requests that are recorded at once after a time with fewer. */
export const MAX_AT_ONCE = 250
/** The longest time for which recorded requests that are open when the limit is reached are still followed, in ms. */
const GRACE_MS = 20

/** The subscriptions that a limit pauses. Each subscribes, and returns the function that unsubscribes. */
export interface Subscriptions {
  /** Learns of the beginning of requests. */
  readonly requests: () => () => void
  /** Learns of the parts of requests: their spans and log lines. */
  readonly parts: () => () => void
}

/**
 * RecordingLimit ends the recording for the rest of a second in which many requests have begun. Without subscribers
 * nothing is published, so that the requests that follow cost nothing.
 */
export class RecordingLimit {
  readonly #subscriptions: Subscriptions
  readonly #onCut: () => void
  /** The number of requests that may begin before the limit is reached. */
  #left = MAX_AT_ONCE
  /** The number of recorded requests that have not ended. */
  #open = 0
  #reachedAt: number | undefined
  #second: NodeJS.Timeout | undefined
  #grace: NodeJS.Timeout | undefined
  #cutting: NodeJS.Immediate | undefined
  #endRequests: (() => void) | undefined
  #endParts: (() => void) | undefined

  /** @param onCut - called when the parts of requests that have not ended are recorded no longer */
  constructor(subscriptions: Subscriptions, onCut: () => void) {
    this.#subscriptions = subscriptions
    this.#onCut = onCut
    this.#subscribe()
  }

  /** True if the limit was reached in the last few seconds. */
  get isReached(): boolean {
    return this.#reachedAt !== undefined && performance.now() - this.#reachedAt < 3_000
  }

  /** Counts a request that is recorded. */
  count(): void {
    this.#second ??= setTimeout(() => this.#renew(), 1_000).unref()
    this.#open++
    if (--this.#left > 0) return
    this.#reachedAt = performance.now()
    this.#endRequests?.()
    this.#endRequests = undefined
    this.#grace ??= setTimeout(() => this.#cut(), GRACE_MS).unref()
  }

  /** Counts the end of a recorded request. */
  ended(): void {
    this.#open--
    // Later, because the access line of the request follows.
    if (this.#open === 0 && this.#grace !== undefined) this.#cutting ??= setImmediate(() => this.#cut())
  }

  /** Ends the recording for good. */
  end(): void {
    clearTimeout(this.#second)
    this.#endGrace()
    this.#endRequests?.()
    this.#endParts?.()
  }

  #renew(): void {
    this.#left = Math.min(MAX_AT_ONCE, this.#left + MAX_A_SECOND)
    this.#second = this.#left < MAX_AT_ONCE ? setTimeout(() => this.#renew(), 1_000).unref() : undefined
    this.#endGrace()
    this.#subscribe()
  }

  #endGrace(): void {
    clearTimeout(this.#grace)
    clearImmediate(this.#cutting)
    this.#grace = undefined
    this.#cutting = undefined
  }

  #cut(): void {
    this.#endGrace()
    this.#onCut()
    this.#endParts?.()
    this.#endParts = undefined
  }

  #subscribe(): void {
    this.#endRequests ??= this.#subscriptions.requests()
    this.#endParts ??= this.#subscriptions.parts()
  }
}
