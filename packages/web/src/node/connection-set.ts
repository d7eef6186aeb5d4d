// The open connections of a listener over HTTP/1.1: which are read, and which have to end.

import type { Socket } from 'node:net'
import type { Connection } from './connection.ts'
import type { ResolvedLimits } from './limits.ts'

/** ConnectionSet is the open connections of a listener. */
export class ConnectionSet implements Iterable<Connection> {
  readonly #limits: ResolvedLimits
  readonly #open = new Set<Connection>()
  /** The connections from which nothing is read; undefined while all are. */
  #held: Connection[] | undefined

  constructor(limits: ResolvedLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#open.size
  }

  [Symbol.iterator](): Iterator<Connection> {
    return this.#open.values()
  }

  /** Adds a connection until its socket closes. */
  add(connection: Connection): void {
    this.#open.add(connection)
    // node starts to read in the next tick.
    if (this.#held !== undefined)
      process.nextTick(() => {
        if (this.#held !== undefined && connection.hold()) this.#held.push(connection)
      })
    connection.socket.on('close', () => this.#open.delete(connection))
  }

  /** Reads nothing from the connections, nor from those that are added, until the function that it returns is called. */
  hold(): () => void {
    const held = [...this.#open].filter((connection) => connection.hold())
    this.#held = held
    return () => {
      this.#held = undefined
      for (const connection of held) connection.release()
    }
  }

  /**
   * Closes the connections that a drain does not wait for: those that are idle, and those whose clients read nothing.
   *
   * @param since - the begin of the drain, by `performance.now()`
   * @param patience - the longest time to wait for a client, in ms
   * @param atOnce - closes an idle connection without waiting for a further request that may be on its way
   */
  closeIdle(since: number, patience: number, atOnce: boolean): void {
    const now = performance.now()
    const { idleTimeoutOnDrain, keepAliveTimeout } = this.#limits
    for (const connection of this.#open) {
      // A client that reads nothing would hold the drain for its whole time.
      if (connection.unreadFor(now) >= Math.min(STALLED_ON_DRAIN_MS, patience)) connection.socket.destroy()
      else if (connection.openExchanges > 0 || connection.upgraded || connection.closing) continue
      else if (
        atOnce
          ? !connection.isNew(now, FIRST_REQUEST_MS)
          : now >= connection.idleDeadline(since, idleTimeoutOnDrain, keepAliveTimeout, patience)
      )
        connection.socket.destroySoon()
    }
  }

  /** Ends the connections whose clients do not read. Those whose clients send a body too slowly are refused. */
  check(now: number, refuse: (socket: Socket) => void): void {
    const { requestTimeout, minBodyRate, writeTimeout } = this.#limits
    for (const connection of this.#open) {
      if (writeTimeout > 0 && connection.unreadFor(now) >= writeTimeout) connection.socket.destroy()
      else if (requestTimeout > 0 && connection.bodyStalled(now, requestTimeout, minBodyRate))
        refuse(connection.socket)
    }
  }

  /** Cuts every connection. */
  cut(): void {
    for (const { socket } of this.#open) socket.destroy()
  }
}

/**
 * The time for a client that has connected to send its first request, in ms, where idle connections are closed at once. The
 * kernel connects before the client knows it. A client repeats a request on a connection that it has used before, but
 * not the first one.
 */
export const FIRST_REQUEST_MS = 500

/** The time in which a client must read something in a drain, in ms. */
const STALLED_ON_DRAIN_MS = 2_000
