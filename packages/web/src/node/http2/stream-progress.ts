// The progress of one HTTP/2 stream in both directions. Its flow control is its own: a client may read other streams of
// the same connection and leave this one.

import type { ServerHttp2Stream } from 'node:http2'

/** StreamProgress measures whether a client sends and reads. */
export class StreamProgress {
  readonly #stream: ServerHttp2Stream
  /** The number of writes that the client has not taken yet. */
  #waiting = 0
  #takenAt = performance.now()
  #received = -1
  #receivedSince = 0

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream
  }

  /** Writes a piece. Returns false if the caller should wait. */
  write(chunk: string | Uint8Array): boolean {
    this.#begin()
    return this.#stream.write(chunk, () => this.#taken())
  }

  /** Writes the last piece. */
  end(chunk: Uint8Array): void {
    this.#begin()
    this.#stream.end(chunk, () => this.#taken())
  }

  /** The time since which the client has taken none of the bytes that wait, in ms; 0 if none wait. */
  unreadFor(now: number): number {
    return this.#waiting === 0 ? 0 : now - this.#takenAt
  }

  /** Reports whether fewer than `rate` bytes per second have arrived over `timeout` ms in which more were `awaited`. */
  readStalled(now: number, received: number, awaited: boolean, timeout: number, rate: number): boolean {
    if (!awaited || this.#received < 0) {
      this.#received = awaited ? received : -1
      this.#receivedSince = now
      return false
    }
    if (now - this.#receivedSince < timeout) return false
    const stalled = received - this.#received < (rate * (now - this.#receivedSince)) / 1_000
    this.#received = received
    this.#receivedSince = now
    return stalled
  }

  #begin(): void {
    if (this.#waiting === 0) this.#takenAt = performance.now()
    this.#waiting++
  }

  #taken(): void {
    this.#waiting--
    this.#takenAt = performance.now()
  }
}
