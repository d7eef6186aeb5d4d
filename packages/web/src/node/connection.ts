// One connection of a client: the requests that are open on it, their limits, and its end.

import type { Socket } from 'node:net'
import { type Duration, Progress } from './progress.ts'

/** The time that a connection stays half-open after its last answer, in ms: the client reads that answer and closes. */
const CLOSE_GRACE_MS = 100
/** The limits of a connection that stays half-open while its client sends a body that is not used. */
const LINGER_IDLE_MS = 2_000
const LINGER_TOTAL_MS = 30_000
const LINGER_BYTES = 64 * 1024 * 1024
/** The number of requests of one connection that are answered at a time. Further pipelined requests wait. */
const MAX_OPEN_EXCHANGES = 16
/** The number of bytes that may wait for the client before a further request is answered. */
const MAX_WAITING_BYTES = 1024 * 1024

/** The part of an exchange that its connection depends on. */
export interface OpenExchange {
  /** True when the whole request has arrived. */
  readonly complete: boolean
  /** True when the head of the answer has been sent. */
  readonly begun: boolean
  /** True while the application waits for more of the body. */
  readonly bodyPending: boolean
  /** The id of the request. */
  readonly id: string
  /** Notes the answer that the connection gives in its place. */
  refused(status: number, bytes: number): void
  /** Closes the connection after this answer. */
  closeAfterResponse(): void
  /** Reads the rest of the body without keeping it. */
  discardBody(): void
  /** The connection has closed. */
  connectionClosed(): void
  cut(reason: unknown): void
}

/** The part of a listener that a connection depends on. */
export interface ConnectionOwner {
  /** True while the listener accepts no more connections and ends those it has. */
  readonly draining: boolean
  /** The last lines of the head of an answer after which the connection stays open. */
  readonly keepAliveHeaders: string
}

/** Connection is one connection of a client. It alone ends its exchanges when the socket closes. */
export class Connection {
  readonly socket: Socket
  readonly #owner: ConnectionOwner
  /** The newest open exchange, and those that are pipelined before it, oldest first: nearly always none. */
  #newest: OpenExchange | undefined
  #older: OpenExchange[] | undefined
  readonly #progress: Progress
  #waiting: Array<() => void> | undefined
  #onIdle: (() => void) | undefined
  #requests = 0
  // performance.now(): the time of day may be set back, and would keep a connection in a drain.
  #idleSince = performance.now()
  #longestGapMs = 0
  #bytesAtDrain = -1
  /** True when an answer with `Connection: close` is being sent. A request after it is not accepted. */
  closing = false
  /** True when the connection has changed to another protocol. */
  upgraded = false

  constructor(socket: Socket, owner: ConnectionOwner) {
    this.socket = socket
    this.#owner = owner
    this.#progress = new Progress(socket)
    // node removes its own listener before `connect` and `upgrade`. Without one, a reset would end the process.
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#waiting = undefined
      // node reports the end of a connection only to the response that is being sent, not to those that are queued.
      for (const exchange of this.exchanges) exchange.connectionClosed()
    })
  }

  /** The number of requests that wait for their answer. */
  get openExchanges(): number {
    return this.#newest === undefined ? 0 : 1 + (this.#older?.length ?? 0)
  }

  /** The requests that wait for their answer, oldest first. */
  get exchanges(): readonly OpenExchange[] {
    return this.#newest === undefined ? [] : [...(this.#older ?? []), this.#newest]
  }

  /** The newest request that waits for its answer. */
  get newestExchange(): OpenExchange | undefined {
    return this.#newest
  }

  /** True when the listener has stopped accepting and the connection is about to end. */
  get draining(): boolean {
    return this.#owner.draining
  }

  /** The last lines of the head of an answer after which the connection stays open. */
  get keepAliveHeaders(): string {
    return this.#owner.keepAliveHeaders
  }

  /** Accepts a request: now, or after those before it, if too many are open or too many bytes wait for the client. */
  accept(begin: () => void): void {
    if (!this.busy) return begin()
    this.#waiting ??= []
    this.#waiting.push(begin)
    this.socket.pause()
  }

  /** Stops reading. Returns false if nothing is read already, or the connection speaks another protocol. */
  hold(): boolean {
    const { socket } = this
    if (this.upgraded || socket.isPaused()) return false
    socket.pause()
    // node resumes a socket after each answer.
    Object.assign(socket, { resume: () => socket })
    return true
  }

  /** Reads on after `hold`, unless requests wait. */
  release(): void {
    Reflect.deleteProperty(this.socket, 'resume')
    if (this.#waiting === undefined) this.socket.resume()
  }

  /** True while a further request must wait. */
  get busy(): boolean {
    return this.#waiting !== undefined || this.#full
  }

  get #full(): boolean {
    return (
      this.#newest !== undefined &&
      (this.openExchanges >= MAX_OPEN_EXCHANGES || this.socket.writableLength > MAX_WAITING_BYTES)
    )
  }

  /** Reports whether the client has connected less than `ms` ago, and its first request may be on its way. */
  isNew(now: number, ms: Duration): boolean {
    return this.#requests === 0 && now - this.#idleSince < ms
  }

  /** A request has begun. */
  exchangeStarted(exchange: OpenExchange): void {
    if (this.#newest !== undefined) {
      this.#older ??= []
      this.#older.push(this.#newest)
    } else if (this.#requests > 0) {
      const pause = performance.now() - this.#idleSince
      if (pause > this.#longestGapMs) this.#longestGapMs = pause
    }
    this.#requests++
    this.#newest = exchange
  }

  /** An answer has ended. */
  exchangeEnded(exchange: OpenExchange): void {
    if (this.#newest === exchange) this.#newest = this.#older?.pop()
    else {
      const at = this.#older?.indexOf(exchange) ?? -1
      if (at >= 0) this.#older!.splice(at, 1)
    }
    if (this.#newest === undefined) {
      this.#idleSince = performance.now()
      this.#onIdle?.()
    }
    if (this.#waiting !== undefined) this.#acceptWaiting(this.#waiting)
  }

  /** Calls back when no request waits for its answer: now, or when the last one has ended. */
  whenIdle(listener: () => void): void {
    if (this.#newest === undefined) listener()
    else this.#onIdle = listener
  }

  #acceptWaiting(waiting: Array<() => void>): void {
    while (waiting.length > 0 && !this.#full && !this.socket.destroyed) waiting.shift()!()
    if (waiting.length > 0 || this.#waiting !== waiting) return
    this.#waiting = undefined
    this.socket.resume()
  }

  /**
   * Reports whether the answer must say `Connection: close`. Only the newest does: node drops the requests that are pipelined
   * behind an answer that closes, and those have been accepted.
   */
  mustClose(exchange: OpenExchange): boolean {
    if (!this.#owner.draining || this.newestExchange !== exchange || this.#waiting !== undefined) return false
    this.closeAfterResponse(false)
    return true
  }

  /**
   * Closes in two steps after the last answer (RFC 9112 section 9.6): a socket that is destroyed with unread bytes sends
   * a reset, and a reset takes back what the client has not read yet, the answer included.
   *
   * @param unread - true if the client still sends a body that is not going to be used
   */
  closeAfterResponse(unread: boolean): void {
    const { socket } = this
    this.closing = true
    socket.destroySoon = () => {
      // A response may finish after its connection has closed: the event that ends the timer would not come again.
      if (socket.destroyed) return
      socket.end()
      this.newestExchange?.discardBody()
      const began = performance.now()
      const atFirst = socket.bytesRead
      let before = atFirst
      const timer = setInterval(
        () => {
          const moved = socket.bytesRead > before
          before = socket.bytesRead
          const lingering =
            unread && moved && before - atFirst < LINGER_BYTES && performance.now() - began < LINGER_TOTAL_MS
          if (!lingering) socket.destroy()
        },
        unread ? LINGER_IDLE_MS : CLOSE_GRACE_MS,
      )
      socket.once('close', () => clearInterval(timer))
    }
  }

  /**
   * The time until which an idle connection is kept in a drain that began at `since`: long enough for a client to send
   * once more at its usual pace and to receive `Connection: close`. A client that paused for 3 s between two requests
   * before is expected to do so again, within the keep-alive time that every answer promised. It is kept for at most
   * `patience` ms.
   */
  idleDeadline(since: number, idleTimeout: number, keepAlive: number, patience: number): number {
    const { bytesRead } = this.socket
    // The head of a request is arriving: its own time limit applies, not the drain's.
    if (this.#bytesAtDrain >= 0 && bytesRead > this.#bytesAtDrain && this.#newest === undefined)
      return Number.POSITIVE_INFINITY
    this.#bytesAtDrain = bytesRead
    const pace = this.#requests > 1 ? Math.min(keepAlive, 2 * this.#longestGapMs) : 0
    return Math.min(since + patience, Math.max(since + idleTimeout, this.#idleSince + pace))
  }

  /** Reports whether the client sends the body of a request more slowly than at `rate` bytes per second over `timeout` ms. */
  bodyStalled(now: number, timeout: number, rate: number): boolean {
    return this.#progress.readStalled(now, this.newestExchange?.bodyPending === true, timeout, rate)
  }

  /** The time since which the client has read none of the bytes that wait for it, in ms. */
  unreadFor(now: number): Duration {
    return this.#progress.unreadFor(now)
  }
}
