// node:http's response, and a shorter way to send the usual answer by it.

import { ServerResponse, STATUS_CODES } from 'node:http'
import type { NodeExchange } from './node-exchange.ts'

/** node:http's response, with the exchange it answers: a field costs less than a closure for every listener. */
export class AppResponse extends ServerResponse {
  /** @internal */
  exchange: NodeExchange | undefined = undefined
  // What node has inside, under these names since its first versions: the head as it goes out, and the function that
  // puts the first piece of the body behind it. Where a node has them no more, `sendAtOnce` sends nothing.
  declare private _header: string | null | undefined
  declare private _send: ((data: string, encoding: 'utf8') => boolean) | undefined

  /**
   * Sends a whole answer in one write. node's `writeHead` and `end` check and join the same headers for each answer
   * and write twice; without that a server answers a tenth more requests in the same time. False, with nothing sent,
   * where the answer is not a usual one: then it goes node's way.
   *
   * @param lines - headers, each with its line end, already checked
   * @param closing - what ends the head: date and the promise to keep the connection
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
      status === 304 ||
      // Somebody else, an agent that watches the process perhaps, has put a header on it.
      this.getHeaderNames().length > 0
    )
      return false
    this.statusCode = status
    this._header = `HTTP/1.1 ${status} ${reason}\r\n${lines}content-length: ${Buffer.byteLength(body)}\r\n${ending}`
    this._send(body, 'utf8')
    this.end()
    return true
  }
}
