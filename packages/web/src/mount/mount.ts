// mount: another application below a prefix.

import { RouteError } from '../errors.ts'
import { pathBelow } from '../http/request-target.ts'
import type { RequestContext } from '../request/request-context.ts'
import type { Route, Routes } from '../routing/route-spec.ts'

/** A function from a web request to a response: `app.fetch` of Hono or h3. */
export type FetchHandler = (request: Request) => Response | Promise<Response>

/**
 * Passes every request below a prefix to another application, which receives the path without the prefix. The prefix
 * may contain parameters: `/tenants/:tenant/shop`.
 *
 * @throws RouteError if the prefix does not begin with a slash, or has an optional or repeated segment
 *
 * @example
 * ```ts
 * import { mount, WebModule } from '@myfy/web'
 *
 * export const web = new WebModule({
 *   routes: [mount('/legacy', (request) => new Response(new URL(request.url).pathname))],
 * })
 * ```
 */
export function mount(prefix: string, handler: FetchHandler): Routes {
  const base = parsePrefix(prefix)
  if (typeof handler !== 'function')
    throw new RouteError(`ANY ${base}/**`, 'the handler is not a function', 'Pass app.fetch as the handler')
  const route: Route = {
    method: 'ANY',
    pattern: `${base}/**`,
    spec: { hidden: true },
    handler: ({ request, path, route: pattern }: RequestContext) => {
      const url = new URL(request.url)
      url.pathname = pathBelow(path, pattern!)
      return handler(new Request(url, request))
    },
  }
  return { prefix: base, routes: [route] }
}

/**
 * Returns a prefix without its trailing slash. Each of its segments matches one segment of a path.
 *
 * @throws RouteError if it does not begin with a slash, or has an optional or repeated segment
 */
export function parsePrefix(prefix: string): string {
  const base = prefix.replace(/\/+$/, '')
  if (base !== '' && !base.startsWith('/'))
    throw new RouteError(`ANY ${base}/**`, 'the prefix does not begin with a slash', `Write '/${base}'`)
  if (/[*{}]|[?+](?:\/|$)/.test(base))
    throw new RouteError(
      `ANY ${base}/**`,
      'the prefix has a segment that can match any number of segments',
      'Use static segments and :name',
    )
  return base
}
