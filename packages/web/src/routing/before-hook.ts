// The hook of a group that runs before validation.

import type { Services } from '@myfy/di'
import type { HTTPException } from '../http/http-exception.ts'
import type { Injection } from '../request/injection.ts'
import type { RequestContext } from '../request/request-context.ts'

/**
 * A hook that runs before the input of a request is validated and before its body is read, for authentication and
 * authorization. Its services are created in the scope of the request; the handler receives the same instances. An
 * exception of a service or of `run` is the response, so that a stranger receives a 401 and not a 422.
 *
 * @example
 * ```ts
 * import { request } from '@myfy/di'
 * import { CurrentRequest, defineRoutes, errors } from '@myfy/web'
 * import { z } from 'zod'
 *
 * const identity = request({ current: CurrentRequest }, ({ current }) => {
 *   const user = current.header('authorization')
 *   if (!user) throw errors.unauthorized('credentials required', { headers: { 'www-authenticate': 'Bearer' } })
 *   return { user, admin: user === 'Bearer admin' }
 * })
 *
 * export const projects = defineRoutes(
 *   '/projects',
 *   {
 *     inject: { identity },
 *     before: {
 *       inject: { identity },
 *       run: ({ identity }) => (identity.admin ? undefined : errors.forbidden('administrators only')),
 *     },
 *   },
 *   (route) => {
 *     route.post('/', { body: z.object({ name: z.string() }) }, ({ body, identity }) => ({ ...body, by: identity.user }))
 *   },
 * )
 * ```
 */
export interface BeforeHook<Inject extends Injection = Injection, Params = object> {
  /** Services that are created before validation, and that `run` receives by name. */
  readonly inject?: Inject
  /** Returns `undefined` to continue, or the response: an HTTPException or a `Response`. Default: continues. */
  run?(
    context: RequestContext & { readonly params: Params } & Services<Inject>,
  ): BeforeResult | PromiseLike<BeforeResult>
}

/** The result of a hook: a response, or nothing to continue. */
export type BeforeResult = HTTPException | Response | undefined | void
