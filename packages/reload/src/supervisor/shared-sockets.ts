// The sockets of the supervisor: bound once, never accepted on, a handle on the same one for every process that asks.

import { rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { ListenAddress } from '@myfy/core'

/** What a process gets to listen on: a handle that goes along with the message, or the path of a local socket. */
export type ListenTarget =
  | { readonly handle: object; readonly path?: undefined }
  | { readonly path: string; readonly handle?: undefined }

/** Who is served now, for sockets that have to be fed. */
export type WorkerId = number

/** Owns addresses for as long as the supervisor lives. */
export interface SharedSockets {
  /** Binds an address unless it is bound. @throws the error of the bind, with its `code` */
  bind(address: ListenAddress, receiver: WorkerId): Promise<ListenTarget>
  /** This process serves from now on. */
  activate(receiver: WorkerId): void
  /** What is bound. */
  readonly addresses: readonly ListenAddress[]
  /** Frees all addresses. */
  close(): void
}

/** Shares handles where that works, which is tried out once; feeds local sockets where it does not. */
export function createSharedSockets(share = canShareHandles()): SharedSockets {
  return share ? new HandleSockets() : new ProxiedSockets()
}

class HandleSockets implements SharedSockets {
  readonly #bound: Array<{ asked: string; address: ListenAddress; handle: Handle }> = []

  get addresses(): ListenAddress[] {
    return this.#bound.map(({ address }) => address)
  }

  async bind(address: ListenAddress): Promise<ListenTarget> {
    const key = keyOf(address)
    const known = this.#bound.find((bound) => bound.asked === key || keyOf(bound.address) === key)
    if (known) return { handle: known.handle }
    const handle = bind(address)
    this.#bound.push({ asked: key, address: withPort(address, portOf(handle)), handle })
    return { handle }
  }

  activate(): void {}

  close(): void {
    for (const { handle } of this.#bound.splice(0)) handle.close()
  }
}

/** A socket as `node:net` has it inside: bound, and listening only where somebody listens on it. */
interface Handle {
  close(): void
  getsockname?(out: { port?: number }): number
}

interface NetInternals {
  // What `cluster` binds with. Undocumented, so nothing relies on it before canShareHandles() has tried it.
  _createServerHandle?(address: string | null, port: number, type: number): Handle | number
}

function bind(address: ListenAddress): Handle {
  const { _createServerHandle: create } = net as NetInternals
  const made = 'path' in address ? create!(address.path, -1, -1) : bindPort(create!, address)
  if (typeof made === 'number') throw bindError(made, address)
  // A taken port shows only when somebody listens; the socket has no port before that.
  if ('path' in address || portOf(made)) return made
  made.close()
  throw bindError(-98, address)
}

/** Without a host: all interfaces, IPv6 with IPv4 where there is IPv6. */
function bindPort(
  create: NonNullable<NetInternals['_createServerHandle']>,
  { host, port }: { host?: string; port: number },
) {
  if (host === undefined || host === '') {
    const both = create('::', port, 6)
    return typeof both === 'number' ? create('0.0.0.0', port, 4) : both
  }
  const name = host === 'localhost' ? '127.0.0.1' : host
  return create(name, port, net.isIPv6(name) ? 6 : 4)
}

function bindError(number: number, address: ListenAddress): Error {
  const code = codes[number] ?? `E${-number}`
  const where = 'path' in address ? address.path : `${address.host ?? '*'}:${address.port}`
  return Object.assign(new Error(`listen ${code}: ${where}`), { code, syscall: 'listen', ...address })
}

const codes: Readonly<Record<number, string>> = {
  [-13]: 'EACCES',
  [-98]: 'EADDRINUSE',
  [-48]: 'EADDRINUSE',
  [-4091]: 'EADDRINUSE',
  [-4092]: 'EACCES',
  [-99]: 'EADDRNOTAVAIL',
  [-49]: 'EADDRNOTAVAIL',
}

function portOf(handle: Handle): number | undefined {
  const out: { port?: number } = {}
  return handle.getsockname?.(out) === 0 ? out.port : undefined
}

function canShareHandles(): boolean {
  try {
    const made = (net as NetInternals)._createServerHandle?.('127.0.0.1', 0, 4)
    if (typeof made !== 'object' || !portOf(made)) return false
    made.close()
    return process.platform !== 'win32'
  } catch {
    return false
  }
}

/** Accepts itself and passes every byte on to a local socket of whoever serves. Costs some 0.2 ms a connection. */
class ProxiedSockets implements SharedSockets {
  readonly #fronts: SocketProxy[] = []

  get addresses(): ListenAddress[] {
    return this.#fronts.map(({ address }) => address)
  }

  async bind(address: ListenAddress, receiver: WorkerId): Promise<ListenTarget> {
    const key = keyOf(address)
    let front = this.#fronts.find((known) => known.requested === key || keyOf(known.address) === key)
    if (!front) {
      front = new SocketProxy(key)
      await front.listen(address)
      this.#fronts.push(front)
    }
    return { path: front.socketPath(receiver) }
  }

  activate(receiver: WorkerId): void {
    for (const front of this.#fronts) front.serve(receiver)
  }

  close(): void {
    for (const front of this.#fronts.splice(0)) front.close()
  }
}

class SocketProxy {
  readonly requested: string
  address!: ListenAddress
  readonly #server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) =>
    this.#accept(socket),
  )
  readonly #id = `${process.pid}-${Math.random().toString(36).slice(2, 8)}`
  #waiting: net.Socket[] = []
  #target: string | undefined

  constructor(asked: string) {
    this.requested = asked
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

  socketPath(receiver: WorkerId): string {
    const name = `myfy-${this.#id}-${receiver}.sock`
    return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : path.join(tmpdir(), name)
  }

  serve(receiver: WorkerId): void {
    this.#target = this.socketPath(receiver)
    for (const socket of this.#waiting.splice(0)) this.#accept(socket)
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#waiting.splice(0)) socket.destroy()
    if (this.#target && process.platform !== 'win32') rmSync(this.#target, { force: true })
  }

  /** Nobody serves (a process has just died): the connection waits for the next one. */
  #accept(socket: net.Socket): void {
    if (this.#target === undefined) return void this.#waiting.push(socket)
    const target = this.#target
    const inner = net.connect({ path: target, allowHalfOpen: true })
    socket.on('error', () => inner.destroy())
    inner.once('connect', () => {
      inner.on('error', () => socket.destroy())
      socket.pipe(inner).pipe(socket)
    })
    inner.once('error', () => {
      if (inner.bytesWritten > 0) return
      if (this.#target === target) this.#target = undefined
      this.#accept(socket)
    })
  }
}

/** The address with the port that the system chose for port 0. */
function withPort(address: ListenAddress, port: number | undefined): ListenAddress {
  return 'port' in address && port !== undefined ? { ...address, port } : address
}

function keyOf(address: ListenAddress): string {
  return 'path' in address ? address.path : `${address.host ?? ''}:${address.port}`
}
