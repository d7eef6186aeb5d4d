// Options of routes that modules define: a transaction, idempotency.

import type { Injectable } from '@myfy/di'
import type { HandlerOptions, WorkUnit } from './current-work.ts'

/** The request as the implementation of an option sees it. */
export interface HandlerCall {
  /** The id of the request, for its log lines and its problem documents. */
  readonly id: string
  /** The method of the request: `POST`. */
  readonly method: string
  /** The normalized path of the request. */
  readonly path: string
  /** The full URL of the request. */
  readonly url: URL
  /** Reads the body, which the handler can read as well. Empty if there is none. */
  readonly body: () => Promise<Uint8Array>
  /** Returns the value of a header. The case of the name does not matter. */
  readonly header: (name: string) => string | undefined
  /** The identity that the authentication of the route has returned; undefined without one. */
  readonly identity?: unknown
  /** The credentials for which the request has that identity, by name: a token, a key; undefined without authentication. */
  readonly credentials?: Readonly<Record<string, string>> | undefined
}

/**
 * The implementation of an option of routes. The innermost parts of a request are nested in this order: `around` of each
 * option → services → validation → `within` of each option → handler; then the services settle, inside of `around`.
 */
export interface HandlerOption {
  /** The name of the option in the spec of a route. */
  readonly name: string
  /** The services that `within` receives, created in the scope of the request. */
  readonly inject?: Readonly<Record<string, Injectable>>
  /** Checks the value of the option before the start, beside the other options of the route. @throws an error that names the route */
  check?(value: unknown, route: string, options: HandlerOptions): void
  /**
   * Runs around an attempt, in which the services are created, the handler runs and the services settle. A further call
   * of `attempt` after a rejection runs the handler again with new services; the client receives one response.
   */
  around?(value: unknown, work: WorkUnit, attempt: () => Promise<void>): Promise<void>
  /** Runs around the handler, in its scope, and returns the response. The services settle after it. */
  within?(
    value: unknown,
    call: HandlerCall,
    services: Readonly<Record<string, unknown>>,
    next: () => Promise<Response>,
  ): Promise<Response>
}
