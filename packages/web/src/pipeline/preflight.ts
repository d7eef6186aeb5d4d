// The answers to preflight requests of routes with separate CORS options.

import type { CorsOptions } from '../http/cors-options.ts'
import type { RequestContext } from '../request/request-context.ts'
import { corsMiddleware } from '../routing/cors.ts'
import type { Middleware } from '../routing/middleware.ts'
import type { Route } from '../routing/route-spec.ts'

/** An OPTIONS route, and the CORS middleware that answers preflight requests before it. */
export interface PreflightRoute {
  readonly route: Route
  readonly cors: Middleware
}

/**
 * Returns an OPTIONS route for every pattern that has a route with separate CORS options and no OPTIONS route. A
 * preflight request names the method of the request that follows, and receives the options of the route of that method.
 *
 * @param shared the middleware for the CORS options of the module
 * @param allowed returns the methods that a path allows
 */
export function preflightRoutes(
  routes: readonly Route[],
  shared: Middleware | undefined,
  allowed: (path: string) => readonly string[],
): PreflightRoute[] {
  const byPattern = new Map<string, Route[]>()
  for (const route of routes) byPattern.set(route.pattern, [...(byPattern.get(route.pattern) ?? []), route])
  const answers = ({ path }: RequestContext) =>
    new Response(null, { status: 204, headers: { allow: allowed(path).join(', ') } })
  return [...byPattern].flatMap(([pattern, siblings]) => {
    const isSeparate = siblings.some(({ spec }) => spec.cors !== undefined)
    const isAnswered = siblings.some(({ method }) => method === 'OPTIONS' || method === 'ANY')
    if (!isSeparate || isAnswered) return []
    const byMethod = new Map(siblings.map(({ method, spec }) => [method as string, corsOf(spec, shared)]))
    const fallback = byMethod.get('GET')
    if (fallback !== undefined && !byMethod.has('HEAD')) byMethod.set('HEAD', fallback)
    const cors: Middleware = (context, next) => {
      const method = context.header('access-control-request-method')
      // A method without a route has the options of the module.
      const found = method !== undefined && byMethod.has(method) ? byMethod.get(method) : shared
      return found === undefined ? next() : found(context, next)
    }
    const route: Route = { method: 'OPTIONS', pattern, spec: { hidden: true }, handler: answers }
    return [{ route, cors }]
  })
}

/** Returns the CORS middleware of a route: its own, else that of the module. */
export function corsOf(
  { cors }: { readonly cors?: CorsOptions | false },
  shared: Middleware | undefined,
): Middleware | undefined {
  if (cors === false) return undefined
  return cors === undefined ? shared : corsMiddleware(cors)
}
