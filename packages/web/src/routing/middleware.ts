// Functions around the answering of a request.

import type { RequestContext } from '../request/request-context.ts'

/**
 * Runs around what comes after it. `next()` gives the answer, errors included (they are problem details by then);
 * what the middleware returns is the answer. Returning without `next()` ends the request there.
 *
 * @example
 * ```ts
 * import { errors, type Middleware } from '@myfy/web'
 *
 * export const authenticate: Middleware = async (context, next) => {
 *   const user = context.header('authorization')
 *   if (!user) return errors.unauthorized('who are you?', { headers: { 'www-authenticate': 'Bearer' } })
 *   context.locals.set('user', user)
 *   return next()
 * }
 * ```
 */
export type Middleware = (context: RequestContext, next: () => Promise<Response>) => unknown
