// mount: another application below a prefix.

import type { Duration } from '@myfy/core'
import { assertKnownOptions } from '@myfy/core/runtime'
import { RouteError } from '../errors.ts'
import { pathBelow } from '../http/request-target.ts'
import type { RequestContext } from '../request/request-context.ts'
import { assertAmounts, assertTimes } from '../routing/assert-options.ts'
import type { Route, Routes } from '../routing/route-spec.ts'

/** A function from a web request to a response: `app.fetch` of Hono or h3. */
export type FetchHandler = (request: Request) => Response | Promise<Response>

/** The options of {@link mount}. */
export interface MountOptions {
  /** The time until the answer, after which the client receives a 503; 0 for none. Default: that of the module. */
  readonly timeout?: Duration
  /** The maximum size of a request body in bytes; more is a 413. Default: that of the module, 1 MiB. */
  readonly bodyLimit?: number
}

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
export function mount(prefix: string, handler: FetchHandler, options: MountOptions = {}): Routes {
  const base = parsePrefix(prefix)
  const name = `ANY ${base}/**`
  if (typeof handler !== 'function')
    throw new RouteError(name, 'the handler is not a function', 'Pass app.fetch as the handler')
  assertKnownOptions(`mount('${prefix}')`, options, { timeout: true, bodyLimit: true })
  const { timeout, bodyLimit } = options
  assertTimes(name, { timeout })
  assertAmounts(name, 'bytes', { bodyLimit })
  const route: Route = {
    method: 'ANY',
    pattern: `${base}/**`,
    spec: {
      hidden: true,
      ...(timeout !== undefined && { timeout }),
      ...(bodyLimit !== undefined && { bodyLimit }),
    },
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
 * @throws RouteError if it is not a text, does not begin with a slash, or has an optional or repeated segment
 */
export function parsePrefix(prefix: string): string {
  if (typeof prefix !== 'string')
    throw new RouteError(
      'ANY /**',
      `the prefix is a value of type ${typeof prefix}`,
      "Pass it first: mount('/shop', handler)",
    )
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
