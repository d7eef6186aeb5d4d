// The argument of middleware.

import type { Exchange } from '../request/exchange.ts'
import { RequestContext } from '../request/request-context.ts'
import { decodeParams } from '../router/router.ts'
import type { MiddlewareContext } from '../routing/middleware.ts'

/** The request as middleware receives it: with the parameters of the route, decoded when they are first read. */
export class MatchedContext extends RequestContext implements MiddlewareContext {
  readonly #encoded: Record<string, string> | undefined
  #params: Readonly<Record<string, string>> | undefined

  constructor(exchange: Exchange, encoded: Record<string, string> | undefined) {
    super(exchange)
    this.#encoded = encoded
  }

  get params(): Readonly<Record<string, string>> {
    // A copy: the handler decodes the parameters of the match in place.
    this.#params ??= decodeParams(Object.assign(Object.create(null), this.#encoded))
    return this.#params
  }
}
