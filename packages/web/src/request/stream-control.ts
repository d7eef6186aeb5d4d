// The creation of event streams, and the signal that ends them.

import {
  type EventSource,
  EventStream,
  type EventStreamOptions,
  type PushStreamOptions,
  pushedEvents,
  type Subscribe,
} from '../response/event-stream.ts'

/** The part of an exchange that a stream depends on. */
export interface StreamOwner {
  readonly signal: AbortSignal
  readonly owner: { onEnding(listener: () => void): () => void } | undefined
  onEnd(listener: () => void): void
  cut(reason: unknown): void
}

/** The time in which a client that does not keep up must read the events that wait for it, in ms. */
const OVERFLOW_GRACE_MS = 2_000

/** StreamControl creates the event streams of a request. */
export class StreamControl {
  readonly #exchange: StreamOwner
  #ending: AbortController | undefined

  /** @internal */
  constructor(exchange: StreamOwner) {
    this.#exchange = exchange
  }

  /** Aborts when a stream should end: the application drains, or the client has left. */
  get ending(): AbortSignal {
    if (!this.#ending) {
      const ending = new AbortController()
      this.#ending = ending
      const { signal, owner } = this.#exchange
      const unsubscribe = owner?.onEnding(() =>
        ending.abort(new DOMException('the application drains', 'AbortError')),
      )
      const onAbort = () => {
        unsubscribe?.()
        ending.abort(signal.reason)
      }
      if (signal.aborted) onAbort()
      else signal.addEventListener('abort', onAbort, { once: true })
      this.#exchange.onEnd(() => unsubscribe?.())
    }
    return this.#ending.signal
  }

  /**
   * Returns a `text/event-stream` to return from a handler. When the application drains, `ending` aborts; the source
   * may send for one more second, then the stream ends between two events, and the client reconnects.
   *
   * @example
   * ```ts
   * import { defineRoutes } from '@myfy/web'
   * import { setTimeout } from 'node:timers/promises'
   *
   * export const clock = defineRoutes('/clock', (route) => {
   *   route.get('/', ({ stream }) => stream.events(async function* (ending) {
   *     while (!ending.aborted) {
   *       yield { event: 'tick', data: { now: Date.now() } }
   *       await setTimeout(1_000, undefined, { signal: ending }).catch(() => {})
   *     }
   *   }))
   * })
   * ```
   */
  events(source: EventSource, options: EventStreamOptions = {}): EventStream {
    return new EventStream(source, this.ending, this.#exchange.signal, options.heartbeat ?? 15_000)
  }

  /**
   * Returns a `text/event-stream` of events that are produced elsewhere. `subscribe` is called once, with `send` as the
   * listener, and returns the function that unsubscribes. That function is called once: when the application drains,
   * when the client has left, or when it does not keep up. Events that it sends are still delivered.
   *
   * @example
   * ```ts
   * import { EventEmitter } from 'node:events'
   * import { defineRoutes } from '@myfy/web'
   *
   * const news = new EventEmitter()
   *
   * export const ticker = defineRoutes('/news', (route) => {
   *   route.get('/', ({ stream }) => stream.push((send) => {
   *     const publish = (headline: string) => send({ event: 'news', data: { headline } })
   *     news.on('headline', publish)
   *     return () => news.off('headline', publish)
   *   }))
   * })
   * ```
   */
  push(subscribe: Subscribe, options: PushStreamOptions = {}): EventStream {
    return this.events(
      (ending) => pushedEvents(subscribe, ending, options.limit ?? 1_000, () => this.#overflowed()),
      options,
    )
  }

  /** Gives the client a moment to read the events that wait, then cuts it: it would never free them. */
  #overflowed(): void {
    const reason = new DOMException('the client does not read its events', 'AbortError')
    const timer = setTimeout(() => this.#exchange.cut(reason), OVERFLOW_GRACE_MS)
    this.#exchange.onEnd(() => clearTimeout(timer))
  }
}
