// The contract of a transport: HTTP, a message queue, a socket.

import type { Logger } from '../events/logger.ts'
import type { App } from './app.ts'
import type { Work } from './work-tracker.ts'

/**
 * A transport accepts work from outside. It listens when every module is ready. A stop drains it first: `drain` accepts
 * nothing new and finishes accepted work, `close` cuts the rest.
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
  /** The name in events, errors and reports. */
  readonly name: string
  /** The URL for people while the transport listens: `http://localhost:8000`. */
  readonly url?: string | undefined
  /** The address in the options of the transport, known before it listens. */
  readonly address?: ListenAddress
  /** Begins to accept work. A rejection, such as of a port in use, fails the start. */
  listen(context: ListenContext): void | PromiseLike<void>
  /**
   * Stops accepting work and resolves when accepted work is finished. Work that was accepted is served, not refused.
   * `context.signal` aborts when the budget is spent. Also called for a transport whose `listen` was cancelled.
   */
  drain(context: DrainContext): void | PromiseLike<void>
  /** Cuts the remaining work at once. Called after every drain, so it must be idempotent. */
  close(): void | PromiseLike<void>
  /**
   * Returns what the transport of the same name in the next application takes over (the listening socket), so that a
   * reload never closes the port. After this call `drain` finishes its own work and leaves the socket open.
   */
  handOff?(): unknown
  /** Undoes `handOff`: the next application could not start. */
  reclaim?(): void
  /**
   * Pauses new work without refusing it until the returned function is called: during a reload, new requests wait for
   * the new code.
   */
  pause?(): () => void
}

/** The argument of {@link Transport.listen}. */
export interface ListenContext {
  /** The application that the work is for. */
  readonly app: App
  /** Aborts when listening must end early. */
  readonly signal: AbortSignal
  /** The logger of the application. */
  readonly logger: Logger
  /** The result of the predecessor's `handOff()`, or a listening handle that a supervisor owns. */
  readonly inherited?: unknown
  /** The handle of the supervisor, for a transport that cannot use what the predecessor handed off. */
  readonly supervisor?: unknown
}

/** The argument of {@link Transport.drain}. */
export interface DrainContext {
  /** Aborts when the budget of the drain is spent or the end is forced. */
  readonly signal: AbortSignal
  /**
   * True if a person stops the application with Ctrl+C: a drain then finishes the work that was accepted, and does not
   * wait for idle clients. Default: false.
   */
  readonly interrupted?: boolean
  /** Returns the time that the drain has left, in ms. */
  remaining(): number
  /** Returns the work in flight, oldest first. */
  inFlight(): readonly Work[]
}

/** The address of a transport: a TCP port, or the path of a Unix socket or named pipe. */
export type ListenAddress = { readonly host?: string; readonly port: number } | { readonly path: string }

/**
 * A listening socket that a supervisor (reload, a cluster of workers) owns. {@link ListenContext.inherited} is one if no
 * predecessor in the same process has handed off a socket.
 */
export interface InheritedListener {
  /** Distinguishes it from the result of a `handOff`. */
  readonly kind: 'myfy.listener'
  /**
   * True if the supervisor serves a developer: a drain may then close idle connections at once, and requests for names of
   * other machines are refused. Default: false.
   */
  readonly development?: boolean
  /** Binds the address unless it is bound; resolves to a value that `net.Server.listen()` takes. */
  acquire(address: ListenAddress): Promise<object>
}

/** Reports whether a value is an {@link InheritedListener}. */
export function isInheritedListener(value: unknown): value is InheritedListener {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'myfy.listener'
}
