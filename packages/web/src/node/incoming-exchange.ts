// The request side of an exchange over a socket.

import type { IncomingMessage } from 'node:http'
import { isRequestId, traceIdOf } from '@myfy/core/runtime'
import { type ClientInfo, type ClientInfoReader, requestURL } from '../client/trust-proxy.ts'
import { hasValidHost, INVALID_TARGET, parseTarget } from '../http/request-target.ts'
import { Exchange } from '../request/exchange.ts'
import type { BodySource } from '../request/request-body.ts'
import { REQUEST_ID_HEADER } from '../request/request-id.ts'
import type { CommonHeaders } from '../response/security-headers.ts'
import { IncomingBody } from './incoming-body.ts'

/** The settings that all exchanges of one transport share. */
export interface NodeSettings {
  /** The headers of every answer. */
  readonly headers: CommonHeaders
  /** Determines the client from the address of the connection and the headers of the request. */
  readonly origin: ClientInfoReader
}

/** IncomingExchange is an exchange whose request came by a socket. */
export abstract class IncomingExchange extends Exchange {
  readonly method: string
  readonly path: string
  readonly search: string
  protected readonly incoming: IncomingMessage
  protected readonly settings: NodeSettings
  #client: ClientInfo | undefined
  readonly #targetHost: string | undefined

  constructor(incoming: IncomingMessage, settings: NodeSettings) {
    super()
    const { path, search, host } = hasValidHost(incoming) ? parseTarget(incoming.url!) : INVALID_TARGET
    this.method = incoming.method!
    this.path = path
    this.search = search
    this.#targetHost = host
    this.incoming = incoming
    this.settings = settings
  }

  get headers(): IncomingMessage['headers'] {
    return this.incoming.headers
  }

  header(name: string): string | undefined {
    // The raw list: node parses all `headers` when they are first read, which costs more than a few searches.
    const { rawHeaders } = this.incoming
    let found: string | undefined
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const given = rawHeaders[i]!
      if (given.length !== name.length || given.toLowerCase() !== name) continue
      if (found !== undefined) return this.#repeated(name)
      found = rawHeaders[i + 1]
    }
    return found
  }

  /** The value of a header that occurs several times: node joins some and keeps the first of others. */
  #repeated(name: string): string | undefined {
    const value = this.incoming.headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }

  *headerPairs(): Generator<readonly [string, string]> {
    const { rawHeaders } = this.incoming
    for (let i = 0; i < rawHeaders.length; i += 2) yield [rawHeaders[i]!, rawHeaders[i + 1]!]
  }

  override get protocolVersion(): string {
    return this.incoming.httpVersion
  }

  get peerAddress(): string | undefined {
    // A Unix socket has no address; its file has permissions instead.
    return this.incoming.socket.remoteAddress
  }

  override get peerPort(): number | undefined {
    return this.incoming.socket.remotePort
  }

  get ip(): string | undefined {
    return this.#from.ip
  }

  get url(): URL {
    return requestURL(this.#from, this.path, this.search)
  }

  get #from(): ClientInfo {
    this.#client ??= this.settings.origin(
      this.incoming.socket.remoteAddress,
      this.incoming.headers,
      this.#targetHost,
      (this.incoming.socket as { encrypted?: boolean }).encrypted === true,
    )
    return this.#client
  }

  get hasBody(): boolean {
    // The raw list: node parses `headers` when it is first read, and a request without a body never needs that.
    const { rawHeaders } = this.incoming
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = rawHeaders[i]!
      if (name.length === 14 && name.toLowerCase() === 'content-length') {
        if (rawHeaders[i + 1] !== '0') return true
      } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') return true
    }
    return false
  }

  get bodyPending(): boolean {
    const { incoming } = this
    if (incoming.complete || incoming.destroyed || incoming.readableLength > 0 || !this.hasBody) return false
    return incoming.readableFlowing === true || incoming.listenerCount('readable') > 0
  }

  protected arrivedId(): string | undefined {
    // The raw list: node parses `headers` when it is first read, and most requests never need that.
    const { rawHeaders } = this.incoming
    let given: string | undefined
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = rawHeaders[i]!
      if (name.length === 11 && name.toLowerCase() === 'traceparent') {
        const traceId = traceIdOf(rawHeaders[i + 1]!)
        if (traceId !== undefined) return traceId
      } else if (name.length === 12 && name.toLowerCase() === REQUEST_ID_HEADER) given ??= rawHeaders[i + 1]!
    }
    return given !== undefined && isRequestId(given) && this.#from.trusted ? given : undefined
  }

  protected openBody(): BodySource {
    const length = this.header('content-length')
    return new IncomingBody(this.incoming, length === undefined ? undefined : Number(length), () =>
      this.bodyWanted(),
    )
  }

  /** The first byte of the body is asked for. */
  protected abstract bodyWanted(): void
}
