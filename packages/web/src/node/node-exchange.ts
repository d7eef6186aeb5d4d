// An exchange over a socket: node:http's two objects as one request and its answer.

import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { tooLarge } from '../http/body.ts'
import { discard, pump } from '../http/event-stream.ts'
import { errors } from '../http/http-exception.ts'
import { isStreamed, type Reply } from '../http/reply.ts'
import type { Connection } from './connection.ts'
import { IncomingExchange, type NodeSettings } from './incoming-exchange.ts'
import type { AppResponse } from './node-response.ts'

/** An exchange over a socket. */
export class NodeExchange extends IncomingExchange {
  /** Its neighbours among the exchanges under way. */
  next: NodeExchange | undefined = undefined
  previous: NodeExchange | undefined = undefined
  /** Answers `Expect: 100-continue` when the body is wanted, not before. */
  expectsContinue = false
  readonly #response: AppResponse
  readonly #connection: Connection
  readonly #answered: (exchange: NodeExchange) => void

  constructor(
    incoming: IncomingMessage,
    response: AppResponse,
    connection: Connection,
    settings: NodeSettings,
    answered: (exchange: NodeExchange) => void,
  ) {
    super(incoming, settings)
    this.#response = response
    this.#connection = connection
    this.#answered = answered
    response.exchange = this
    response.on('close', onClose)
  }

  protected override get node(): object {
    return { req: this.incoming, res: this.#response }
  }

  /** @internal */
  onClosed(): void {
    this.#connection.ended(this)
    this.#answered(this)
    this.responded(this.#response.writableFinished)
  }

  /** Breaks it off: the client gets no further byte of this answer. */
  cut(reason: unknown): void {
    this.fail(reason)
    this.abort(reason)
    this.#response.destroy()
  }

  /** The whole request has arrived. */
  get complete(): boolean {
    return this.incoming.complete
  }

  /** The head of the answer is out. */
  get begun(): boolean {
    return this.#response.headersSent
  }

  /** The connection closes after this answer. */
  closeAfterResponse(): void {
    this.#response.shouldKeepAlive = false
  }

  /** Reads what is left of the body without keeping it. */
  discard(): void {
    this.incoming.removeAllListeners('data')
    this.incoming.resume()
  }

  async text(limit: number): Promise<string> {
    const incoming = this.incoming
    this.#assertLength(limit)
    return new Promise((resolve, reject) => {
      let first: Buffer | undefined
      let rest: Buffer[] | undefined
      let size = 0
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > limit) {
          incoming.removeAllListeners('data')
          incoming.pause()
          reject(tooLarge(limit))
        } else if (first === undefined) first = chunk
        else if (rest === undefined) rest = [first, chunk]
        else rest.push(chunk)
      })
      let ended = false
      incoming.on('end', () => {
        ended = true
        resolve((rest ? Buffer.concat(rest) : (first ?? EMPTY)).toString())
      })
      incoming.on('close', () => {
        // Without an end the client has left, or was too slow: nobody reads the answer. An error is only made where
        // it is needed; its stack costs as much as a quarter of a request.
        if (!ended) reject(errors.badRequest('the body ended too soon'))
      })
    })
  }

  #assertLength(limit: number): void {
    if (Number(this.incoming.headers['content-length'] ?? 0) > limit) throw tooLarge(limit)
    if (!this.expectsContinue) return
    this.expectsContinue = false
    this.#response.writeContinue()
  }

  protected override requestBody(): RequestInit['body'] {
    const limit = this.bodyLimit
    const { incoming, check } = { incoming: this.incoming, check: () => this.#assertLength(limit) }
    async function* limited() {
      check()
      let size = 0
      for await (const chunk of incoming) {
        size += (chunk as Buffer).length
        if (size > limit) throw tooLarge(limit)
        yield chunk
      }
    }
    return Readable.toWeb(Readable.from(limited())) as unknown as RequestInit['body']
  }

  send(reply: Reply): void {
    if (!this.#connection.draining) {
      this.#send(reply)
      return
    }
    // What was pipelined behind this request is parsed first: only the last answer on a connection may close it.
    setImmediate(() => {
      try {
        this.#send(reply)
      } catch (error) {
        this.owner?.logger.error({ err: error }, `the answer of ${this.label} could not be sent`)
        this.#response.destroy()
      }
    })
  }

  #send(reply: Reply): void {
    const response = this.#response
    if (this.closed || response.headersSent || response.destroyed) return
    const { body } = reply
    const unread = !this.incoming.complete && this.hasBody
    // Reading on what nobody wants could take for ever; without reading on the connection is of no further use.
    if (this.#connection.mustClose(this) || unread) response.shouldKeepAlive = false
    if (unread) this.#connection.closeLingering()
    if (typeof body === 'string' && this.#sendAtOnce(reply, body)) return
    const headers = this.#headers(reply)
    if (body === null) {
      const bodiless = reply.status === 204 || reply.status === 304
      if (!bodiless && !headers.includes('content-length')) headers.push('content-length', '0')
      response.writeHead(reply.status, headers)
      response.end()
    } else if (isStreamed(body)) {
      response.writeHead(reply.status, headers)
      if (this.method === 'HEAD') {
        discard(body)
        response.end()
      } else void this.#pump(body)
    } else {
      headers.push(
        'content-length',
        String(typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength),
      )
      response.writeHead(reply.status, headers)
      response.end(body)
    }
  }

  /** Sends the usual answer, a text with headers that are always the same, in one piece. */
  #sendAtOnce(reply: Reply, body: string): boolean {
    if (this.method === 'HEAD' || this.eventResponse !== undefined) return false
    const lines = this.settings.headers.cachedLines(reply.headers)
    return (
      lines !== undefined &&
      this.#response.sendAtOnce(reply.status, lines, body, this.#connection.keepAliveHeaders)
    )
  }

  #headers(reply: Reply): string[] {
    const event = this.eventResponse
    const headers = this.settings.headers.merge(reply.headers)
    if (event) for (const [name, value] of event.headers) headers.push(name, value)
    return headers
  }

  async #pump(body: Parameters<typeof pump>[0]): Promise<void> {
    const response = this.#response
    // The head goes out now: an event stream may have nothing to say for a long time.
    response.flushHeaders()
    try {
      await pump(body, {
        write: (chunk) => response.write(chunk),
        ready: () =>
          new Promise((resolve) => {
            const go = () => {
              response.off('drain', go).off('close', go)
              resolve()
            }
            response.on('drain', go).on('close', go)
            if (response.destroyed) go()
          }),
        onClose: (listener) => void response.once('close', listener),
      })
      response.end()
    } catch (error) {
      // The head is out: the only way left to say that the rest is missing is to break the connection.
      this.owner?.logger.error({ err: error }, `the stream of ${this.label} failed`)
      this.fail(error)
      response.destroy()
    }
  }
}

const EMPTY = Buffer.alloc(0)

function onClose(this: AppResponse): void {
  this.exchange!.onClosed()
}

/** The exchanges under way. A list through the exchanges themselves: a Set would be rehashed again and again. */
export class ExchangeList {
  #first: NodeExchange | undefined

  get empty(): boolean {
    return this.#first === undefined
  }

  add(exchange: NodeExchange): void {
    exchange.next = this.#first
    if (this.#first !== undefined) this.#first.previous = exchange
    this.#first = exchange
  }

  delete(exchange: NodeExchange): void {
    const { next, previous } = exchange
    if (next !== undefined) next.previous = previous
    if (previous !== undefined) previous.next = next
    else if (this.#first === exchange) this.#first = next
    exchange.next = undefined
    exchange.previous = undefined
  }

  all(): NodeExchange[] {
    const all: NodeExchange[] = []
    for (let exchange = this.#first; exchange !== undefined; exchange = exchange.next) all.push(exchange)
    return all
  }
}
