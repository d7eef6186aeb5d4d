// The request that is being answered, as handlers, middleware and request-scoped services see it.

import { type Seed, seed } from '@myfy/di'
import type { Exchange } from './exchange.ts'
import type { H3Event } from './h3.ts'
import type { StreamControl } from './stream-control.ts'

/** What stands behind a context, for those who answer it. */
export let exchangeOf: (context: RequestContext) => Exchange

/**
 * The request that is being answered. A handler receives it together with the checked parts and its services;
 * a request-scoped service gets it by injecting {@link CurrentRequest}.
 */
export class RequestContext {
  static {
    exchangeOf = (context) => context.#exchange
  }

  readonly #exchange: Exchange

  /** @internal */
  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  /** The method, in capitals. */
  get method(): string {
    return this.#exchange.method
  }

  /**
   * The path without the query: normalized (`/a/../b` is `/b`, `%70` is `p`) and otherwise percent-encoded. The route,
   * mounted applications and files are found by this path, so that a check of it cannot be bypassed.
   */
  get path(): string {
    return this.#exchange.path
  }

  /** The whole URL. Its host is what the client claims; with `trustProxy` what the proxy says. */
  get url(): URL {
    return this.#exchange.url
  }

  /** The pattern of the route, `/users/:id`; undefined when none matched. */
  get route(): string | undefined {
    return this.#exchange.pattern
  }

  /** The address of the client; with `trustProxy` what the proxy says. */
  get ip(): string | undefined {
    return this.#exchange.ip
  }

  /** The request as the web platform has it. Its body is limited by `bodyLimit`, and gone when the route has a body schema. */
  get request(): Request {
    return this.#exchange.request
  }

  /** Aborts when nobody waits for the answer any more: the client left, the time is over, or a stop is forced. */
  get signal(): AbortSignal {
    return this.#exchange.signal
  }

  /** What middleware leaves for those after it: the identity of the caller, for one. */
  get locals(): Map<unknown, unknown> {
    return this.#exchange.locals
  }

  /** Makes streams, and tells when they should end. */
  get stream(): StreamControl {
    return this.#exchange.stream
  }

  // Getters, so that a handler may take them out of its argument: `({ header, waitUntil }) => …`.

  /** The value of a header, by any spelling of its name. */
  get header(): (name: string) => string | undefined {
    const exchange = this.#exchange
    return (name) => exchange.header(name.toLowerCase())
  }

  /** Keeps the request's services, and the application, until a promise has settled; the client does not wait for it. */
  get waitUntil(): (work: PromiseLike<unknown>) => void {
    const exchange = this.#exchange
    return (work) => exchange.waitUntil(work)
  }

  /**
   * The request as an h3 event, for h3's own functions: cookies, sessions, proxying. Headers and cookies that they
   * set on it become part of the answer.
   *
   * @example
   * ```ts
   * import { defineRoutes } from '@myfy/web'
   * import { setCookie } from 'h3'
   *
   * export const session = defineRoutes('/session', (route) => {
   *   route.post('/', async ({ event }) => {
   *     setCookie(await event(), 'id', '42', { httpOnly: true })
   *   })
   * })
   * ```
   */
  get event(): () => Promise<H3Event> {
    const exchange = this.#exchange
    return () => exchange.event()
  }
}

/**
 * The request that is being answered, for request-scoped services. A singleton that injects it is refused when the
 * application is built.
 *
 * @example
 * ```ts
 * import { request } from '@myfy/di'
 * import { CurrentRequest } from '@myfy/web'
 *
 * export const language = request({ current: CurrentRequest }, ({ current }) => current.header('accept-language') ?? 'en')
 * ```
 */
export const CurrentRequest: Seed<RequestContext, 'request'> = seed<RequestContext>(
  'request',
  'CurrentRequest',
)
