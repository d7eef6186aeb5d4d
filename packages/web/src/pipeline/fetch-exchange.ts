// An exchange without a socket: a web request in, a web response out. For tests, and for hosts that speak fetch.

import { tooLarge } from '../http/body.ts'
import { isStreamed, type Reply, toResponse } from '../http/reply.ts'
import { normalizePath } from '../http/request-target.ts'
import type { CommonHeaders } from '../http/security-headers.ts'
import { Exchange } from '../request/exchange.ts'
import type { Pipeline } from './pipeline.ts'

/** Answers a web request by the same way as one that came by a socket. */
export function fetchThrough(
  pipeline: Pipeline,
  request: Request,
  headers: CommonHeaders,
): Promise<Response> {
  return new Promise((resolve) => {
    pipeline.handle(new FetchExchange(request, headers, resolve))
  })
}

class FetchExchange extends Exchange {
  readonly method: string
  readonly path: string
  readonly search: string
  readonly url: URL
  readonly ip = undefined
  readonly #given: Request
  readonly #common: CommonHeaders
  readonly #resolve: (response: Response) => void
  #headers: Record<string, string> | undefined

  constructor(request: Request, common: CommonHeaders, resolve: (response: Response) => void) {
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
    const { signal } = request
    const left = () => this.responded(false, signal.reason)
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

  get hasBody(): boolean {
    return this.#given.body !== null
  }

  async text(limit: number): Promise<string> {
    if (Number(this.header('content-length') ?? 0) > limit) throw tooLarge(limit)
    const bytes = await this.#given.arrayBuffer()
    if (bytes.byteLength > limit) throw tooLarge(limit)
    return new TextDecoder().decode(bytes)
  }

  protected createRequest(): Request {
    return this.#given
  }

  send(reply: Reply): void {
    const headers = this.#common.merge(reply.headers)
    const response = toResponse({ ...reply, headers, body: this.method === 'HEAD' ? null : reply.body })
    if (this.eventResponse)
      for (const [name, value] of this.eventResponse.headers) response.headers.append(name, value)
    if (!isStreamed(reply.body) || response.body === null) {
      this.#resolve(response)
      this.responded(true)
    } else this.#resolve(new Response(this.#watched(response.body), response))
  }

  /** The stream of the answer, whose end is the end of the exchange. */
  #watched(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const reader = body.getReader()
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read()
          if (!done) return controller.enqueue(value)
          controller.close()
          this.responded(true)
        } catch (error) {
          controller.error(error)
          this.responded(false, error)
        }
      },
      cancel: async (reason) => {
        this.responded(false)
        await reader.cancel(reason)
      },
    })
  }
}
