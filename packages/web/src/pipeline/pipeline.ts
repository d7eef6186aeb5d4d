// The way of a request: find its route, run the middleware, check, open the services, call, settle, answer.

import type { Logger, WorkTracker } from '@myfy/core'
import { type Token, token } from '@myfy/di'
import { bufferResponse, ReplyCache } from '../http/buffer-response.ts'
import { errors, HTTPException } from '../http/http-exception.ts'
import { isData, isStreamed, type Reply, toReply, toResponse } from '../http/reply.ts'
import type { validate } from '../http/validation.ts'
import type { Exchange, ExchangeOwner } from '../request/exchange.ts'
import { RequestContext } from '../request/request-context.ts'
import type { Middleware } from '../routing/middleware.ts'
import type { RouteMatch } from '../routing/route-match.ts'
import type { Router } from '../routing/router.ts'
import type { Endpoint } from './endpoint.ts'
import { ErrorResponder } from './error-handler.ts'
import type { ExceptionHandler } from './exception-handlers.ts'

/** What a pipeline is made of. */
export interface PipelineOptions {
  readonly router: Router<Endpoint>
  readonly ledger: WorkTracker
  readonly logger: Logger
  readonly middleware: readonly Middleware[]
  readonly exceptionHandlers: readonly ExceptionHandler[]
  /** Runs the work with the context as the current one. */
  readonly around?: (context: RequestContext, work: () => Promise<Reply>) => Promise<Reply>
}

/** Answers the exchanges of one application. */
export class Pipeline implements ExchangeOwner {
  readonly router: Router<Endpoint>
  readonly logger: Logger
  /** Whether a route takes WebSocket connections. */
  hasWebSockets = false
  readonly #ledger: WorkTracker
  readonly #middleware: readonly Middleware[]
  readonly #failures: ErrorResponder
  readonly #around: PipelineOptions['around']
  readonly #plain: boolean
  readonly #endings = new Set<() => void>()
  #ended = false

  constructor(parts: PipelineOptions) {
    this.router = parts.router
    this.logger = parts.logger
    this.#ledger = parts.ledger
    this.#middleware = parts.middleware
    this.#failures = new ErrorResponder(parts.exceptionHandlers, parts.logger)
    this.#around = parts.around
    this.#plain = parts.middleware.length === 0 && parts.around === undefined
  }

  /** Answers one request. Never throws: whatever happens becomes an answer. */
  handle(exchange: Exchange): void {
    const { method, path } = exchange
    exchange.owner = this
    const found = path.charCodeAt(0) === SLASH ? this.#find(method, path) : undefined
    // Not the path of an unknown route: the ledger is read by people, and never holds what came from outside.
    exchange.work = this.#ledger.track(exchange.kind, found?.data.label ?? `${method} (no route)`)
    exchange.pattern = found?.data.route.pattern
    if (found) exchange.bodyLimit = found.data.bodyLimit
    const plain =
      found?.data.route.bypassMiddleware || (this.#plain && !found?.data.route.spec.middleware?.length)
    const reply = plain ? this.#answer(exchange, found) : this.#surrounded(exchange, found)
    if (reply instanceof Promise) void reply.then((settled) => this.#send(exchange, settled))
    else this.#send(exchange, reply)
  }

  #send(exchange: Exchange, reply: Reply): void {
    if (isStreamed(reply.body)) this.#retrack(exchange, 'stream')
    try {
      exchange.send(reply)
    } catch (error) {
      // A header that HTTP does not allow. Nothing of this answer has been sent yet.
      exchange.send(this.#failures.unknown(exchange, error))
    }
    exchange.released()
  }

  /** Tells every stream to come to its end. */
  end(): void {
    this.#ended = true
    for (const listener of [...this.#endings]) listener()
  }

  onEnding(listener: () => void): () => void {
    if (this.#ended) listener()
    else this.#endings.add(listener)
    return () => this.#endings.delete(listener)
  }

  #find(method: string, path: string): RouteMatch<Endpoint> | undefined {
    return this.router.find(method, path) ?? (method === 'HEAD' ? this.router.find('GET', path) : undefined)
  }

  /** The answer without middleware, also to a request that failed. A promise only where something must be waited for. */
  #answer(exchange: Exchange, found: RouteMatch<Endpoint> | undefined): Reply | Promise<Reply> {
    try {
      if (found === undefined) return this.#unmatched(exchange)
      const { route } = found.data
      if (route.websocket) exchange.assertUpgrade(route.spec.origins)
      const argument = found.data.receive(exchange, found.params)
      if (argument instanceof Promise) return this.#answerLater(exchange, found.data, argument, undefined)
      const value = found.data.call(argument, exchange)
      // The short way of a handler that has its answer at once: not one promise. Only for GET: the body of another
      // request may still be on its way into node's parser, and would be taken for one that nobody wants.
      if (
        exchange.method === 'GET' &&
        !route.websocket &&
        route.spec.response === undefined &&
        isPlainData(value)
      ) {
        const reply = this.#settle(exchange, toReply(value, route.spec.status))
        return reply instanceof Promise
          ? reply.catch((error: unknown) => this.#failures.answer(exchange, error, argument))
          : reply
      }
      return this.#answerLater(exchange, found.data, argument, value)
    } catch (error) {
      return this.#failures.answer(exchange, error)
    }
  }

  /** The rest of the way, where something must be waited for. `value` is what the handler returned, if it was called. */
  async #answerLater(
    exchange: Exchange,
    endpoint: Endpoint,
    received: Receiving,
    given: unknown,
  ): Promise<Reply> {
    let argument: RequestContext | undefined
    try {
      let value = given
      if (received instanceof Promise) {
        argument = await received
        value = endpoint.call(argument as Received, exchange)
      } else argument = received
      if (isThenable(value))
        value = await (endpoint.timeout > 0 ? within(endpoint.timeout, value, exchange) : value)
      if (value instanceof HTTPException) return await this.#failures.answer(exchange, value, argument)
      if (endpoint.route.websocket) return exchange.upgrade(value)
      const { response, status } = endpoint.route.spec
      if (response !== undefined && !isAnswer(value)) value = await checked(response, value)
      // Made before the services settle: what cannot be sent must not commit.
      const reply = isAnswer(value) ? await bufferResponse(value) : toReply(value, status)
      if (exchange.opened === undefined) return reply
      return await this.#settle(exchange, reply)
    } catch (error) {
      return this.#failures.answer(exchange, error, argument)
    }
  }

  /**
   * Commits before the head of the answer is sent: what a client was told is written can be read by the next
   * request. A client that has left is not told, so nothing is kept of its request. A stream settles at its end.
   */
  #settle(exchange: Exchange, reply: Reply): Reply | Promise<Reply> {
    const { opened } = exchange
    if (opened === undefined || exchange.closed || isStreamed(reply.body)) return reply
    const failed = (error: unknown): never => {
      exchange.outcome = { ok: false, error }
      throw error
    }
    exchange.outcome ??= { ok: true }
    try {
      const settling = opened.settle(exchange.outcome)
      return settling instanceof Promise ? settling.then(() => reply, failed) : reply
    } catch (error) {
      return failed(error)
    }
  }

  #surrounded(exchange: Exchange, found: RouteMatch<Endpoint> | undefined): Promise<Reply> {
    const context = new RequestContext(exchange)
    const middleware = [...this.#middleware, ...(found?.data.route.spec.middleware ?? [])]
    const known = new ReplyCache()
    const next = async (at: number): Promise<Response> => {
      const reply = await run(at)
      return known.remember(toResponse(reply), reply)
    }
    const run = async (at: number): Promise<Reply> => {
      const around = middleware[at]
      if (around === undefined) return this.#answer(exchange, found)
      try {
        const value = await around(context, () => next(at + 1))
        if (value instanceof HTTPException) return await this.#failures.answer(exchange, value, context)
        return value instanceof Response ? await known.replyOf(value) : toReply(value, undefined)
      } catch (error) {
        return this.#failures.answer(exchange, error, context)
      }
    }
    return this.#around ? this.#around(context, () => run(0)) : run(0)
  }

  #unmatched(exchange: Exchange): Reply {
    if (exchange.path.charCodeAt(0) !== SLASH && !(exchange.path === '*' && exchange.method === 'OPTIONS'))
      throw errors.badRequest('the request target is not a valid path')
    const allowed = this.router.allowed(exchange.path)
    if (allowed.length === 0) throw errors.notFound('nothing is at this path')
    const allow = allowed.join(', ')
    if (exchange.method === 'OPTIONS') return { status: 204, headers: ['allow', allow], body: null }
    throw new HTTPException(405, { detail: `this path takes ${allow}`, headers: { allow } })
  }

  /** A stream stands in the ledger as what it is: a report at the end of a drain then names it. */
  #retrack(exchange: Exchange, kind: string): void {
    const request = exchange.work!
    exchange.work = this.#ledger.track(kind, request.label)
    request.done()
  }
}

/** The pipeline of an application. Transports and test clients ask the container for it. */
export const RequestPipeline: Token<Pipeline> = token<Pipeline>('RequestPipeline')

type Receiving = ReturnType<Endpoint['receive']>
type Received = Awaited<Receiving>

const SLASH = 47

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function'

const isPlainData = (value: unknown): boolean => isData(value) && !isThenable(value)

// Plain data first: the mere name `Response` makes node load the classes of the web platform.
const isAnswer = (value: unknown): value is Response => !isData(value) && value instanceof Response

/** What does not fit the response schema is the server's fault: the client must not read a 422 about it. */
async function checked(schema: Parameters<typeof validate>[0], value: unknown): Promise<unknown> {
  const result = await schema['~standard'].validate(value)
  if (result.issues === undefined) return result.value
  throw new TypeError(
    `the handler returned what its response schema refuses: ${result.issues.map((issue) => issue.message).join('; ')}`,
  )
}

/**
 * The value, or a 503 when it takes too long. The handler is told by its signal; it may still use its services, so
 * the exchange stays under way, and nothing is disposed, until the handler has really ended.
 */
function within(ms: number, work: PromiseLike<unknown>, exchange: Exchange): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = errors.serviceUnavailable('the request took too long')
      exchange.waitUntil(
        work.then(
          () => {},
          () => {},
        ),
      )
      exchange.late = true
      exchange.fail(error)
      exchange.abort(new DOMException(`the handler took longer than ${ms} ms`, 'TimeoutError'))
      reject(error)
    }, ms)
    work.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}
