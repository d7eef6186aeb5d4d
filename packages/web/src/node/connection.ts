// One connection of a client: which requests are open on it, and how it ends without losing one.

import type { Socket } from 'node:net'
import type { NodeExchange } from './node-exchange.ts'

/** How long a connection that was told to close may stay half-open, in ms: its last bytes are read and dropped. */
const LINGER_MS = 100

/** What a connection must know of its listener. */
export interface ConnectionOwner {
  /** The listener accepts no more connections, and those it has come to their end. */
  readonly draining: boolean
  /** The last lines of the head of an answer after which the connection stays open. */
  readonly keepAliveHeaders: string
}

/** One connection of a client. */
export class Connection {
  readonly socket: Socket
  readonly #owner: ConnectionOwner
  #newest: NodeExchange | undefined
  #open = 0
  #requests = 0
  #idleSince = Date.now()
  #maxRetryDelay = 0
  #bytesAtDrain = -1
  /** The answer that says `Connection: close` is under way: what comes after it is not taken on. */
  closing = false
  /** It speaks another protocol by now. */
  upgraded = false

  constructor(socket: Socket, owner: ConnectionOwner) {
    this.socket = socket
    this.#owner = owner
  }

  /** How many requests wait for their answer. */
  get openExchanges(): number {
    return this.#open
  }

  /** The request that came last, if it still waits for its answer. */
  get newestExchange(): NodeExchange | undefined {
    return this.#newest
  }

  /** The listener has stopped accepting, and the connection comes to its end. */
  get draining(): boolean {
    return this.#owner.draining
  }

  /** The last lines of the head of an answer after which the connection stays open. */
  get keepAliveHeaders(): string {
    return this.#owner.keepAliveHeaders
  }

  /** A request has come. */
  began(exchange: NodeExchange): void {
    if (this.#open++ === 0 && this.#requests > 0) {
      const pause = Date.now() - this.#idleSince
      if (pause > this.#maxRetryDelay) this.#maxRetryDelay = pause
    }
    this.#requests++
    this.#newest = exchange
  }

  /** Its answer has ended. */
  ended(exchange: NodeExchange): void {
    if (this.#newest === exchange) this.#newest = undefined
    if (--this.#open === 0) this.#idleSince = Date.now()
  }

  /**
   * Whether the answer has to say `Connection: close`. Only the newest does: node drops what was pipelined behind
   * an answer that closes, and those requests have been taken on.
   */
  mustClose(exchange: NodeExchange): boolean {
    if (!this.#owner.draining || this.#newest !== exchange) return false
    this.closing = true
    this.closeLingering()
    return true
  }

  /**
   * Closes in two steps after the last answer: a socket that is destroyed with unread bytes sends a reset, and a
   * reset takes back what the client has not read yet, the answer included.
   */
  closeLingering(): void {
    const { socket } = this
    this.closing = true
    socket.destroySoon = () => {
      socket.end()
      this.#newest?.discard()
      const timer = setTimeout(() => socket.destroy(), LINGER_MS)
      socket.once('close', () => clearTimeout(timer))
    }
  }

  /**
   * Until when an idle connection is kept in a drain that began at `since`: long enough for a client in its rhythm to
   * send once more and be told to close. Who paused 3 s between two requests before will do so again; but nobody is
   * waited for longer than the keep-alive time that every answer promised.
   */
  deadline(since: number, grace: number, keepAlive: number): number {
    const { bytesRead } = this.socket
    // The head of a request is arriving: the time limit for heads decides, not the drain.
    if (this.#bytesAtDrain >= 0 && bytesRead > this.#bytesAtDrain && this.#open === 0)
      return Number.POSITIVE_INFINITY
    this.#bytesAtDrain = bytesRead
    const rhythm = this.#requests > 1 ? Math.min(keepAlive, 2 * this.#maxRetryDelay) : 0
    return Math.max(since + grace, this.#idleSince + rhythm)
  }
}
