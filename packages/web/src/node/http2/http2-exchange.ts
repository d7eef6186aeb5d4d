// An exchange over a stream of HTTP/2.

import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { isRequestId, traceIdOf } from '@myfy/core/runtime'
import { type ClientInfo, requestURL } from '../../client/trust-proxy.ts'
import { answerThroughNode } from '../../fetch/node-loopback.ts'
import { hasValidHost, INVALID_TARGET, parseTarget } from '../../http/request-target.ts'
import { Exchange } from '../../request/exchange.ts'
import type { BodySource } from '../../request/request-body.ts'
import { REQUEST_ID_HEADER } from '../../request/request-id.ts'
import { EventStream } from '../../response/event-stream.ts'
import { frame } from '../../response/framing.ts'
import { NodeAnswer } from '../../response/node-handler.ts'
import { pump } from '../../response/pump.ts'
import { discardReply, isEventStream, isStreamed, type Reply } from '../../response/reply.ts'
import type { StreamBody } from '../../response/stream-source.ts'
import { IncomingBody } from '../incoming-body.ts'
import type { NodeSettings } from '../incoming-exchange.ts'
import { headersObject } from './headers-object.ts'
import type { Http2Connection } from './http2-connection.ts'
import { StreamProgress } from './stream-progress.ts'

/** The request of a stream, as node:http2 reports it. */
export interface StreamRequest {
  readonly stream: ServerHttp2Stream
  readonly headers: IncomingHttpHeaders
  /** Names and values, one after the other. */
  readonly rawHeaders: readonly string[]
}

/** The error codes of RFC 9113, section 7. */
const NO_ERROR = 0
const INTERNAL_ERROR = 2
const CANCEL = 8
/** A larger body is written in pieces, so that its progress can be seen. */
const MAX_PIECE_BYTES = 65_536

/** Http2Exchange is an exchange over a stream of HTTP/2. */
export class Http2Exchange extends Exchange {
  readonly method: string
  readonly path: string
  readonly search: string
  readonly #stream: ServerHttp2Stream
  readonly #given: IncomingHttpHeaders
  readonly #rawHeaders: readonly string[]
  readonly #connection: Http2Connection
  readonly #settings: NodeSettings
  readonly #onEnded: () => void
  readonly #progress: StreamProgress
  #client: ClientInfo | undefined
  #headers: Record<string, string | string[] | undefined> | undefined
  #body: IncomingBody | undefined
  #ended = false
  #endListeners: Array<() => void> = []

  constructor(
    { stream, headers, rawHeaders }: StreamRequest,
    connection: Http2Connection,
    settings: NodeSettings,
    onEnded: () => void,
  ) {
    super()
    this.#stream = stream
    this.#given = headers
    this.#rawHeaders = rawHeaders
    this.#connection = connection
    this.#settings = settings
    this.#onEnded = onEnded
    this.#progress = new StreamProgress(stream)
    const host = this.#authority
    const isValid = hasValidHost({
      rawHeaders: host === undefined ? [] : ['host', host],
      httpVersionMinor: 1,
    })
    const { path, search } = isValid ? parseTarget(headers[':path'] ?? '') : INVALID_TARGET
    this.method = headers[':method'] ?? ''
    this.path = path
    this.search = search
    // A reset of the client is reported as an error too; the end of the stream is all that matters.
    stream.on('error', () => {})
    stream.on('close', () => this.#end())
  }

  get #authority(): string | undefined {
    return this.#given[':authority'] ?? this.#given.host
  }

  get headers(): Readonly<Record<string, string | string[] | undefined>> {
    if (this.#headers === undefined) {
      this.#headers = Object.create(null) as Record<string, string | string[] | undefined>
      for (const [name, value] of Object.entries(this.#given))
        if (name[0] !== ':') this.#headers[name] = value
      this.#headers.host ??= this.#authority
    }
    return this.#headers
  }

  header(name: string): string | undefined {
    const value = this.headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }

  *headerPairs(): Generator<readonly [string, string]> {
    if (this.#given.host === undefined && this.#authority !== undefined) yield ['host', this.#authority]
    for (let i = 0; i < this.#rawHeaders.length; i += 2)
      if (this.#rawHeaders[i]![0] !== ':') yield [this.#rawHeaders[i]!, this.#rawHeaders[i + 1]!]
  }

  override get protocolVersion(): string {
    return '2'
  }

  get peerAddress(): string | undefined {
    return this.#stream.session?.socket?.remoteAddress
  }

  override get peerPort(): number | undefined {
    return this.#stream.session?.socket?.remotePort
  }

  protected arrivedId(): string | undefined {
    const { traceparent } = this.headers
    const traceId = typeof traceparent === 'string' ? traceIdOf(traceparent) : undefined
    if (traceId !== undefined) return traceId
    const given = this.header(REQUEST_ID_HEADER)
    return given !== undefined && isRequestId(given) && this.#from.trusted ? given : undefined
  }

  get ip(): string | undefined {
    return this.#from.ip
  }

  get url(): URL {
    return requestURL(this.#from, this.path, this.search)
  }

  get #from(): ClientInfo {
    this.#client ??= this.#settings.origin(
      this.peerAddress,
      this.headers as never,
      undefined,
      this.#encrypted,
    )
    return this.#client
  }

  get #encrypted(): boolean {
    return this.#connection.session.encrypted === true
  }

  get hasBody(): boolean {
    return !this.#stream.endAfterHeaders
  }

  get bodyPending(): boolean {
    const { readableEnded, destroyed, readableLength, readableFlowing } = this.#stream
    if (readableEnded || destroyed || readableLength > 0 || !this.hasBody) return false
    return readableFlowing === true || this.#stream.listenerCount('readable') > 0
  }

  protected openBody(): BodySource {
    const length = this.header('content-length')
    this.#body = new IncomingBody(this.#stream, length === undefined ? undefined : Number(length), () => {
      if (this.header('expect')?.toLowerCase() === '100-continue' && !this.#stream.headersSent)
        this.#stream.additionalHeaders({ ':status': 100 })
    })
    return this.#body
  }

  /** Reports whether it is an exchange of the transport with these settings. */
  belongsTo(settings: object): boolean {
    return this.#settings === settings
  }

  cut(reason: unknown): void {
    this.fail(reason)
    this.abort(reason)
    this.#stream.close(CANCEL)
  }

  /** Reports whether the client has sent fewer than `rate` bytes per second of a body that the application waits for. */
  bodyStalled(now: number, timeout: number, rate: number): boolean {
    return this.#progress.readStalled(now, this.#body?.received ?? 0, this.bodyPending, timeout, rate)
  }

  /** The time since which the client has taken none of the bytes that wait for it, in ms. */
  unreadFor(now: number): number {
    return this.#progress.unreadFor(now)
  }

  protected write(reply: Reply): void {
    const stream = this.#stream
    if (this.closed || stream.destroyed || stream.closed || stream.headersSent) return discardReply(reply)
    if (reply.body instanceof NodeAnswer) return void this.#delegate(reply, reply.body)
    const { status, headers, body, length } = frame(
      reply,
      this.identify(this.#settings.headers.merge(reply.headers)),
      this.method,
    )
    this.status = status
    if (body !== null && !isStreamed(body)) this.bytes = length ?? 0
    stream.respond(headersObject(status, headers), { endStream: body === null })
    // The client may still send; the answer is complete without it (RFC 9113, section 8.1).
    stream.once('finish', () => {
      if (stream.readableEnded || !this.hasBody) return
      stream.close(NO_ERROR)
      // The stream ends when what has arrived of the body is read as well.
      stream.resume()
    })
    if (body === null) {
      discardReply(reply)
      stream.end()
    } else if (isStreamed(body)) {
      const ending = isEventStream(reply) && !(body instanceof EventStream) ? this.stream.ending : undefined
      void this.#pump(body, length, ending)
    } else {
      const bytes = typeof body === 'string' ? Buffer.from(body) : (body as Uint8Array)
      if (bytes.byteLength <= MAX_PIECE_BYTES) this.#progress.end(bytes)
      else void this.#pump(piecesOf(bytes), length, undefined)
    }
  }

  async #pump(body: StreamBody, length: number | undefined, ending: AbortSignal | undefined): Promise<void> {
    const sink = {
      write: (chunk: string | Uint8Array) => {
        if (this.observer !== undefined) this.bytes += Buffer.byteLength(chunk)
        return this.#progress.write(chunk)
      },
      ready: () => this.#drained(),
      onClose: (listener: () => void) => this.#whenEnded(listener),
    }
    try {
      await pump(body, sink, { length, ending })
      this.#stream.end()
    } catch (error) {
      if (this.closed) return
      this.logger.error({ err: error }, `the stream of ${this.label} failed`)
      this.fail(error)
      this.#stream.close(INTERNAL_ERROR)
    }
  }

  /** Lets a handler of node:http answer over a connection in memory: it speaks HTTP/1.1. */
  async #delegate(reply: Reply, answer: NodeAnswer): Promise<void> {
    const errorReply = (error: unknown) => this.owner!.errorReply(this, error, reply)
    const { remoteAddress, remotePort, remoteFamily, localAddress, localPort } =
      this.#stream.session?.socket ?? {}
    try {
      const options = {
        headers: this.identify(this.#settings.headers.merge(reply.headers)),
        peer: {
          remoteAddress,
          remotePort,
          remoteFamily,
          localAddress,
          localPort,
          encrypted: this.#encrypted,
        },
        host: this.#authority ?? '',
        errorReply,
      }
      this.send(await answerThroughNode(answer, this, options))
    } catch (error) {
      this.send(await errorReply(error))
    }
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    const { writableEnded, rstCode } = this.#stream
    this.#connection.exchangeEnded(this)
    this.#onEnded()
    // Not writableFinished: a stream may close before node reports that its last frame was sent.
    this.responded(writableEnded && rstCode === NO_ERROR)
    for (const listener of this.#endListeners) listener()
  }

  #whenEnded(listener: () => void): void {
    if (this.#ended) listener()
    else this.#endListeners.push(listener)
  }

  /** Resolves when the stream accepts more, or has ended. */
  #drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#stream.once('drain', resolve)
      this.#whenEnded(resolve)
    })
  }
}

async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.byteLength; at += MAX_PIECE_BYTES)
    yield bytes.subarray(at, at + MAX_PIECE_BYTES)
}
