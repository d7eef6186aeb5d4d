// One request and its answer, whatever carries them: a socket, or a test without one.

import type { Logger, TrackedWork } from '@myfy/core'
import type { Opened, Outcome } from '@myfy/di'
import { StreamControl } from '../http/event-stream.ts'
import { HTTPException } from '../http/http-exception.ts'
import { parseQuery } from '../http/query.ts'
import type { Reply } from '../http/reply.ts'
import { createEvent, type H3Event } from './h3.ts'

/** Where an exchange reports what is nobody's answer any more. */
export interface ExchangeOwner {
  readonly logger: Logger
  /** Calls back when streams should come to their end, at once if they should already; returns what takes it back. */
  onEnding(listener: () => void): () => void
}

/**
 * One request and its answer. It ends when two things have happened: the pipeline is done with it, and the
 * response has ended. Then its services are disposed, and it leaves the ledger.
 */
export abstract class Exchange {
  abstract readonly method: string
  abstract readonly path: string
  abstract readonly search: string
  abstract readonly ip: string | undefined
  /** The pattern of the matched route. */
  pattern: string | undefined = undefined
  /** How long the body may be, in bytes. */
  bodyLimit = 1_048_576
  /** What it is in the ledger. */
  readonly kind: string = 'request'
  /** Set by the pipeline when it takes the exchange on. */
  owner: ExchangeOwner | undefined = undefined
  work: TrackedWork | undefined = undefined
  /** The services of the route, if they have an end. */
  opened: Opened | undefined = undefined
  /** What the services are told; the first word counts. */
  outcome: Outcome | undefined = undefined
  /** The response has ended, in order or not. */
  closed = false
  /** The handler has passed its time and still uses its services. */
  late = false

  #controller: AbortController | undefined
  #reason: unknown
  #query: unknown
  #locals: Map<unknown, unknown> | undefined
  #request: Request | undefined
  #stream: StreamControl | undefined
  #event: H3Event | undefined
  #waits: Promise<unknown>[] | undefined
  #endings: Array<() => void> | undefined
  #open = 2

  /** The value of a header by its name in lower case. */
  abstract header(name: string): string | undefined
  /** All headers by their names in lower case. */
  abstract readonly headers: Readonly<Record<string, string | string[] | undefined>>
  abstract readonly url: URL
  /** Whether a body comes with the request. */
  abstract readonly hasBody: boolean
  /** Reads the body as text; throws a 413 beyond the limit. */
  abstract text(limit: number): Promise<string>
  /** Sends the answer. A stream is sent in the background; its end is the exchange's. */
  abstract send(reply: Reply): void
  protected abstract createRequest(): Request
  protected get node(): object | undefined {
    return undefined
  }

  /** Refuses what is no WebSocket handshake. */
  assertUpgrade(_origins: readonly string[] | '*' | undefined): void {
    throw new HTTPException(426, {
      detail: 'this path takes WebSocket connections',
      headers: { upgrade: 'websocket' },
    })
  }

  /** Keeps the hooks of the connection until the answer, which may still be changed by middleware, is sent. */
  upgrade(_hooks: unknown): Reply {
    throw new TypeError('only a WebSocket handshake can be upgraded')
  }

  get request(): Request {
    this.#request ??= this.createRequest()
    return this.#request
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#reason !== undefined) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  get query(): unknown {
    this.#query ??= parseQuery(this.search)
    return this.#query
  }

  set query(value: unknown) {
    this.#query = value
  }

  get locals(): Map<unknown, unknown> {
    this.#locals ??= new Map()
    return this.#locals
  }

  get stream(): StreamControl {
    this.#stream ??= new StreamControl(this)
    return this.#stream
  }

  /** The headers and the status that h3's functions put on the event. */
  get eventResponse(): H3Event['res'] | undefined {
    return this.#event?.res
  }

  async event(): Promise<H3Event> {
    this.#event ??= await createEvent(this.request, this.ip, this.node)
    return this.#event
  }

  waitUntil(work: PromiseLike<unknown>): void {
    const settled = Promise.resolve(work).catch((error: unknown) => {
      this.owner?.logger.error({ err: error }, `what ${this.label} left to waitUntil failed`)
    })
    this.#waits ??= []
    this.#waits.push(settled)
  }

  /** Names the exchange for people: method and pattern, never what came from outside. */
  get label(): string {
    return this.work?.label ?? this.method
  }

  /** Nobody waits for the answer any more. */
  abort(reason: unknown): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#controller?.abort(reason)
  }

  get aborted(): boolean {
    return this.#reason !== undefined
  }

  /** The request failed: its services must not commit. */
  fail(error: unknown): void {
    this.outcome ??= { ok: false, error }
  }

  /** Calls back when the exchange has ended. */
  onEnd(listener: () => void): void {
    this.#endings ??= []
    this.#endings.push(listener)
  }

  /** The pipeline is done with the exchange. */
  released(): void {
    if (--this.#open === 0) this.#finish()
  }

  /** The response has ended. */
  responded(complete: boolean, error?: unknown): void {
    if (this.closed) return
    this.closed = true
    if (!complete) {
      const reason = error ?? new DOMException('the client closed the connection', 'AbortError')
      this.fail(reason)
      this.abort(reason)
    }
    if (--this.#open === 0) this.#finish()
  }

  #finish(): void {
    for (const listener of this.#endings ?? []) listener()
    const ending = this.#waits === undefined ? this.#dispose() : this.#release(this.#waits)
    if (ending === undefined) this.work?.done()
    else void ending.then(() => this.work?.done())
  }

  /** Work that was left to waitUntil may use the services: they go after it. It may also leave more of it. */
  async #release(waits: Promise<unknown>[]): Promise<void> {
    for (let some: Promise<unknown>[] | undefined = waits; some !== undefined; some = this.#waits) {
      this.#waits = undefined
      await Promise.all(some)
    }
    await this.#dispose()
  }

  /** Ends the services; a promise only where one of them takes its time. Never rejects. */
  #dispose(): Promise<void> | undefined {
    const failed = (error: unknown) => {
      this.owner?.logger.error({ err: error }, `a service of ${this.label} failed to end`)
    }
    try {
      const disposing = this.opened?.dispose(this.outcome ?? { ok: true })
      if (disposing instanceof Promise) return disposing.catch(failed)
    } catch (error) {
      failed(error)
    }
    return undefined
  }
}
