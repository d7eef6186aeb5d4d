// One request and its answer, independent of their carrier: a socket, or a test without one.

import { childLogger, type HandlerOptions, type Logger, type TrackedWork, type WorkUnit } from '@myfy/core'
import type { Opened, Outcome } from '@myfy/di'
import { HTTPException } from '../http/http-exception.ts'
import { parseQuery } from '../http/query.ts'
import type { Delivery } from '../representation/delivery.ts'
import { hasHeader } from '../response/framing.ts'
import { discardReply, type Reply } from '../response/reply.ts'
import { AttemptState } from './attempt-state.ts'
import { Cookies } from './cookies.ts'
import { createEvent } from './h3.ts'
import type { H3Event } from './h3-event.ts'
import type { Locals } from './locals.ts'
import { type BodySource, RequestBody } from './request-body.ts'
import { freshRequestId, REQUEST_ID_HEADER, type RequestIds } from './request-id.ts'
import { StreamControl } from './stream-control.ts'
import { createWebRequest } from './web-request.ts'

/** ExchangeOwner is the pipeline that answers an exchange. */
export interface ExchangeOwner {
  readonly logger: Logger
  /** Makes the ids of requests that arrive without one. */
  readonly ids: RequestIds
  /** Returns the time since work began, in ms. */
  age(work: TrackedWork): number
  /** The secrets of signed cookies, the current one first. */
  readonly cookieSecrets: readonly string[]
  /** Calls back when streams should end, at once if they should already; returns the function that unsubscribes. */
  onEnding(listener: () => void): () => void
  /** The answer to an error that is unknown to the client. */
  unknownError(exchange: Exchange, error: unknown): Reply
  /** The answer to an error of an application, in the place of a reply that it should have written. */
  errorReply(exchange: Exchange, error: unknown, instead: Reply): Promise<Reply>
}

/** ExchangeObserver learns of the end of an exchange: the access log, a trace. */
export interface ExchangeObserver {
  /** The answer has ended. `complete` is false if the client has not received all of it. */
  ended(exchange: Exchange, complete: boolean): void
}

/** The part of a WebSocket route that its handshake depends on. */
export interface HandshakeSpec {
  readonly origins?: readonly string[] | '*'
  /** The subprotocols of the server, the preferred one first. */
  readonly protocols?: readonly string[]
}

/**
 * Exchange is one request and its answer. It ends when the pipeline is done with it and the response has ended; then
 * its services are disposed and it is no longer in flight.
 *
 * A subclass is the carrier: it gives the head and the bytes of the request, and sends the reply.
 */
export abstract class Exchange implements WorkUnit {
  abstract readonly method: string
  abstract readonly path: string
  abstract readonly search: string
  abstract readonly ip: string | undefined
  /** The address that the connection comes from, whatever headers say; undefined without a socket. */
  abstract readonly peerAddress: string | undefined
  /** The pattern of the matched route. */
  pattern: string | undefined = undefined
  /** The maximum size of the body, in bytes. */
  bodyLimit = 1_048_576
  /** The time limit of the answer, in ms; 0 for none. */
  timeout = 0
  /** The time at which the answer is late, by `performance.now()`; undefined before it is awaited. */
  deadline: number | undefined = undefined
  /** The options of the route that modules define. */
  options: HandlerOptions = NO_OPTIONS
  /** Keeps the bytes of the body after the first reading. Set if a schema or an option of the route reads them. */
  keepsBody = false
  /** The credentials with which the request was authenticated; undefined before, and without authentication. */
  credentials: Readonly<Record<string, string>> | undefined = undefined
  /** The last steps of the answer; undefined for none. */
  delivery: Delivery | undefined = undefined
  /** The kind of work that the application tracks. */
  readonly kind: string = 'request'
  /** Set by the pipeline when it accepts the exchange. */
  owner: ExchangeOwner | undefined = undefined
  work: TrackedWork | undefined = undefined
  /** Set if somebody observes the exchange. */
  observer: ExchangeObserver | undefined = undefined
  /** The status of the answer; 0 until its head is sent. */
  status = 0
  /** The number of bytes of the answer's body that were sent. Counted for an observer only. */
  bytes = 0
  /** The services of the route, if they need to be disposed. */
  opened: Opened | undefined = undefined
  /** The outcome that the services are settled with. The first one is final. */
  outcome: Outcome | undefined = undefined
  /** True when the response has ended, completely or not. */
  closed = false
  /** True when the answer was sent on a timeout while the handler still uses its services. */
  timedOut = false
  /** Rejects the answer of the handler while it is awaited inside of middleware. */
  interrupt: ((error: HTTPException) => void) | undefined = undefined

  /** The headers of CORS, which are set on the answer. */
  corsHeaders: ReadonlyArray<readonly [name: string, value: string]> | undefined = undefined
  /** Headers that are added to the answer: names and values, one after the other. */
  added: string[] | undefined = undefined

  #id: string | undefined
  #logger: Logger | undefined
  #controller: AbortController | undefined
  #reason: unknown
  #query: unknown
  #locals: Locals | undefined
  #request: Request | undefined
  #body: RequestBody | undefined
  #stream: StreamControl | undefined
  #event: H3Event | undefined
  /** The state before the first of several attempts. */
  #before: AttemptState | undefined
  #cookies: Cookies | undefined
  #waits: Promise<unknown>[] | undefined
  #endings: Array<() => void> | undefined
  #open = 2

  /** The value of a header by its name in lower case. */
  abstract header(name: string): string | undefined
  /** All headers by their names in lower case. */
  abstract readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** All headers as they arrived. */
  abstract headerPairs(): Iterable<readonly [name: string, value: string]>
  abstract readonly url: URL
  /** True if the request has a body. */
  abstract readonly hasBody: boolean
  /** True while the application waits for more of the body. */
  abstract readonly bodyPending: boolean
  protected abstract openBody(): BodySource
  /** The id that the request arrived with; undefined if it has none that can be believed. */
  protected abstract arrivedId(): string | undefined
  /** Sends the answer. A stream is sent in the background; its end is the end of the exchange. */
  send(reply: Reply): void {
    try {
      this.write(reply)
    } catch (error) {
      // A header or a status that HTTP does not allow. Nothing of this answer has been sent yet.
      discardReply(reply)
      this.write(this.owner!.unknownError(this, error))
    }
  }
  /** Writes the answer. Throws, with nothing written, if HTTP does not allow it. */
  protected abstract write(reply: Reply): void
  /** Breaks the exchange off: the client receives no further byte of this answer. */
  abstract cut(reason: unknown): void
  /** Refuses a request that is not a WebSocket handshake. */
  assertUpgrade(_origins: readonly string[] | '*' | undefined): void {
    throw new HTTPException(426, {
      detail: 'this path accepts WebSocket connections only',
      headers: { upgrade: 'websocket' },
    })
  }

  /** Keeps the hooks of the connection until the answer, which middleware may still change, is sent. */
  upgrade(_hooks: unknown, _spec: HandshakeSpec): Reply {
    throw new HTTPException(426, { headers: { upgrade: 'websocket' } })
  }

  /** The id of the request, in its log lines, its problem document and its answer. */
  get id(): string {
    this.#id ??= this.arrivedId() ?? this.owner?.ids.next() ?? freshRequestId()
    return this.#id
  }

  /** Set by a tracer, whose trace the request belongs to, before the id is used. */
  set id(id: string) {
    this.#id = id
  }

  /** The logger of the request. Its lines have the id. */
  get logger(): Logger {
    this.#logger ??= childLogger(this.owner!.logger, { id: this.id })
    return this.#logger
  }

  /** The time since the request was accepted, in ms. */
  elapsed(): number {
    return this.work === undefined ? 0 : this.owner!.age(this.work)
  }

  /** The port of the other end of the connection; undefined without a connection. */
  get peerPort(): number | undefined {
    return undefined
  }

  /** The version of HTTP that the request arrived with; undefined without a connection. */
  get protocolVersion(): string | undefined {
    return undefined
  }

  /** Adds the id to the headers of the answer, unless they have one. */
  protected identify(headers: string[]): string[] {
    if (!hasHeader(headers, REQUEST_ID_HEADER)) headers.push(REQUEST_ID_HEADER, this.id)
    return headers
  }

  /** The body of the request, read at most once. */
  get body(): RequestBody {
    this.#body ??= new RequestBody(this.openBody(), this.bodyLimit, this.keepsBody)
    return this.#body
  }

  get request(): Request {
    this.#request ??= createWebRequest(this)
    return this.#request
  }

  /** The body piece by piece, as middleware has left it: if it has made a Request, it may read a clone of it. */
  get pieces(): AsyncIterable<Uint8Array> {
    // The types of the DOM leave the iterator of a ReadableStream out; Node.js has it.
    return this.#request === undefined || this.keepsBody
      ? this.body.pieces()
      : (this.#request.body as unknown as AsyncIterable<Uint8Array>)
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

  get locals(): Locals {
    this.#locals ??= new Map() as Locals
    return this.#locals
  }

  get stream(): StreamControl {
    this.#stream ??= new StreamControl(this)
    return this.#stream
  }

  /** The status and the headers that h3's functions set on the event. */
  get eventResponse(): H3Event['res'] | undefined {
    return this.#event?.res
  }

  get cookies(): Cookies {
    this.#cookies ??= new Cookies(this)
    return this.#cookies
  }

  /** The cookies that the answer sets. */
  get setCookies(): Iterable<string> | undefined {
    return this.#cookies?.headers
  }

  async event(): Promise<H3Event> {
    this.#event ??= await createEvent(this.request, this.ip)
    return this.#event
  }

  waitUntil(work: PromiseLike<unknown>): void {
    const settled = Promise.resolve(work).catch((error: unknown) => {
      this.logger.error({ err: error }, `work passed to waitUntil by ${this.label} failed`)
    })
    this.#waits ??= []
    this.#waits.push(settled)
  }

  /** The name of the exchange in logs: method and pattern, never a value from outside. */
  get label(): string {
    return this.work?.label ?? this.method
  }

  /** Aborts the signal: the answer is not needed any more. */
  abort(reason: unknown): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#controller?.abort(reason)
  }

  get aborted(): boolean {
    return this.#reason !== undefined
  }

  /** Marks the request as failed: its services must not commit. */
  fail(error: unknown): void {
    this.outcome ??= { ok: false, error }
  }

  /** Adds a header to the answer, whatever it is. Several of one name are a list. */
  addHeader(name: string, value: string): void {
    this.added ??= []
    const at = this.added.indexOf(name)
    if (at < 0) this.added.push(name, value)
    else this.added[at + 1] += `, ${value}`
  }

  remaining(): number {
    if (this.timeout === 0) return Number.POSITIVE_INFINITY
    if (this.deadline === undefined) return this.timeout
    return Math.max(0, this.deadline - performance.now())
  }

  /** Keeps the state of the request before its first attempt. */
  beginAttempts(): void {
    const [locals, cookies, event, added] = [this.#locals, this.#cookies, this.#event, this.added]
    this.#before = new AttemptState({ locals, cookies, event, added })
  }

  /**
   * Disposes the services of an attempt that failed, so that the next one begins with the request as it was before the
   * first.
   *
   * @throws the error if there is no one left to answer
   */
  async restart(error: unknown): Promise<void> {
    if (this.closed || this.aborted) throw error
    const { opened } = this
    this.opened = undefined
    const outcome = { ok: false, error } as const
    try {
      // The error of a settlement that was requested belongs to the attempt, which has reported it.
      await opened?.dispose(outcome)
    } catch (second) {
      this.logger.error({ err: second }, `a service of ${this.label} could not be disposed`)
    }
    if (this.closed || this.aborted) throw error
    this.outcome = undefined
    this.#query = undefined
    this.#request = undefined
    this.#body?.rewind()
    const { locals, cookies, event, added } = this.#before!.restore()
    this.#locals = locals
    this.#cookies = cookies
    this.added = added && [...added]
    this.#event = event && Object.assign(event, { req: Object.assign(this.request, { ip: this.ip }) })
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
    if (this.observer !== undefined) this.observer.ended(this, complete)
    if (--this.#open === 0) this.#finish()
  }

  #finish(): void {
    if (this.#endings !== undefined) for (const listener of this.#endings) listener()
    const ending = this.#waits === undefined ? this.#dispose() : this.#release(this.#waits)
    if (ending === undefined) this.work?.done()
    else void ending.then(() => this.work?.done())
  }

  /** Disposes the services after the work that was passed to waitUntil, which may use them and may add more. */
  async #release(waits: Promise<unknown>[]): Promise<void> {
    for (let some: Promise<unknown>[] | undefined = waits; some !== undefined; some = this.#waits) {
      this.#waits = undefined
      await Promise.all(some)
    }
    await this.#dispose()
  }

  /** Disposes the services. Returns a promise only if one of them does. Never rejects. */
  #dispose(): Promise<void> | undefined {
    const failed = (error: unknown) => {
      this.logger.error({ err: error }, `a service of ${this.label} could not be disposed`)
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

const NO_OPTIONS: HandlerOptions = Object.freeze({})
