// The id of a request: the trace id that it arrived with, or a fresh one of the same form.

import { randomBytes } from 'node:crypto'

/** The header of the answer that carries the id. */
export const REQUEST_ID_HEADER = 'x-request-id'

/** The number of ids that are made of one piece of random bytes. */
const BATCH = 256
/** The length of an id: 16 bytes in hexadecimal, the form of a trace id. */
const LENGTH = 32

/** RequestIds makes ids: random bytes in batches, because a call for each request costs more than the rest of it. */
export class RequestIds {
  #batch = ''
  #at = 0

  /** Returns a fresh id. */
  next(): string {
    if (this.#at === this.#batch.length) {
      this.#batch = randomBytes(BATCH * (LENGTH / 2)).toString('hex')
      this.#at = 0
    }
    const id = this.#batch.slice(this.#at, this.#at + LENGTH)
    this.#at += LENGTH
    return id
  }
}

/** Returns a fresh id where there is no application that makes them. */
export const freshRequestId = (): string => randomBytes(LENGTH / 2).toString('hex')
