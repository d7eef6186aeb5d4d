// The HTTP/2 connections of a listener.

import {
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Socket } from 'node:net'
import type { ResolvedLimits } from '../limits.ts'
import { Http2Connection } from './http2-connection.ts'
import type { StreamRequest } from './http2-exchange.ts'

/** The time in which a client must read something in a drain, in ms. */
const STALLED_ON_DRAIN_MS = 2_000

/** Http2Sessions turns sockets into connections, and ends those whose clients neither send nor read. */
export class Http2Sessions {
  readonly #limits: ResolvedLimits
  readonly #connections = new Set<Http2Connection>()
  readonly #server

  /** @param onStream - called for each request */
  constructor(
    limits: ResolvedLimits,
    onStream: (request: StreamRequest, connection: Http2Connection) => void,
  ) {
    this.#limits = limits
    // It never listens: sockets are passed to it.
    this.#server = createServer({
      settings: {
        maxConcurrentStreams: limits.maxConcurrentStreams,
        maxHeaderListSize: limits.maxHeaderSize,
      },
      maxSendHeaderBlockLength: 1_048_576,
    })
    this.#server.on('session', (session: ServerHttp2Session) => {
      const connection = new Http2Connection(session)
      this.#connections.add(connection)
      session.on('error', () => {})
      session.on('close', () => this.#connections.delete(connection))
      session.on(
        'stream',
        (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, rawHeaders: string[]) =>
          onStream({ stream, headers, rawHeaders }, connection),
      )
    })
    this.#server.on('sessionError', () => {})
  }

  /** The open connections. */
  get connections(): Iterable<Http2Connection> {
    return this.#connections
  }

  /** Takes a connection that speaks HTTP/2. */
  accept(socket: Socket): void {
    // A client of HTTP/1.1 may close its side and read on. In HTTP/2 a client that has closed reads no answer.
    socket.allowHalfOpen = false
    this.#server.emit('connection', socket)
  }

  /**
   * Begins to end every connection in order. Called repeatedly: connections may still arrive.
   *
   * @param patience - the longest time to wait for a client, in ms
   */
  drain(patience: number): void {
    const now = performance.now()
    for (const connection of this.#connections) {
      connection.drain(patience)
      this.#cutStalled(connection, now, Math.min(STALLED_ON_DRAIN_MS, patience))
    }
  }

  /** Ends the connections and streams whose clients neither send nor read. */
  check(): void {
    const now = performance.now()
    const { headersTimeout, keepAliveTimeout, requestTimeout, minBodyRate, writeTimeout } = this.#limits
    for (const connection of this.#connections) {
      if (connection.isIdle(now, headersTimeout, keepAliveTimeout)) connection.drain()
      if (writeTimeout > 0) this.#cutStalled(connection, now, writeTimeout)
      if (requestTimeout === 0) continue
      for (const exchange of [...connection.exchanges])
        if (exchange.bodyStalled(now, requestTimeout, minBodyRate))
          exchange.cut(new DOMException('the body does not arrive', 'TimeoutError'))
    }
  }

  /** Cuts every connection. */
  close(): void {
    for (const connection of this.#connections) connection.destroy()
  }

  #cutStalled(connection: Http2Connection, now: number, timeout: number): void {
    for (const exchange of [...connection.exchanges])
      if (exchange.unreadFor(now) >= timeout)
        exchange.cut(new DOMException('the client does not read its answer', 'TimeoutError'))
  }
}
