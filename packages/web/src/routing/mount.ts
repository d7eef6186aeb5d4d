// mount: another application below a prefix.

import type { Route, Routes } from './route-spec.ts'

/** A function from a web request to a response: `app.fetch` of Hono or h3. */
export type FetchHandler = (request: Request) => Response | Promise<Response>

/**
 * Passes every request below a prefix to another application, which receives the path without the prefix.
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
  const base = prefix.replace(/\/+$/, '')
  const route: Route = {
    method: 'ANY',
    pattern: `${base}/**`,
    spec: { hidden: true },
    handler: (context: { readonly request: Request }) => handler(stripPrefix(base, context.request)),
  }
  return { prefix: base, routes: [route] }
}

/** Returns the request with the prefix removed from its path. */
export function stripPrefix(base: string, request: Request): Request {
  const url = new URL(request.url)
  url.pathname = url.pathname.slice(base.length) || '/'
  return new Request(url, request)
}
