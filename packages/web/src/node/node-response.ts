// The request and response classes of node:http with the additions of this package.

import { IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'

/** Decides whether a request that offers another protocol is upgraded. */
export type UpgradePredicate = (incoming: IncomingMessage) => boolean

/**
 * Returns the class of requests for a server. node reads `upgrade` when the head is complete: if it is true, the socket
 * leaves node:http. Here the route decides, not the client: an offer that is declined is an ordinary request with its
 * body (RFC 9110 section 7.8).
 */
export function requestClass(accepts: UpgradePredicate): typeof IncomingMessage {
  return class AppRequest extends IncomingMessage {
    // Not a field: node assigns `upgrade` in the base constructor, before fields of this class exist.
    declare private _offered: boolean | null
    declare private _accepted: boolean | undefined

    get upgrade(): boolean | null {
      if (!this._offered || this.method === 'CONNECT') return this._offered
      this._accepted ??= accepts(this)
      return this._accepted
    }

    set upgrade(offered: boolean | null) {
      this._offered = offered
    }
  }
}

/** The part of an exchange that its response depends on. */
export interface ResponseOwner {
  /** Called before the head of the answer is written: it says whether the connection stays open. */
  beforeHead(): void
  /** The response has ended, or its connection. */
  connectionClosed(): void
}

/** node:http's response with the exchange that it answers: a field costs less than a closure for every listener. */
export class AppResponse extends ServerResponse {
  /** @internal */
  exchange: ResponseOwner | undefined = undefined
  // Internals of node under these names since its first versions: the head as it is sent, and the function that puts the
  // first piece of the body behind it. In a node without them, `sendAtOnce` sends nothing.
  declare private _header: string | null | undefined
  declare private _send: ((data: string, encoding: 'utf8') => boolean) | undefined

  /**
   * Sends a whole answer in one write. node's `writeHead` and `end` check and join the same headers for each answer and
   * write twice; without that a server answers a tenth more requests in the same time. Returns false, with nothing
   * sent, where the answer is not a usual one: then it is sent the ordinary way.
   *
   * @param lines - headers, each with its line end, already validated
   * @param ending - the end of the head: the date and the keep-alive headers
   */
  sendAtOnce(status: number, lines: string, body: string, ending: string): boolean {
    const reason = STATUS_CODES[status]
    if (
      this._header !== null ||
      typeof this._send !== 'function' ||
      !this.shouldKeepAlive ||
      reason === undefined ||
      status < 200 ||
      status === 204 ||
      status === 205 ||
      status === 304 ||
      // Other code, a monitoring agent perhaps, has set a header on it.
      this.getHeaderNames().length > 0
    )
      return false
    this.statusCode = status
    this._header = `HTTP/1.1 ${status} ${reason}\r\n${lines}content-length: ${Buffer.byteLength(body)}\r\n${ending}`
    this._send(body, 'utf8')
    this.end()
    return true
  }

  /** Writes the head. Every answer passes here: those of this package, and those of a mounted node:http application. */
  override writeHead(status: number, ...rest: unknown[]): this {
    this.exchange?.beforeHead()
    return super.writeHead(status, ...(rest as []))
  }
}

/** The response to a request whose socket has left node:http. */
export function detachedResponse(incoming: IncomingMessage, socket: Socket): AppResponse {
  const response = new AppResponse(incoming)
  response.shouldKeepAlive = false
  response.assignSocket(socket)
  response.on('finish', () => socket.destroySoon())
  return response
}
