// An exchange over a socket: the two objects of node:http as one request and its answer.

import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { errors } from '../http/http-exception.ts'
import { REQUEST_ID_HEADER } from '../request/request-id.ts'
import { EventStream } from '../response/event-stream.ts'
import { frame, hasHeader } from '../response/framing.ts'
import { callNodeHandler, detachHandler, NodeAnswer, timerFor } from '../response/node-handler.ts'
import { pump } from '../response/pump.ts'
import { discardReply, isEventStream, isStreamed, type Reply } from '../response/reply.ts'
import type { StreamBody } from '../response/stream-source.ts'
import type { Connection } from './connection.ts'
import { IncomingExchange, type NodeSettings } from './incoming-exchange.ts'
import { AppResponse } from './node-response.ts'

/** NodeExchange is an exchange over a socket. */
export class NodeExchange extends IncomingExchange {
  /** True while the client waits for `100 Continue`, which is sent when the body is asked for. */
  expectsContinue = false
  protected readonly response: AppResponse
  protected readonly connection: Connection
  readonly #onEnded: (exchange: NodeExchange) => void
  #ended = false
  /** Called when the response has ended: they stop a stream that is being sent. */
  #endListeners: Array<() => void> | undefined
  /** Resumes a stream that waits for the client to read. */
  #resume = NOTHING
  #headPrepared = false
  /** True when the exchange was broken off. node finishes a response whose socket is about to close. */
  #cut = false

  constructor(
    incoming: IncomingMessage,
    response: AppResponse,
    connection: Connection,
    settings: NodeSettings,
    onEnded: (exchange: NodeExchange) => void,
  ) {
    super(incoming, settings)
    this.response = response
    this.connection = connection
    this.#onEnded = onEnded
    response.exchange = this
    response.on('close', onClose)
  }

  /** The connection has closed, or the response has been sent. */
  connectionClosed(): void {
    this.end(this.response.writableFinished)
  }

  protected end(complete: boolean): void {
    if (this.#ended) return
    this.#ended = true
    this.connection.exchangeEnded(this)
    this.#onEnded(this)
    // A handler of node:http has written its answer itself.
    if (this.status === 0 && this.response.headersSent) this.status = this.response.statusCode
    this.responded(complete && !this.#cut)
    if (this.#endListeners !== undefined) for (const listener of this.#endListeners) listener()
  }

  cut(reason: unknown): void {
    this.#cut = true
    this.fail(reason)
    this.abort(reason)
    this.connection.socket.destroy()
  }

  /** Reports whether it is an exchange of the transport with these settings. */
  belongsTo(settings: NodeSettings): boolean {
    return this.settings === settings
  }

  /** True when the whole request has arrived. */
  get complete(): boolean {
    return this.incoming.complete
  }

  /** True when the head of the answer has been sent. */
  get begun(): boolean {
    return this.response.headersSent
  }

  /** Notes the answer that the connection gives in its place: the rest of the request is not valid. */
  refused(status: number, bytes: number): void {
    this.status = status
    this.bytes = bytes
  }

  /** Closes the connection after this answer. */
  closeAfterResponse(): void {
    this.response.shouldKeepAlive = false
  }

  /** Reads the rest of the body without keeping it. */
  discardBody(): void {
    this.incoming.removeAllListeners('data')
    this.incoming.resume()
  }

  protected bodyWanted(): void {
    if (!this.expectsContinue) return
    this.expectsContinue = false
    this.response.writeContinue()
  }

  get #unread(): boolean {
    return !this.incoming.complete && this.hasBody
  }

  override send(reply: Reply): void {
    // The rest of the piece that node is parsing comes first. It may contain requests that are pipelined behind this one,
    // and only the last answer on a connection may close it. It may contain the body: an answer before it would have to
    // close the connection. Microtasks are too soon: node 20 runs them between the head and the body.
    if (this.connection.draining || this.#unread) setImmediate(() => super.send(reply))
    else super.send(reply)
  }

  /** Called before the head of an answer is written, once: it says whether the connection stays open. */
  beforeHead(): void {
    if (this.#headPrepared) return
    this.#headPrepared = true
    // A body that is not read may never end, and without its end the next request cannot be found.
    const unread = this.#unread
    if (this.connection.mustClose(this) || unread) this.response.shouldKeepAlive = false
    if (unread) this.connection.closeAfterResponse(true)
  }

  protected write(reply: Reply): void {
    const { response } = this
    if (this.closed || this.#cut || response.headersSent || response.destroyed) return discardReply(reply)
    if (reply.body instanceof NodeAnswer) return this.#delegate(reply, reply.body)
    this.beforeHead()
    if (typeof reply.body === 'string' && this.#sendAtOnce(reply, reply.body)) return
    const { status, headers, body, length } = frame(
      reply,
      this.identify(this.settings.headers.merge(reply.headers)),
      this.method,
    )
    // The reason of an answer that could not be written must not stay.
    response.statusMessage = ''
    response.writeHead(status, headers)
    this.status = status
    if (this.observer !== undefined && body !== null && !isStreamed(body)) this.bytes = length ?? 0
    if (body === null) {
      discardReply(reply)
      response.end()
    } else if (isStreamed(body)) {
      const ending = isEventStream(reply) && !(body instanceof EventStream) ? this.stream.ending : undefined
      void this.#pump(body, length, ending)
    } else response.end(body)
  }

  /** Sends the usual answer, a text, in one piece. */
  #sendAtOnce(reply: Reply, body: string): boolean {
    if (this.method === 'HEAD' || !(this.response instanceof AppResponse)) return false
    const { status, headers } = reply
    const lines = hasHeader(headers, REQUEST_ID_HEADER) ? undefined : this.settings.headers.lines(headers)
    if (lines === undefined) return false
    // Set first: the answer may end while it is sent.
    this.status = status
    if (this.observer !== undefined) this.bytes = Buffer.byteLength(body)
    const head = `${lines}${REQUEST_ID_HEADER}: ${this.id}\r\n`
    if (this.response.sendAtOnce(status, head, body, this.connection.keepAliveHeaders)) return true
    this.status = 0
    return false
  }

  /** Lets a handler of node:http write the answer, within the limits of its route. */
  #delegate(reply: Reply, answer: NodeAnswer): void {
    const { response, incoming, timeout, bodyLimit } = this
    const refuse = async (error: unknown) => {
      const refusal = await this.owner!.errorReply(this, error, reply)
      if (response.headersSent) return this.closed || this.#breakOff(undefined)
      for (const name of response.getHeaderNames()) response.removeHeader(name)
      // The handler has perhaps read a part of the body: the next request cannot be found behind it.
      if (this.hasBody) response.shouldKeepAlive = false
      this.write(refusal)
      if (!isStreamed(refusal.body)) detachHandler(response)
    }
    const timer = timerFor(timeout, () => {
      if (this.bodyPending) return
      clearInterval(timer)
      if (response.headersSent) return
      this.abort(new DOMException(`the answer took longer than ${timeout} ms`, 'TimeoutError'))
      void refuse(errors.serviceUnavailable('the request took too long'))
    })
    this.#whenEnded(() => clearInterval(timer))
    this.#whenEnded(
      this.owner!.onEnding(() => {
        if (/^text\/event-stream/i.test(String(response.getHeader('content-type')))) response.end()
      }),
    )
    this.bodyWanted()
    // Express replaces the prototype of the response, and so the method of its class.
    response.writeHead = (...head: unknown[]) => {
      this.beforeHead()
      ServerResponse.prototype.writeHead.apply(response, head as never)
      return response
    }
    if (this.observer !== undefined) this.#countBytes()
    const own = this.identify(this.settings.headers.merge(reply.headers))
    const { headers } = frame(reply, own, this.method)
    callNodeHandler(answer, incoming, response, { headers, bodyLimit, refuse })
  }

  /** Counts the bytes that a handler of node:http writes. */
  #countBytes(): void {
    const { response } = this
    const { write, end } = response
    const count = (chunk: unknown, encoding: unknown) => {
      if (this.method === 'HEAD') return
      if (typeof chunk === 'string')
        this.bytes += Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as 'utf8') : 'utf8')
      else if (chunk instanceof Uint8Array) this.bytes += chunk.byteLength
    }
    let ended = false
    Object.assign(response, {
      write: (...args: unknown[]) => {
        count(args[0], args[1])
        return (write as (...args: unknown[]) => boolean).apply(response, args)
      },
      // node's `end` passes its piece to `write`'s internals, not to `write`.
      end: (...args: unknown[]) => {
        if (!ended) count(args[0], args[1])
        ended = true
        return (end as (...args: unknown[]) => unknown).apply(response, args)
      },
    })
  }

  async #pump(body: StreamBody, length: number | undefined, ending: AbortSignal | undefined): Promise<void> {
    const { response } = this
    // The head is sent now: an event stream may have no event for a long time.
    response.flushHeaders()
    const sink = {
      write: (chunk: string | Uint8Array) => {
        if (this.observer !== undefined) this.bytes += Buffer.byteLength(chunk)
        return response.write(chunk)
      },
      ready: () => this.#drained(),
      onClose: (listener: () => void) => this.#whenEnded(listener),
    }
    this.#whenEnded(() => this.#resume())
    try {
      await pump(body, sink, { length, ending })
      response.end()
    } catch (error) {
      if (this.closed) return
      this.logger.error({ err: error }, `the stream of ${this.label} failed`)
      this.fail(error)
      this.#breakOff(length)
    }
  }

  /** Calls back when the response has ended. A response that is queued has no event for it. */
  #whenEnded(listener: () => void): void {
    if (this.#ended) return listener()
    this.#endListeners ??= []
    this.#endListeners.push(listener)
  }

  /** Resolves when the response accepts more, or has ended. */
  #drained(): Promise<void> {
    const { response } = this
    return new Promise((resolve) => {
      response.once('drain', resolve)
      this.#resume = resolve
      if (this.#ended) resolve()
    })
  }

  /**
   * Ends the connection without the end of the answer, the only way left to say that the rest is missing. What has been
   * written is sent first. An answer whose end is the end of the connection (HTTP/1.0) must be reset instead.
   */
  #breakOff(length: number | undefined): void {
    const { response } = this
    const { socket } = this.connection
    if (!response.socket) socket.destroy()
    else if (length === undefined && !response.chunkedEncoding) reset(socket)
    else {
      this.connection.closing = true
      // node joins the pieces of one turn and hands them to the socket at its end.
      setImmediate(() => socket.destroySoon())
    }
  }
}

const NOTHING = () => {}

/** Resets a connection. Under TLS the missing close_notify says the same (RFC 8446, section 6.1). */
const reset = (socket: Socket): void =>
  void ('encrypted' in socket ? socket.destroy() : socket.resetAndDestroy())

function onClose(this: AppResponse): void {
  this.exchange!.connectionClosed()
}
