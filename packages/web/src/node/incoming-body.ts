// The body of a request that came by a socket.

import type { Readable } from 'node:stream'
import { ResponseError } from '../errors.ts'
import { tooLarge } from '../http/body.ts'
import { type BodySource, endedTooSoon } from '../request/request-body.ts'

/** IncomingBody reads a message of node:http, or a stream of node:http2. It reads nothing before it is asked to. */
export class IncomingBody implements BodySource {
  readonly length: number | undefined
  /** The number of bytes that were read. */
  received = 0
  readonly #incoming: Readable
  readonly #onRead: () => void
  #iterator: AsyncIterator<Buffer> | undefined
  #cancelled = false

  /**
   * @param length - the announced length
   * @param onRead - called when the first byte is asked for: the time to answer `Expect: 100-continue`
   */
  constructor(incoming: Readable, length: number | undefined, onRead: () => void) {
    this.length = length
    this.#incoming = incoming
    this.#onRead = onRead
  }

  readAll(limit: number): Promise<Uint8Array> {
    const incoming = this.#incoming
    this.#assertReadable()
    this.#onRead()
    return new Promise((resolve, reject) => {
      let first: Buffer | undefined
      let rest: Buffer[] | undefined
      let size = 0
      let ended = false
      incoming.on('data', (chunk: Buffer) => {
        size += chunk.length
        this.received = size
        if (size > limit) {
          this.cancel()
          reject(tooLarge(limit))
        } else if (first === undefined) first = chunk
        else if (rest === undefined) rest = [first, chunk]
        else rest.push(chunk)
      })
      incoming.on('end', () => {
        ended = true
        resolve(rest ? Buffer.concat(rest) : (first ?? EMPTY))
      })
      incoming.on('close', () => {
        // An error is created only where it is needed: its stack costs as much as a quarter of a request.
        if (!ended) reject(endedTooSoon())
      })
    })
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#cancelled) return undefined
    if (this.#iterator === undefined) {
      this.#assertReadable()
      this.#onRead()
      this.#iterator = this.#incoming.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>
    }
    try {
      const { done, value } = await this.#iterator.next()
      if (done) return undefined
      this.received += value.length
      return value
    } catch {
      // The only error of an incoming message is its premature end.
      throw endedTooSoon()
    }
  }

  cancel(): void {
    this.#cancelled = true
    this.#incoming.removeAllListeners('data')
    this.#incoming.pause()
    void this.#iterator?.return?.()
  }

  /** A message that has ended already would never report its end again. */
  #assertReadable(): void {
    const { destroyed, readableEnded, readableDidRead } = this.#incoming
    if (readableEnded || (readableDidRead && !destroyed))
      throw new ResponseError(
        'Cannot read the request body: it was already read through node:http. Read it through `request`, or declare a body schema.',
      )
    if (destroyed) throw endedTooSoon()
  }
}

const EMPTY = Buffer.alloc(0)
