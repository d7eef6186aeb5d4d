// The contract between the life cycle and whatever accepts work from outside: HTTP, a queue, a socket.

import type { Application } from '../application/application.ts'
import type { Logger } from '../events/logger.ts'
import type { Work } from './work-tracker.ts'

/**
 * Something that accepts work from outside. It listens only when every module is ready, and it is the first
 * thing a stop touches: `drain` ends the accepting, `close` cuts what the drain's budget did not suffice for.
 *
 * @example
 * ```ts
 * import type { Transport } from '@myfy/core'
 *
 * export const silent: Transport = {
 *   name: 'silent',
 *   listen() {},
 *   async drain() {},
 *   close() {},
 * }
 * ```
 */
export interface Transport {
  /** Named in events, errors and reports. */
  readonly name: string
  /** Where it can be reached, once it listens, for people: `http://localhost:8000`. */
  readonly url?: string | undefined
  /** Where it will listen, as far as its options say; known before it listens. */
  readonly address?: ListenAddress
  /** Begins to accept. Rejects if it cannot (a taken port), which is a failed start. */
  listen(context: ListenContext): void | PromiseLike<void>
  /**
   * Stops accepting and resolves when everything it accepted has been answered. It must not answer new work with
   * an error: what was accepted is served. `context.signal` aborts when the budget has ended.
   */
  drain(context: DrainContext): void | PromiseLike<void>
  /** Cuts what is left, at once. Called after every drain, also after one that succeeded; must be idempotent. */
  close(): void | PromiseLike<void>
  /**
   * What the next application's transport of the same name may take over (the listening socket), so that a
   * reload never closes the port. After this call `drain` waits only for its own work and leaves the socket open.
   */
  handOff?(): unknown
  /** Undoes a `handover`: the successor could not start. */
  reclaim?(): void
  /**
   * Holds new work back without refusing it, until the function it returns is called: a reload lets what arrives
   * meanwhile meet the new code.
   */
  pause?(): () => void
}

/** What {@link Transport.listen} receives. */
export interface ListenContext {
  /** The application whose work arrives here. */
  readonly app: Application
  /** Aborts when listening must be given up. */
  readonly signal: AbortSignal
  /** Where the transport tells what it does. */
  readonly logger: Logger
  /** What a predecessor's `handover()` returned, or a listening handle that a supervisor owns. */
  readonly inherited?: unknown
  /** What a supervisor gave, for when what a predecessor handed over is not what this transport needs. */
  readonly supervisor?: unknown
}

/** What {@link Transport.drain} receives. */
export interface DrainContext {
  /** Aborts when the drain's budget has ended or a second signal forces the stop. */
  readonly signal: AbortSignal
  /** How long this phase may still take, in ms. */
  remaining(): number
  /** The work that is still under way, oldest first. */
  inFlight(): readonly Work[]
}

/** Where a transport wants to listen: a TCP port, or the path of a Unix socket or named pipe. */
export type ListenAddress = { readonly host?: string; readonly port: number } | { readonly path: string }

/**
 * What {@link ListenContext.inherited} is under a supervisor (reload, a cluster of workers) when there is no
 * predecessor in the same process: the supervisor owns the socket, the transport asks for it.
 */
export interface InheritedListener {
  /** Tells it from what a predecessor's transport hands over. */
  readonly kind: 'myfy.listener'
  /** Whether the supervisor serves a developer: a drain may then close idle connections at once. Default: false. */
  readonly development?: boolean
  /** Binds the address, or finds it bound; resolves to something that `net.Server.listen()` takes. */
  acquire(address: ListenAddress): Promise<object>
}

/** Whether a value is an {@link InheritedListener}. */
export function isInheritedListener(value: unknown): value is InheritedListener {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'myfy.listener'
}
