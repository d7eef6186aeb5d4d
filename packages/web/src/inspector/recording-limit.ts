// The limit of what is recorded: to record a request costs about as much as to answer a small one.

/** The number of requests that are recorded in each second. */
export const MAX_A_SECOND = 250
/** The time for which the spans of recorded requests are still recorded when the limit is reached, in ms. */
const GRACE_MS = 20

/** The subscriptions that a limit pauses. Each subscribes, and returns the function that unsubscribes. */
export interface Subscriptions {
  /** Learns of the beginning of requests. */
  readonly requests: () => () => void
  /** Learns of the parts of requests. */
  readonly parts: () => () => void
}

/**
 * RecordingLimit ends the recording for the rest of a second in which many requests have begun. Without subscribers
 * nothing is published, so that the requests that follow cost nothing.
 */
export class RecordingLimit {
  readonly #subscriptions: Subscriptions
  readonly #onCut: () => void
  #begun = 0
  #reachedAt: number | undefined
  #second: NodeJS.Timeout | undefined
  #grace: NodeJS.Timeout | undefined
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
    if (++this.#begun < MAX_A_SECOND) return
    this.#reachedAt = performance.now()
    this.#endRequests?.()
    this.#endRequests = undefined
    this.#grace = setTimeout(() => this.#cut(), GRACE_MS).unref()
  }

  /** Ends the recording for good. */
  end(): void {
    clearTimeout(this.#second)
    clearTimeout(this.#grace)
    this.#endRequests?.()
    this.#endParts?.()
  }

  #renew(): void {
    this.#second = undefined
    this.#begun = 0
    clearTimeout(this.#grace)
    this.#subscribe()
  }

  #cut(): void {
    this.#onCut()
    this.#endParts?.()
    this.#endParts = undefined
  }

  #subscribe(): void {
    this.#endRequests ??= this.#subscriptions.requests()
    this.#endParts ??= this.#subscriptions.parts()
  }
}
