// A WebSocket on a bare connection, with any headers and over TLS: the WebSocket of Node.js has neither option.

import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import { onTestFinished } from 'vitest'

/** The key of RFC 6455, section 1.3, and the header that accepts it. */
export const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
export const ACCEPTED = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='

/** An open connection, or a refused one. */
export class RawWebSocket {
  /** The answer to the handshake. */
  readonly response: IncomingMessage
  readonly #socket: Duplex | undefined
  #bytes: Buffer
  #ended = false
  #wake = () => {}

  private constructor(response: IncomingMessage, socket?: Duplex, head: Buffer = Buffer.alloc(0)) {
    this.response = response
    this.#socket = socket
    this.#bytes = head
    socket?.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk])
      this.#wake()
    })
    socket?.on('error', () => {})
    socket?.on('close', () => {
      this.#ended = true
      this.#wake()
    })
  }

  static open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<RawWebSocket> {
    const options = {
      agent: false,
      rejectUnauthorized: false,
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-key': KEY,
        'sec-websocket-version': '13',
        ...headers,
      },
    } as const
    return new Promise((resolve, reject) => {
      const sent = url.startsWith('https') ? httpsRequest(url, options) : httpRequest(url, options)
      sent.on('upgrade', (response, socket, head) => {
        onTestFinished(() => void socket.destroy())
        resolve(new RawWebSocket(response, socket, head))
      })
      sent.on('response', (response) => resolve(new RawWebSocket(response.resume())))
      sent.on('error', reject)
      sent.end()
    })
  }

  /** The next text of less than 126 bytes; or the code of the close, 1006 for a connection that was cut. */
  async next(): Promise<string | number> {
    while (this.#bytes.length < 2 || this.#bytes.length < 2 + this.#bytes[1]!) {
      if (this.#ended) return 1006
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    const [first, length] = [this.#bytes[0]!, this.#bytes[1]!]
    const payload = this.#bytes.subarray(2, 2 + length)
    this.#bytes = this.#bytes.subarray(2 + length)
    if ((first & 0x0f) !== 8) return payload.toString()
    this.#send(0x88, payload)
    return payload.readUInt16BE(0)
  }

  /** Sends a text of less than 126 bytes. */
  send(text: string): void {
    this.#send(0x81, Buffer.from(text))
  }

  /** A client masks its frames; the mask may be zero. */
  #send(first: number, payload: Buffer): void {
    this.#socket!.write(Buffer.concat([Buffer.from([first, 0x80 | payload.length, 0, 0, 0, 0]), payload]))
  }
}
