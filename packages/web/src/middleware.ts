// Functions around the answering of a request.

import type { RequestContext } from './context.ts'

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

/**
 * Headers that every answer carries unless the answer has its own. `false` sends none; single ones are changed by
 * name, or left out with `false`.
 */
export type SecurityHeaders = false | Readonly<Record<string, string | false>>

// What costs an API nothing and closes a hole: no sniffing, no framing, no leaking of paths by the referrer.
const SECURITY: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
}

/** The headers as a flat list. */
export function securityHeaders(options: SecurityHeaders | undefined): readonly string[] {
  if (options === false) return []
  const lower = Object.entries(options ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const)
  const headers: Record<string, string | false> = { ...SECURITY, ...Object.fromEntries(lower) }
  return Object.entries(headers).flatMap(([name, value]) => (value === false ? [] : [name, value]))
}
