// Other applications below a prefix.

import type { Route, Routes } from './route.ts'

/** Anything that answers web requests: `app.fetch` of Hono or h3. */
export type FetchHandler = (request: Request) => Response | Promise<Response>

/**
 * Answers everything below a prefix by another application, which sees the path without the prefix.
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

/** The request as it is seen from below the prefix. */
export function stripPrefix(base: string, request: Request): Request {
  const url = new URL(request.url)
  url.pathname = url.pathname.slice(base.length) || '/'
  return new Request(url, request)
}
