// The progress of a connection in both directions, sampled from time to time.

import type { Socket } from 'node:net'

/** A time span in ms. */
export type Duration = number

/** libuv's counters of a socket: the bytes that were written to it, and those of them that the system has not accepted. */
interface WriteHandle {
  readonly bytesWritten?: number
  readonly writeQueueSize?: number
}

/** Progress measures whether a client sends and reads. */
export class Progress {
  readonly #socket: Socket
  #accepted = -1
  #acceptedSince = 0
  #received = -1
  #receivedSince = 0

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** The time since which the system has accepted none of the bytes that wait, in ms; 0 if none wait. */
  unreadFor(now: number): Duration {
    // The counters of libuv cost microseconds, and most connections are idle.
    if (this.#socket.writableLength === 0) {
      this.#accepted = -1
      return 0
    }
    const handle = (this.#socket as Socket & { readonly _handle?: WriteHandle | null })._handle
    const queued = handle?.writeQueueSize ?? 0
    const accepted = (handle?.bytesWritten ?? 0) - queued
    if (accepted !== this.#accepted) {
      this.#accepted = accepted
      this.#acceptedSince = now
    }
    return now - this.#acceptedSince
  }

  /** Reports whether fewer than `rate` bytes per second have arrived over `timeout` ms in which more were `awaited`. */
  readStalled(now: number, awaited: boolean, timeout: number, rate: number): boolean {
    if (!awaited) {
      this.#received = -1
      return false
    }
    const { bytesRead } = this.#socket
    if (this.#received < 0) {
      this.#received = bytesRead
      this.#receivedSince = now
      return false
    }
    if (now - this.#receivedSince < timeout) return false
    const stalled = bytesRead - this.#received < (rate * (now - this.#receivedSince)) / 1_000
    this.#received = bytesRead
    this.#receivedSince = now
    return stalled
  }
}
