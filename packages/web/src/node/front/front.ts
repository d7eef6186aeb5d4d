// A front accepts connections in place of node:http: it speaks TLS, or recognizes HTTP/2, and passes the connections on.

import type { Server, Socket } from 'node:net'
import type { ResolvedLimits } from '../limits.ts'

/** The receiver of the connections of a front. */
export interface FrontOwner {
  /** A connection that speaks HTTP/1.1. */
  http1(socket: Socket): void
  /** A connection that speaks HTTP/2. */
  http2(socket: Socket): void
}

/** Front accepts connections before HTTP. */
export interface Front {
  /** The server that accepts. */
  readonly server: Server
  /** True if its connections are encrypted. */
  readonly secure: boolean
  /** True if it also accepts HTTP/2. */
  readonly http2: boolean
  /** Releases everything but the server. */
  close(): void
}

/** Creates the front of a listener with these limits. */
export type FrontFactory = (owner: FrontOwner, limits: ResolvedLimits) => Front | Promise<Front>

/** Tracks the connections of a server that have not sent a byte yet. */
export class SilentConnections {
  readonly #sockets = new Map<Socket, number>()

  /** @param server - the server that accepts */
  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#sockets.set(socket, performance.now())
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  /** Closes those that have been silent since a time. */
  closeSince(time: number): void {
    for (const [socket, since] of this.#sockets)
      if (socket.bytesRead > 0) this.#sockets.delete(socket)
      else if (since <= time) socket.destroy()
  }

  /** Cuts all connections that are not passed on yet. */
  cut(): void {
    for (const socket of this.#sockets.keys()) socket.destroy()
  }
}
