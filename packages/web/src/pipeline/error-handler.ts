// The answer to an error: a rollback, a response that discloses no internals, and a line in the log.

import { isUserFrame, keepUserFrames, stackFrames } from '@myfy/core/runtime'
import { ProviderFailedError } from '@myfy/di'
import { ResponseError } from '../errors.ts'
import { HTTPException, toHTTPException } from '../http/http-exception.ts'
import type { Exchange } from '../request/exchange.ts'
import { RequestContext } from '../request/request-context.ts'
import { exceptionReply, problemReply, type Reply } from '../response/reply.ts'
import { type ExceptionHandler, handleException } from './exception-handlers.ts'

/** ErrorResponder answers the requests that failed. */
export class ErrorResponder {
  readonly #handlers: readonly ExceptionHandler[]

  constructor(handlers: readonly ExceptionHandler[]) {
    this.#handlers = handlers
  }

  /**
   * Returns the answer to an error. The services roll back before it is sent: a client that reads slowly must not hold
   * their locks. Never rejects.
   */
  async answer(exchange: Exchange, thrown: unknown, context?: RequestContext): Promise<Reply> {
    const error = unwrapProviderError(thrown)
    exchange.fail(error)
    await this.#rollBack(exchange, error)
    const exception = toHTTPException(error)
    if (exception !== undefined && exception.status >= 500)
      exchange.logger.error({ err: ofFramework(error), route: exchange.label }, exception.message)
    if (this.#handlers.length > 0) {
      try {
        const reply = await handleException(this.#handlers, error, context ?? new RequestContext(exchange))
        if (reply !== undefined) return reply
      } catch (second) {
        return this.unknown(exchange, second)
      }
    }
    if (exception !== undefined) return exceptionReply(exception, exchange.id)
    // With the path of services that led to it, where there is one.
    return this.unknown(exchange, thrown)
  }

  async #rollBack(exchange: Exchange, error: unknown): Promise<void> {
    const { opened, outcome, timedOut, label } = exchange
    if (opened === undefined || outcome === undefined || timedOut) return
    try {
      await opened.settle(outcome)
    } catch (second) {
      if (second === error) return
      exchange.logger.error({ err: second, route: label }, `a service of ${label} could not settle`)
    }
  }

  /** The answer to an unknown error: an id, under which the log has the rest. */
  unknown(exchange: Exchange, thrown: unknown): Reply {
    const error = explained(thrown, exchange.label)
    if (exchange.closed) {
      exchange.logger.debug(
        { err: error, route: exchange.label },
        'a request failed after its client had left',
      )
      return CLIENT_CLOSED
    }
    const { id } = exchange
    exchange.logger.error({ err: error, route: exchange.label }, `${exchange.label} failed`)
    return problemReply({ type: 'about:blank', title: 'Internal Server Error', status: 500, id })
  }
}

/** The error that the factory of a service threw is the error of the request: an identity may answer 401. */
const unwrapProviderError = (error: unknown): unknown =>
  error instanceof ProviderFailedError ? unwrapProviderError(error.cause) : error

/** Returns an exception of the framework itself, such as that of a time limit, without its stack, which says nothing. */
const ofFramework = (error: unknown): unknown =>
  error instanceof HTTPException && !stackFrames(error.stack ?? '').some(isUserFrame)
    ? keepUserFrames(error)
    : error

/** Node.js names the header that it refuses, and not the route that set it. */
function explained(error: unknown, label: string): unknown {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown }
  const [, name] = /\["([^"]+)"\]$/.exec(String(message)) ?? []
  if ((code !== 'ERR_INVALID_CHAR' && code !== 'ERR_HTTP_INVALID_HEADER_VALUE') || !name) return error
  return new ResponseError(
    `Cannot answer ${label}: the value of its header ${name} has a character that a header cannot contain. Encode it, as with encodeURIComponent(value).`,
    { cause: error },
  )
}

// Not sent: the client has left. The status is nginx's.
const CLIENT_CLOSED: Reply = { status: 499, headers: [], body: null }
