// Sockets that workers share by their handles. The supervisor binds and never accepts.

import net from 'node:net'
import type { ListenAddress } from '@myfy/core'
import { ListenFailure } from '../errors.ts'
import { addressKey, canonicalHost, displayAddress, excludeEachOther, withPort } from './listen-address.ts'
import { refuseWaiting } from './refuse-connections.ts'
import type { ListenTarget, SharedSockets, SocketUse, WorkerId } from './socket-contract.ts'

/** The time for workers to close a socket that excludes another address, in ms. */
const CLOSE_TIMEOUT_MS = 1_000

/** A bound address. */
interface BoundSocket {
  readonly requested: string
  readonly address: ListenAddress
  readonly handle: Handle
  readonly uses: Map<string, SocketUse>
  /** Called when the last use ends. */
  unused: () => void
}

/** Sockets whose handles are sent to the workers. */
export class HandleSockets implements SharedSockets {
  readonly #closeUse: (use: SocketUse) => void
  #bound: BoundSocket[] = []

  constructor(closeUse: (use: SocketUse) => void) {
    this.#closeUse = closeUse
  }

  get addresses(): ListenAddress[] {
    return this.#bound.map(({ address }) => address)
  }

  async bind(address: ListenAddress, use: SocketUse): Promise<ListenTarget> {
    const key = addressKey(address)
    const known = this.#bound.find((bound) => bound.requested === key || addressKey(bound.address) === key)
    if (known) {
      known.uses.set(useKey(use), use)
      return { handle: known.handle }
    }
    for (const bound of this.#bound) if (excludeEachOther(bound.address, address)) await this.#free(bound)
    const handle = bind(address)
    this.#bound.push({
      requested: key,
      address: withPort(address, portOf(handle)),
      handle,
      uses: new Map([[useKey(use), use]]),
      unused: () => {},
    })
    return { handle }
  }

  closed(use: SocketUse): void {
    for (const bound of this.#bound) {
      if (bound.uses.delete(useKey(use)) && bound.uses.size === 0) bound.unused()
    }
  }

  exited(worker: WorkerId): void {
    const uses = this.#bound.flatMap((bound) => [...bound.uses.values()])
    for (const use of uses) if (use.worker === worker) this.closed(use)
  }

  activate(): void {}

  closeUnused(): void {
    for (const bound of this.#bound) if (bound.uses.size === 0) this.#close(bound)
  }

  closeUsed(): void {
    for (const bound of this.#bound) if (bound.uses.size > 0) this.#close(bound)
  }

  async end(): Promise<void> {
    this.closeUsed()
    const unused = this.#bound
    this.#bound = []
    await Promise.all(unused.map(({ handle }) => refuseWaiting(handle)))
  }

  /** Closes a socket everywhere. It stays bound for as long as one worker keeps its end open. */
  async #free(bound: BoundSocket): Promise<void> {
    const isUnused = new Promise<void>((resolve) => {
      bound.unused = resolve
      if (bound.uses.size === 0) resolve()
    })
    for (const use of bound.uses.values()) this.#closeUse(use)
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_TIMEOUT_MS)
    })
    await Promise.race([isUnused, timeout])
    clearTimeout(timer)
    this.#close(bound)
  }

  #close(bound: BoundSocket): void {
    this.#bound = this.#bound.filter((other) => other !== bound)
    bound.handle.close()
  }
}

/** The socket as `node:net` holds it: bound, and listening only where a server listens on it. */
interface Handle {
  close(): void
  getsockname?(out: { port?: number }): number
}

interface NetInternals {
  // The function with which `cluster` binds. It is undocumented, so canShareHandles() tries it before it is used.
  _createServerHandle?(address: string | null, port: number, type: number): Handle | number
}

/** Reports whether this Node and this system can share listening handles between processes. */
export function canShareHandles(): boolean {
  try {
    const created = (net as NetInternals)._createServerHandle?.('127.0.0.1', 0, 4)
    if (typeof created !== 'object' || !portOf(created)) return false
    created.close()
    return process.platform !== 'win32'
  } catch {
    return false
  }
}

function bind(address: ListenAddress): Handle {
  const { _createServerHandle: create } = net as NetInternals
  const created = 'path' in address ? create!(address.path, -1, -1) : bindPort(create!, address)
  if (typeof created === 'number') throw bindError(created, address)
  // A port that is taken is noticed only by `listen`; until then the socket has no port.
  if ('path' in address || portOf(created)) return created
  created.close()
  throw bindError(-98, address)
}

/** All interfaces are IPv6 with IPv4 where there is IPv6. */
function bindPort(
  create: NonNullable<NetInternals['_createServerHandle']>,
  { host, port }: { host?: string; port: number },
): Handle | number {
  const name = canonicalHost(host)
  if (name !== '::') return create(name, port, net.isIPv6(name) ? 6 : 4)
  const both = create('::', port, 6)
  return typeof both === 'number' ? create('0.0.0.0', port, 4) : both
}

function bindError(number: number, address: ListenAddress): ListenFailure {
  const code = systemCodes[number] ?? `E${-number}`
  const port = 'path' in address ? undefined : address.port
  return new ListenFailure(`listen ${code}: ${displayAddress(address)}`, { code, port })
}

const systemCodes: Readonly<Record<number, string>> = {
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

function useKey({ worker, request }: SocketUse): string {
  return `${worker} ${request}`
}
