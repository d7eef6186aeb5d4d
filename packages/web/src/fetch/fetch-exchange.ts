// An exchange without a socket: a web request in, a web response out. For tests, and for hosts that speak fetch.

import { traceIdOf } from '@myfy/core/runtime'
import { tooLarge } from '../http/body.ts'
import { normalizePath } from '../http/request-target.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { Exchange } from '../request/exchange.ts'
import { type BodySource, endedTooSoon } from '../request/request-body.ts'
import { EventStream } from '../response/event-stream.ts'
import { frame } from '../response/framing.ts'
import { NodeAnswer } from '../response/node-handler.ts'
import { pump, type Sink } from '../response/pump.ts'
import { discardReply, isEventStream, isStreamed, type Reply, toResponse } from '../response/reply.ts'
import type { CommonHeaders } from '../response/security-headers.ts'
import { answerThroughNode } from './node-loopback.ts'

/** Answers a web request in the same way as one that came by a socket. */
export function fetchThrough(
  pipeline: Pipeline,
  request: Request,
  headers: CommonHeaders,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    pipeline.handle(new FetchExchange(request, headers, resolve, reject))
  })
}

class FetchExchange extends Exchange {
  readonly method: string
  readonly path: string
  readonly search: string
  readonly url: URL
  readonly ip = undefined
  readonly peerAddress = undefined
  readonly #given: Request
  readonly #common: CommonHeaders
  readonly #resolve: (response: Response) => void
  readonly #reject: (error: unknown) => void
  #headers: Record<string, string> | undefined
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #stop: (() => void) | undefined

  constructor(
    request: Request,
    common: CommonHeaders,
    resolve: (response: Response) => void,
    reject: (error: unknown) => void,
  ) {
    super()
    const url = new URL(request.url)
    this.method = request.method
    this.path = normalizePath(url.pathname)
    this.search = url.search
    url.pathname = this.path || '/'
    this.url = url
    this.#given = request
    this.#common = common
    this.#resolve = resolve
    this.#reject = reject
    const { signal } = request
    const left = () => this.cut(signal.reason)
    if (signal.aborted) left()
    else signal.addEventListener('abort', left, { once: true })
    this.onEnd(() => signal.removeEventListener('abort', left))
  }

  header(name: string): string | undefined {
    return this.#given.headers.get(name) ?? undefined
  }

  get headers(): Record<string, string> {
    this.#headers ??= Object.assign(
      Object.create(null) as Record<string, string>,
      Object.fromEntries(this.#given.headers),
    )
    return this.#headers
  }

  headerPairs(): Iterable<readonly [string, string]> {
    return this.#given.headers
  }

  get hasBody(): boolean {
    return this.#given.body !== null
  }

  // A body in this process does not arrive slowly.
  readonly bodyPending = false

  // Without a socket, a proxy looks like any client: `x-request-id` is not believed.
  protected arrivedId(): string | undefined {
    const traceparent = this.#given.headers.get('traceparent')
    return traceparent === null ? undefined : traceIdOf(traceparent)
  }

  protected openBody(): BodySource {
    return new WebBody(this.#given)
  }

  /** The client has left, or the exchange is broken off. */
  cut(reason: unknown): void {
    this.responded(false, reason)
    this.#controller?.error(reason)
    this.#stop?.()
    this.#reject(reason)
  }

  protected write(reply: Reply): void {
    if (this.closed) return discardReply(reply)
    if (reply.body instanceof NodeAnswer) return void this.#delegate(reply, reply.body)
    const { status, headers, body, length } = frame(
      reply,
      this.identify(this.#common.merge(reply.headers)),
      this.method,
    )
    this.status = status
    if (body !== null && isStreamed(body)) {
      const head = toResponse({ status, headers, body: null })
      const ending = isEventStream(reply) && !(body instanceof EventStream) ? this.stream.ending : undefined
      return this.#resolve(new Response(this.#streamed(body, length, ending), head))
    }
    const response = toResponse({ status, headers, body })
    discardReply({ ...reply, body: body === null ? reply.body : null })
    if (body !== null) this.bytes = length ?? 0
    this.#resolve(response)
    this.responded(true)
  }

  async #delegate(reply: Reply, answer: NodeAnswer): Promise<void> {
    const errorReply = (error: unknown) => this.owner!.errorReply(this, error, reply)
    const { host, protocol } = this.url
    try {
      const options = {
        headers: this.identify(this.#common.merge(reply.headers)),
        peer: { encrypted: protocol === 'https:' },
        host,
        errorReply,
      }
      this.send(await answerThroughNode(answer, this, options))
    } catch (error) {
      this.send(await errorReply(error))
    }
  }

  #streamed(
    body: Parameters<typeof pump>[0],
    length: number | undefined,
    ending: AbortSignal | undefined,
  ): ReadableStream<Uint8Array> {
    let resume = () => {}
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
          const sink: Sink = {
            write: (chunk) => {
              this.bytes += Buffer.byteLength(chunk)
              controller.enqueue(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
              return (controller.desiredSize ?? 0) > 0
            },
            ready: () =>
              new Promise((resolve) => {
                resume = resolve
                if (this.closed) resolve()
              }),
            onClose: (listener) => {
              this.#stop = () => {
                listener()
                resume()
              }
            },
          }
          pump(body, sink, { length, ending }).then(
            () => {
              if (this.closed) return
              controller.close()
              this.responded(true)
            },
            (error) => {
              if (this.closed) return
              this.logger.error({ err: error }, `the stream of ${this.label} failed`)
              controller.error(error)
              this.responded(false, error)
            },
          )
        },
        pull: () => resume(),
        cancel: () => {
          this.responded(false)
          this.#stop?.()
        },
      },
      { highWaterMark: 1 },
    )
  }
}

/** WebBody reads the body of a web request. */
class WebBody implements BodySource {
  readonly #request: Request
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined

  constructor(request: Request) {
    this.#request = request
  }

  get length(): number | undefined {
    const length = this.#request.headers.get('content-length')
    return length === null ? undefined : Number(length)
  }

  async readAll(limit: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = []
    let size = 0
    for (let chunk = await this.read(); chunk !== undefined; chunk = await this.read()) {
      size += chunk.byteLength
      if (size > limit) {
        this.cancel()
        throw tooLarge(limit)
      }
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  }

  async read(): Promise<Uint8Array | undefined> {
    this.#reader ??= this.#request.body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined
    try {
      const next = await this.#reader?.read()
      return next?.done === false ? next.value : undefined
    } catch {
      throw endedTooSoon()
    }
  }

  cancel(): void {
    void this.#reader?.cancel().catch(() => {})
  }
}
