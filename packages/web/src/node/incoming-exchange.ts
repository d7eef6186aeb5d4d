// The request side of an exchange over a socket: what node:http parsed, read through our own eyes.

import type { IncomingMessage } from 'node:http'
import { parseTarget } from '../http/request-target.ts'
import type { CommonHeaders } from '../http/security-headers.ts'
import { type ClientInfo, requestURL } from '../http/trust-proxy.ts'
import { Exchange } from '../request/exchange.ts'

/** What the exchanges of one transport have in common. */
export interface NodeSettings {
  /** Headers of every answer. */
  readonly headers: CommonHeaders
  /** Who the client is, given what connected and what it said. */
  readonly origin: (address: string | undefined, headers: IncomingMessage['headers']) => ClientInfo
}

/** An exchange whose request came by a socket. */
export abstract class IncomingExchange extends Exchange {
  readonly method: string
  readonly path: string
  readonly search: string
  protected readonly incoming: IncomingMessage
  protected readonly settings: NodeSettings
  #origin: ClientInfo | undefined

  constructor(incoming: IncomingMessage, settings: NodeSettings) {
    super()
    const { path, search } = parseTarget(incoming.url!)
    this.method = incoming.method!
    this.path = path
    this.search = search
    this.incoming = incoming
    this.settings = settings
  }

  get headers(): IncomingMessage['headers'] {
    return this.incoming.headers
  }

  header(name: string): string | undefined {
    const value = this.incoming.headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }

  get ip(): string | undefined {
    return this.#from.ip
  }

  get url(): URL {
    return requestURL(this.#from, this.path, this.search)
  }

  get #from(): ClientInfo {
    this.#origin ??= this.settings.origin(this.incoming.socket.remoteAddress, this.incoming.headers)
    return this.#origin
  }

  get hasBody(): boolean {
    const { headers } = this.incoming
    return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
  }

  protected createRequest(): Request {
    const { method } = this
    const headers = new Headers()
    const raw = this.incoming.rawHeaders
    for (let i = 0; i < raw.length; i += 2) headers.append(raw[i]!, raw[i + 1]!)
    const body = method === 'GET' || method === 'HEAD' || !this.hasBody ? null : this.requestBody()
    return new Request(this.url, {
      method,
      headers,
      signal: this.signal,
      body,
      duplex: 'half',
    } as RequestInit)
  }

  protected requestBody(): RequestInit['body'] {
    return null
  }
}
