// One HTTP/2 connection of a client: its open streams, their limits, and its end.

import type { ServerHttp2Session } from 'node:http2'

/** The highest id of a stream: a GOAWAY with it announces the end without refusing anything (RFC 9113, section 6.8). */
const MAX_STREAM_ID = 2 ** 31 - 1
/** The longest time in which a client must acknowledge a ping in a drain, in ms. */
const PING_GRACE_MS = 3_000

/** The part of an exchange that its connection depends on. */
export interface OpenStream {
  /** Reports whether it is an exchange of the transport with these settings. */
  belongsTo(settings: object): boolean
  /** The time since which the client has taken none of the bytes that wait for it, in ms. */
  unreadFor(now: number): number
  /** Reports whether the client sends the body of a request more slowly than at `rate` bytes per second. */
  bodyStalled(now: number, timeout: number, rate: number): boolean
  cut(reason: unknown): void
}

/** Http2Connection is one HTTP/2 connection. */
export class Http2Connection {
  readonly session: ServerHttp2Session
  readonly #exchanges = new Set<OpenStream>()
  #idleSince = performance.now()
  #used = false
  #draining = false

  constructor(session: ServerHttp2Session) {
    this.session = session
  }

  /** The requests that wait for their answer. */
  get exchanges(): Iterable<OpenStream> {
    return this.#exchanges
  }

  /** The number of requests that wait for their answer. */
  get openExchanges(): number {
    return this.#exchanges.size
  }

  /** A request has begun. */
  exchangeStarted(exchange: OpenStream): void {
    this.#used = true
    this.#exchanges.add(exchange)
  }

  /** An answer has ended. */
  exchangeEnded(exchange: OpenStream): void {
    this.#exchanges.delete(exchange)
    if (this.#exchanges.size === 0) this.#idleSince = performance.now()
  }

  /** Reports whether no request has been open for a time, in ms: another one before the first request. */
  isIdle(now: number, first: number, next: number): boolean {
    return this.#exchanges.size === 0 && now - this.#idleSince >= (this.#used ? next : first)
  }

  /**
   * Ends the connection without losing a request, in two steps: a GOAWAY that refuses nothing, and, when the answer to a
   * ping says that the client has read it, one that names the last stream. Every stream that the client opened before is
   * answered by then. A client that does not answer the ping within `patience` ms is not waited for.
   */
  drain(patience = PING_GRACE_MS): void {
    if (this.#draining || this.session.destroyed) return
    this.#draining = true
    const timer = setTimeout(close, Math.min(PING_GRACE_MS, patience), this.session).unref()
    try {
      this.session.goaway(0, MAX_STREAM_ID)
      this.session.ping(() => {
        clearTimeout(timer)
        close(this.session)
      })
    } catch {
      // Too many pings are open, or the socket is closing: the timer ends the session.
    }
  }

  /** Cuts the connection. */
  destroy(): void {
    this.session.destroy()
  }
}

/** Names the last stream, and closes the socket when the open ones have ended. */
function close(session: ServerHttp2Session): void {
  if (!session.closed && !session.destroyed) session.close()
}
