// The contract between the life cycle and whatever accepts work from outside: HTTP, a queue, a socket.

import type { Application } from './application.ts'
import type { Work } from './ledger.ts'
import type { Logger } from './logger.ts'

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
  readonly url?: string
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
  handover?(): unknown
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
