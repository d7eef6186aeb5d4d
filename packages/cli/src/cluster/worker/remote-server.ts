// Servers in a worker: the primary owns their sockets and sends the connections.
//
// node:cluster does the same, but closes its socket together with the last worker: what the kernel has accepted by
// then is reset. Here a worker that closes asks the primary first, and takes what that still has for it
// (connection-distributor.ts).

import cluster from 'node:cluster'
import type { ListenRequest, PrimaryMessage, WorkerMessage } from '../protocol.ts'

/** The handle that `net.Server` listens on in place of a socket. */
interface RemoteHandle {
  /** Set by `net.Server`. */
  onconnection?: (error: number, connection: object) => void
  listen(): number
  close(): void
  ref(): void
  unref(): void
  getsockname?(out: object): number
  /** Asks for no further connections. Resolves when those that the primary has accepted by now have arrived. */
  emptied(): Promise<void>
}

type Listening = (error: number, handle: RemoteHandle | null) => void

/** The parts of `net.Server` that decide when it emits `close`. They have no public names. */
interface ServerInternals {
  _connections: number
  _emitCloseIfDrained?(): void
}

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
    servers.open(server as ServerInternals, options, listening)
  }
  process.on('message', (message: PrimaryMessage, connection: unknown) =>
    servers.receive(message, connection),
  )
  process.on('disconnect', () => servers.disconnected())
}

class RemoteServers {
  readonly #send: Send
  readonly #opening = new Map<number, { readonly server: ServerInternals; readonly listening: Listening }>()
  readonly #handles = new Map<string, RemoteHandle>()
  /** Resolve when the primary has sent all that it has accepted. */
  readonly #emptied = new Map<string, () => void>()
  readonly #indexes = new Map<string, number>()
  #connected = true
  #nextId = 0

  constructor(send: Send) {
    this.#send = send
  }

  open(server: ServerInternals, options: Omit<ListenRequest, 'index'>, listening: Listening): void {
    const { address, port, addressType, flags, backlog } = options
    const name = `${address}:${port}:${addressType}`
    const index = this.#indexes.get(name) ?? 0
    this.#indexes.set(name, index + 1)
    const id = this.#nextId++
    this.#opening.set(id, {
      server,
      listening: (error, handle) => {
        if (error !== 0) this.#indexes.set(name, index)
        listening(error, handle)
      },
    })
    this.#send({ type: 'myfy.listen', id, address, port, addressType, flags, backlog, index })
  }

  receive(message: PrimaryMessage, connection: unknown): void {
    if (message?.type === 'myfy.bound') {
      const opening = this.#opening.get(message.id)
      this.#opening.delete(message.id)
      if (opening === undefined) return
      if ('errno' in message) opening.listening(message.errno, null)
      else opening.listening(0, this.#handle(opening.server, message.key, message.sockname))
    } else if (message?.type === 'myfy.emptied') {
      this.#handles.delete(message.key)
      this.#emptied.get(message.key)?.()
    } else if (message?.type === 'myfy.connection' && connection) {
      const handle = this.#handles.get(message.key)
      // First the answer: the primary gives a connection that is not answered to another worker.
      this.#send({ type: 'myfy.accepted', sequence: message.sequence, accepted: handle !== undefined })
      if (handle) handle.onconnection?.(0, connection as object)
      else (connection as { close(): void }).close()
    }
  }

  /** The primary has ended: nothing follows. */
  disconnected(): void {
    this.#connected = false
    for (const resolve of this.#emptied.values()) resolve()
  }

  #handle(server: ServerInternals, key: string, sockname: object | undefined): RemoteHandle {
    // The channel to the primary does not keep the process alive; an open server does.
    const alive = setInterval(() => {}, 2 ** 30)
    let emptied: Promise<void> | undefined
    const handle: RemoteHandle = {
      listen: () => 0,
      ref: () => void alive.ref(),
      unref: () => void alive.unref(),
      emptied: () => {
        emptied ??= new Promise((resolve) => {
          if (!this.#connected) return resolve()
          this.#emptied.set(key, resolve)
          this.#send({ type: 'myfy.unlisten', key })
        })
        return emptied
      },
      // A server that does not wait for the last connections receives them nevertheless, before it emits `close`.
      close: () => {
        server._connections++
        void handle.emptied().then(() => {
          clearInterval(alive)
          server._connections--
          server._emitCloseIfDrained?.()
        })
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
