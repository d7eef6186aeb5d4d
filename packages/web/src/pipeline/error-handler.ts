// What becomes of an error: a roll-back, an answer that says no more than it may, and a line in the log.

import { randomUUID } from 'node:crypto'
import type { Logger } from '@myfy/core'
import { ProviderFailedError } from '@myfy/di'
import { toHTTPException } from '../http/http-exception.ts'
import { exceptionReply, problemReply, type Reply } from '../http/reply.ts'
import type { Exchange } from '../request/exchange.ts'
import { RequestContext } from '../request/request-context.ts'
import { type ExceptionHandler, handleException } from './exception-handlers.ts'

/** Answers the requests that failed. */
export class ErrorResponder {
  readonly #handlers: readonly ExceptionHandler[]
  readonly #logger: Logger

  constructor(handlers: readonly ExceptionHandler[], logger: Logger) {
    this.#handlers = handlers
    this.#logger = logger
  }

  /**
   * A failure as the client may see it. Its services roll back before the answer is sent: a slow reader of an error
   * must not hold their locks.
   */
  async answer(exchange: Exchange, thrown: unknown, context?: RequestContext): Promise<Reply> {
    const error = meant(thrown)
    exchange.fail(error)
    if (exchange.opened !== undefined && exchange.outcome !== undefined && !exchange.late) {
      try {
        await exchange.opened.settle(exchange.outcome)
      } catch (second) {
        if (second !== error)
          this.#logger.error(
            { err: second, route: exchange.label },
            `a service of ${exchange.label} failed to settle`,
          )
      }
    }
    return this.#explain(exchange, error, thrown, context)
  }

  /** The answer to an error. What is not meant for the client goes to the log under an id. */
  async #explain(
    exchange: Exchange,
    error: unknown,
    thrown: unknown,
    context: RequestContext | undefined,
  ): Promise<Reply> {
    const exception = toHTTPException(error)
    if (exception !== undefined && exception.status >= 500)
      this.#logger.error({ err: error, route: exchange.label }, exception.message)
    if (this.#handlers.length > 0) {
      try {
        const reply = await handleException(this.#handlers, error, context ?? new RequestContext(exchange))
        if (reply !== undefined) return reply
      } catch (second) {
        return this.unknown(exchange, second)
      }
    }
    if (exception !== undefined) return exceptionReply(exception)
    // With the path of services that led to it, where there is one.
    return this.unknown(exchange, thrown)
  }

  /** The answer to an error that is nobody's: an id, under which the log has the rest. */
  unknown(exchange: Exchange, error: unknown): Reply {
    if (exchange.closed) {
      this.#logger.debug({ err: error, route: exchange.label }, 'a request failed after its client had left')
      return CLIENT_CLOSED
    }
    const id = randomUUID()
    this.#logger.error({ err: error, id, route: exchange.label }, `${exchange.label} failed`)
    return problemReply({ type: 'about:blank', title: 'Internal Server Error', status: 500, id })
  }
}

/** What a service's factory threw is what the request failed with: an identity may answer 401. */
const meant = (error: unknown): unknown => (error instanceof ProviderFailedError ? meant(error.cause) : error)

const CLIENT_CLOSED: Reply = { status: 499, headers: [], body: null }
