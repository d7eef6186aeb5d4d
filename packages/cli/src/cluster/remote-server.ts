// Servers in a worker: the primary owns their sockets and sends the connections.
//
// node:cluster does the same, but closes its socket together with the last worker: what the kernel has accepted by
// then is reset. Here the primary stops accepting first and hands out what it has (connection-distributor.ts).

import cluster from 'node:cluster'
import type { ListenRequest, PrimaryMessage, WorkerMessage } from './protocol.ts'

/** The handle that `net.Server` listens on in place of a socket. */
interface RemoteHandle {
  /** Set by `net.Server`. */
  onconnection?: (error: number, connection: object) => void
  listen(): number
  close(): void
  ref(): void
  unref(): void
  getsockname?(out: object): number
}

type Listening = (error: number, handle: RemoteHandle | null) => void

/** The hook through which `net.Server.listen` and `dgram` ask node:cluster for a handle. It has no public name. */
interface ClusterInternals {
  _getServer?: (
    server: object,
    options: { address: string | null; port: number; addressType: number | string; fd?: number },
    listening: Listening,
  ) => void
}

type Send = (message: WorkerMessage) => void

/**
 * Makes every TCP server and Unix socket server of this worker listen through the primary. UDP sockets and
 * inherited descriptors stay with node:cluster, and so does everything in a Node that lacks the hook.
 */
export function listenThroughPrimary(send: Send): void {
  // The types of node:cluster leave the hook out.
  const internals = cluster as unknown as ClusterInternals
  const original = internals._getServer
  if (typeof original !== 'function') return
  const servers = new RemoteServers(send)
  internals._getServer = (server, options, listening) => {
    const { addressType, fd } = options
    const isStream = addressType === 4 || addressType === 6 || addressType === -1
    if (!isStream || (fd !== undefined && fd >= 0)) return original.call(cluster, server, options, listening)
    servers.open(options, listening)
  }
  process.on('message', (message: PrimaryMessage, connection: unknown) =>
    servers.receive(message, connection),
  )
}

class RemoteServers {
  readonly #send: Send
  readonly #opening = new Map<number, Listening>()
  readonly #handles = new Map<string, RemoteHandle>()
  readonly #indexes = new Map<string, number>()
  #nextId = 0

  constructor(send: Send) {
    this.#send = send
  }

  open(options: Omit<ListenRequest, 'index'>, listening: Listening): void {
    const { address, port, addressType, flags, backlog } = options
    const name = `${address}:${port}:${addressType}`
    const index = this.#indexes.get(name) ?? 0
    this.#indexes.set(name, index + 1)
    const id = this.#nextId++
    this.#opening.set(id, (error, handle) => {
      if (error !== 0) this.#indexes.set(name, index)
      listening(error, handle)
    })
    this.#send({ type: 'myfy.listen', id, address, port, addressType, flags, backlog, index })
  }

  receive(message: PrimaryMessage, connection: unknown): void {
    if (message?.type === 'myfy.bound') {
      const listening = this.#opening.get(message.id)
      this.#opening.delete(message.id)
      if ('errno' in message) listening?.(message.errno, null)
      else listening?.(0, this.#handle(message.key, message.sockname))
    } else if (message?.type === 'myfy.connection' && connection) {
      const handle = this.#handles.get(message.key)
      // First the answer: the primary gives a connection that is not answered to another worker.
      this.#send({ type: 'myfy.accepted', sequence: message.sequence, accepted: handle !== undefined })
      if (handle) handle.onconnection?.(0, connection as object)
      else (connection as { close(): void }).close()
    }
  }

  #handle(key: string, sockname: object | undefined): RemoteHandle {
    // The channel to the primary does not keep the process alive; an open server does.
    let alive: NodeJS.Timeout | undefined = setInterval(() => {}, 2 ** 30)
    const handle: RemoteHandle = {
      listen: () => 0,
      ref: () => void alive?.ref(),
      unref: () => void alive?.unref(),
      close: () => {
        if (alive === undefined) return
        clearInterval(alive)
        alive = undefined
        this.#handles.delete(key)
        this.#send({ type: 'myfy.unlisten', key })
      },
    }
    if (sockname) {
      handle.getsockname = (out) => {
        Object.assign(out, sockname)
        return 0
      }
    }
    this.#handles.set(key, handle)
    return handle
  }
}
