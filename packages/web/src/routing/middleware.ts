// Middleware: functions around the handling of a request.

import type { RequestContext } from '../request/request-context.ts'

/** The request as middleware receives it. */
export interface MiddlewareContext extends RequestContext {
  /**
   * The decoded path parameters of the matched route, not validated; empty when no route matches.
   *
   * @throws HTTPException 400 if their percent-encoding is malformed
   */
  readonly params: Readonly<Record<string, string | undefined>>
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
 * export const authenticate: Middleware = async (context, next) => {
 *   const user = context.header('authorization')
 *   if (!user) return errors.unauthorized('credentials required', { headers: { 'www-authenticate': 'Bearer' } })
 *   context.locals.set('user', user)
 *   return next()
 * }
 * ```
 */
export type Middleware = (context: MiddlewareContext, next: () => Promise<Response>) => unknown
