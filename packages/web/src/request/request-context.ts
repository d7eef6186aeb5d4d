// The current request as handlers, middleware and request-scoped services see it.

import type { Logger } from '@myfy/core'
import { type Seed, seed } from '@myfy/di'
import type { Cookies } from './cookies.ts'
import type { Exchange } from './exchange.ts'
import type { H3Event } from './h3-event.ts'
import type { Locals } from './locals.ts'
import type { StreamControl } from './stream-control.ts'

/** Returns the exchange behind a context. */
export let exchangeOf: (context: RequestContext) => Exchange

/**
 * RequestContext is the current request. A handler receives it together with the validated input and its services; a
 * request-scoped service receives it by injecting {@link CurrentRequest}.
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

  /**
   * The id of the request: the trace id of its `traceparent` header; behind a proxy that `trustProxy` names, the value of
   * `x-request-id`; else a fresh one. It is in every line of {@link RequestContext.logger}, in the access line, in
   * problem documents, and in the header `x-request-id` of the answer.
   */
  get id(): string {
    return this.#exchange.id
  }

  /** The logger of the request: that of the application, with the id of the request in every line. */
  get logger(): Logger {
    return this.#exchange.logger
  }

  /** The method in upper case. */
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

  /** The full URL. Its host is taken from the request; with `trustProxy`, from the proxy. */
  get url(): URL {
    return this.#exchange.url
  }

  /** The pattern of the route, `/users/:id`; undefined if no route matched. */
  get route(): string | undefined {
    return this.#exchange.pattern
  }

  /** The address of the client; with `trustProxy`, as the proxy reports it. */
  get ip(): string | undefined {
    return this.#exchange.ip
  }

  /**
   * The request as a `Request` of the web platform. Its body is limited by `bodyLimit`. It can be read once; where the
   * route has a body schema, the schema reads it as well. Middleware that reads a body without a schema reads a clone.
   * `json()` and `formData()` reject with 400 and 415 for input that is not valid.
   */
  get request(): Request {
    return this.#exchange.request
  }

  /** Aborts when the answer is not needed any more: the client has left, the timeout has passed, or a stop is forced. */
  get signal(): AbortSignal {
    return this.#exchange.signal
  }

  /** Values that middleware sets for handlers and services. A key that {@link local} creates gives its value a type. */
  get locals(): Locals {
    return this.#exchange.locals
  }

  /** Creates event streams, and signals when a stream should end. */
  get stream(): StreamControl {
    return this.#exchange.stream
  }

  /** Reads the cookies of the request, and sets those of the answer. */
  get cookies(): Cookies {
    return this.#exchange.cookies
  }

  // Getters that return functions, so that a handler can destructure them: `({ header, waitUntil }) => …`.

  /** Returns the value of a header. The case of the name does not matter. */
  get header(): (name: string) => string | undefined {
    const exchange = this.#exchange
    return (name) => exchange.header(name.toLowerCase())
  }

  /** Keeps the services of the request, and the application, until a promise has settled. The client does not wait for it. */
  get waitUntil(): (work: PromiseLike<unknown>) => void {
    const exchange = this.#exchange
    return (work) => exchange.waitUntil(work)
  }

  /**
   * Returns the request as an h3 event, for the functions of h3: cookies, sessions, proxying. The status, the headers
   * and the cookies that they set on it become part of the answer.
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
 * The current request, for request-scoped services. A singleton that injects it is refused when the application is
 * built.
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
