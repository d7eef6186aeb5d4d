// Middleware: functions around the handling of a request.

import type { RequestContext } from '../request/request-context.ts'

/** The path parameters of a request whose route is not known. */
export type AnyParams = Readonly<Record<string, string | undefined>>

/** The request as middleware receives it. */
export interface MiddlewareContext<Params = AnyParams> extends RequestContext {
  /**
   * The decoded path parameters of the matched route, not validated; empty when no route matches. In the middleware of a
   * route or a group they have the names of its pattern.
   *
   * @throws HTTPException 400 if their percent-encoding is malformed
   */
  readonly params: Params
}

/**
 * A function that runs around the rest of the request. `next()` runs the rest and returns its response; an error of the
 * rest is a problem document by then. The value that the middleware returns is the response; with `undefined` it is the
 * response of `next()`. Middleware that responds without a call of `next()` ends the request.
 *
 * @example
 * ```ts
 * import { errors, type Middleware } from '@myfy/web'
 *
 * export const readOnly: Middleware = ({ method }, next) =>
 *   method === 'GET' || method === 'HEAD' ? next() : errors.serviceUnavailable('the service is read-only')
 * ```
 */
export type Middleware<Params = AnyParams> = (
  context: MiddlewareContext<Params>,
  next: () => Promise<Response>,
) => unknown
