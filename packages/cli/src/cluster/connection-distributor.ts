// The sockets of all workers, in the primary: it accepts, and gives each connection to the next free worker.

import { createServer, type Server } from 'node:net'
import { closeListener } from '@myfy/core/runtime'
import type { ListenRequest } from './protocol.ts'

/** A connection as libuv has it, without a `net.Socket` around it. */
interface ConnectionHandle {
  close(): void
}

interface ListeningHandle {
  onconnection: (error: number, connection?: ConnectionHandle) => void
  getsockname?(out: object): number
  close(): void
}

/** A process that takes connections. */
export interface ConnectionTaker {
  /** Sends a connection. Resolves to true when it was accepted, to false when it must go to another process. */
  take(key: string, connection: object): Promise<boolean>
}

/** The answer to a request to listen. */
export type Binding =
  | { readonly key: string; readonly sockname?: object }
  | { readonly key: string; readonly errno: number }

const EIO = -5

/** The listening sockets of a set of workers. A socket stays open as long as a worker listens on it. */
export class ConnectionDistributor {
  readonly #sockets = new Map<string, SharedSocket>()
  #stopping = false

  /** Binds an address, or finds it bound, and lets `taker` have connections that arrive there. */
  async listen(taker: ConnectionTaker, request: ListenRequest): Promise<Binding> {
    const { address, port, addressType, index } = request
    const key = `${address}:${port}:${addressType}:${index}`
    let socket = this.#sockets.get(key)
    if (socket === undefined) {
      socket = new SharedSocket(key, request)
      this.#sockets.set(key, socket)
    }
    const errno = await socket.bound
    if (errno !== 0) {
      if (this.#sockets.get(key) === socket) this.#sockets.delete(key)
      return { key, errno }
    }
    socket.add(taker)
    return { key, sockname: socket.sockname }
  }

  /** Gives `taker` no more connections of one socket, or of all. What was sent to it is still answered by it. */
  remove(taker: ConnectionTaker, key?: string): void {
    for (const socket of this.#sockets.values())
      if (key === undefined || key === socket.key) socket.remove(taker)
  }

  /** Closes the sockets that no worker listens on: a new version may listen elsewhere. */
  closeUnused(): void {
    for (const [key, socket] of this.#sockets) {
      if (socket.used) continue
      this.#sockets.delete(key)
      socket.close()
    }
  }

  /** All workers are about to stop: the first one that closes a socket closes it for all of them. */
  stop(): void {
    this.#stopping = true
  }

  /**
   * A worker closes a socket. Resolves when it has its last connection: at once while others continue to serve; else when
   * workers have every connection that the kernel has accepted.
   */
  async release(taker: ConnectionTaker, key: string): Promise<void> {
    const socket = this.#sockets.get(key)
    if (this.#stopping && socket?.serves(taker)) await socket.emptied()
    socket?.remove(taker)
  }

  /** Closes everything at once. */
  close(): void {
    for (const socket of this.#sockets.values()) socket.close()
    this.#sockets.clear()
  }
}

/** Gives each taker one connection at a time, in turn, as node:cluster does: a busy process gets fewer. */
class SharedSocket {
  readonly key: string
  /** Resolves when bound: to 0, or to the number of the system error. */
  readonly bound: Promise<number>
  sockname: object | undefined
  /** The number of connections that were accepted so far. */
  accepted = 0
  readonly #server: Server
  /** The takers in the order of their turn. */
  readonly #takers: ConnectionTaker[] = []
  readonly #busy = new Set<ConnectionTaker>()
  readonly #waiting: ConnectionHandle[] = []
  /** Sent, and not yet answered. */
  readonly #sent = new Set<ConnectionHandle>()
  readonly #emptied: Array<() => void> = []
  #closing: Promise<void> | undefined

  constructor(key: string, { address, port, flags = 0, backlog }: ListenRequest) {
    this.key = key
    this.#server = createServer()
    this.bound = new Promise((resolve) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => resolve(error.errno ?? EIO))
      this.#server.once('listening', () => {
        this.#bound()
        resolve(0)
      })
    })
    if (port >= 0) {
      // 1 is UV_TCP_IPV6ONLY.
      this.#server.listen({ port, host: address ?? undefined, ipv6Only: (flags & 1) === 1, backlog })
    } else this.#server.listen(address ?? '')
  }

  get used(): boolean {
    return this.#takers.length > 0 || this.#waiting.length > 0 || this.#sent.size > 0
  }

  add(taker: ConnectionTaker): void {
    if (!this.#takers.includes(taker)) this.#takers.push(taker)
    this.#distribute()
  }

  remove(taker: ConnectionTaker): void {
    const at = this.#takers.indexOf(taker)
    if (at >= 0) this.#takers.splice(at, 1)
    this.#report()
  }

  serves(taker: ConnectionTaker): boolean {
    return this.#takers.includes(taker)
  }

  /** Stops accepting, and resolves when every accepted connection belongs to a worker, or none is left. */
  async emptied(): Promise<void> {
    this.#closing ??= closeListener(this.#server, () => this.accepted)
    await this.#closing
    if (!this.#isEmpty) await new Promise<void>((resolve) => this.#emptied.push(resolve))
  }

  close(): void {
    this.#server.close()
    for (const connection of this.#waiting.splice(0)) connection.close()
  }

  #bound(): void {
    // The raw handle: a `net.Socket` around each connection would begin to read from it.
    const handle = (this.#server as unknown as { _handle: ListeningHandle })._handle
    if (handle.getsockname) {
      this.sockname = {}
      handle.getsockname(this.sockname)
    }
    handle.onconnection = (error, connection) => {
      if (error || !connection) return
      this.accepted++
      this.#waiting.push(connection)
      this.#distribute()
    }
  }

  #distribute(): void {
    while (this.#waiting.length > 0) {
      const at = this.#takers.findIndex((taker) => !this.#busy.has(taker))
      if (at < 0) break
      const [taker] = this.#takers.splice(at, 1) as [ConnectionTaker]
      this.#takers.push(taker)
      void this.#give(taker, this.#waiting.shift()!)
    }
    this.#report()
  }

  get #isEmpty(): boolean {
    return this.#takers.length === 0 || (this.#waiting.length === 0 && this.#sent.size === 0)
  }

  #report(): void {
    if (!this.#isEmpty) return
    for (const resolve of this.#emptied.splice(0)) resolve()
  }

  async #give(taker: ConnectionTaker, connection: ConnectionHandle): Promise<void> {
    this.#busy.add(taker)
    this.#sent.add(connection)
    const release = keepOpen(connection)
    const accepted = await taker.take(this.key, connection)
    release()
    this.#busy.delete(taker)
    this.#sent.delete(connection)
    // The worker has its descriptor now.
    if (accepted) connection.close()
    else this.#waiting.unshift(connection)
    this.#distribute()
  }
}

/**
 * Prevents `close` until the returned function is called: when a worker ends, Node.js closes the handle that it has sent
 * last, although the worker has not received it and another one can take it.
 */
function keepOpen(connection: ConnectionHandle): () => void {
  Object.defineProperty(connection, 'close', { value: () => {}, configurable: true })
  return () => Reflect.deleteProperty(connection, 'close')
}
