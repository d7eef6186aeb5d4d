// Sockets for systems that cannot share handles: the supervisor accepts and forwards to a local socket of the worker.

import { rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ListenAddress } from '@myfy/core'
import { addressKey, excludeEachOther, withPort } from './listen-address.ts'
import { closeWhenEmpty, refuseConnections } from './refuse-connections.ts'
import type { ListenTarget, SharedSockets, SocketUse, WorkerId } from './socket-contract.ts'

/** Forwards every byte to the active worker, at a cost of about 0.2 ms a connection. */
export class ProxiedSockets implements SharedSockets {
  #proxies: SocketProxy[] = []

  get addresses(): ListenAddress[] {
    return this.#proxies.map(({ address }) => address)
  }

  async bind(address: ListenAddress, { worker }: SocketUse): Promise<ListenTarget> {
    const key = addressKey(address)
    const known = this.#proxies.find((proxy) => proxy.requested === key || addressKey(proxy.address) === key)
    if (known) return { path: known.socketPath(worker) }
    for (const proxy of this.#proxies) if (excludeEachOther(proxy.address, address)) this.#close(proxy)
    const proxy = new SocketProxy(key)
    await proxy.listen(address)
    this.#proxies.push(proxy)
    return { path: proxy.socketPath(worker) }
  }

  closed(): void {}

  exited(): void {}

  activate(worker: WorkerId): void {
    for (const proxy of this.#proxies) proxy.activate(worker)
  }

  /** A local socket that a worker has closed is not reported, so every proxy stays. */
  closeUnused(): void {}

  /** A worker gets its connections by this process, which closes its sockets at the end. */
  closeUsed(): void {}

  async end(): Promise<void> {
    const proxies = this.#proxies
    this.#proxies = []
    await Promise.all(proxies.map((proxy) => proxy.end()))
  }

  #close(proxy: SocketProxy): void {
    this.#proxies = this.#proxies.filter((other) => other !== proxy)
    proxy.close()
  }
}

/** One address and its connections. */
class SocketProxy {
  readonly requested: string
  address!: ListenAddress
  readonly #server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) =>
    this.#forward(socket),
  )
  readonly #id = `${process.pid}-${Math.random().toString(36).slice(2, 8)}`
  #waiting: net.Socket[] = []
  #target: string | undefined
  #ending = false

  constructor(requested: string) {
    this.requested = requested
  }

  listen(address: ListenAddress): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(address, () => {
        const bound = this.#server.address()
        this.address = withPort(address, typeof bound === 'object' ? bound?.port : undefined)
        resolve()
      })
    })
  }

  socketPath(worker: WorkerId): string {
    const name = `myfy-${this.#id}-${worker}.sock`
    return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : path.join(tmpdir(), name)
  }

  activate(worker: WorkerId): void {
    this.#target = this.socketPath(worker)
    for (const socket of this.#waiting.splice(0)) this.#forward(socket)
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#waiting.splice(0)) socket.destroy()
    this.#removeTarget()
  }

  /** Closes the socket. The worker gets what it accepts, and this process refuses the others. */
  async end(): Promise<void> {
    await closeWhenEmpty(this.#server)
    this.#ending = true
    await refuseConnections(this.#waiting.splice(0))
    this.#removeTarget()
  }

  #removeTarget(): void {
    if (this.#target && process.platform !== 'win32') rmSync(this.#target, { force: true })
  }

  /** Without an active worker, for example after a crash, the connection waits for the next one. */
  #forward(socket: net.Socket): void {
    const target = this.#target
    if (target === undefined && this.#ending) return void refuseConnections([socket])
    if (target === undefined) return void this.#waiting.push(socket)
    const inner = net.connect({ path: target, allowHalfOpen: true })
    socket.on('error', () => inner.destroy())
    inner.once('connect', () => {
      inner.on('error', () => socket.destroy())
      socket.pipe(inner).pipe(socket)
    })
    inner.once('error', () => {
      if (inner.bytesWritten > 0) return
      if (this.#target === target) this.#target = undefined
      this.#forward(socket)
    })
  }
}
