// The trace of a request: its messages on the channels `tracing:myfy:request` and `tracing:myfy:handler`.

import type { RequestTrace, TraceChannel } from '@myfy/core'
import type { Exchange, ExchangeObserver } from '../request/exchange.ts'

/** ExchangeTrace publishes one exchange on `tracing:myfy:request`, and passes its end on to the access log. */
export class ExchangeTrace implements RequestTrace, ExchangeObserver {
  error?: unknown
  pending = true
  complete = true
  readonly #exchange: Exchange
  readonly #channel: TraceChannel<'request'>
  readonly #next: ExchangeObserver | undefined

  constructor(exchange: Exchange, channel: TraceChannel<'request'>, next: ExchangeObserver | undefined) {
    this.#exchange = exchange
    this.#channel = channel
    this.#next = next
  }

  get id(): string {
    return this.#exchange.id
  }

  set id(id: string) {
    this.#exchange.id = id
  }

  get kind(): string {
    return this.#exchange.kind
  }

  get method(): string {
    return this.#exchange.method
  }

  get route(): string | undefined {
    return this.#exchange.pattern
  }

  get path(): string {
    return this.#exchange.path
  }

  get url(): URL {
    return this.#exchange.url
  }

  get address(): string | undefined {
    return this.#exchange.ip
  }

  get peerAddress(): string | undefined {
    return this.#exchange.peerAddress
  }

  get peerPort(): number | undefined {
    return this.#exchange.peerPort
  }

  get protocolVersion(): string | undefined {
    return this.#exchange.protocolVersion
  }

  get status(): number {
    return this.#exchange.status
  }

  get bytes(): number {
    return this.#exchange.bytes
  }

  header(name: string): string | undefined {
    return this.#exchange.header(name)
  }

  /** Runs the work that the request is accepted with. */
  run(accept: () => void): void {
    this.#channel.start.runStores(this, accept)
    this.#channel.end.publish(this)
  }

  ended(exchange: Exchange, complete: boolean): void {
    this.complete = complete
    if (exchange.outcome?.ok === false) {
      this.error = exchange.outcome.error
      if (exchange.status >= 500 || !complete) this.#channel.error.publish(this)
    }
    this.#channel.asyncEnd.publish(this)
    this.#next?.ended(exchange, complete)
  }
}
