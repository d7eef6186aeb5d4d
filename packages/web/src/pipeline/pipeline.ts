// The steps of a request: find its route, run the middleware, validate, open the services, call the handler, settle, send.

import { type Logger, type TrackedWork, traceChannel, traced, type WorkTracker } from '@myfy/core'
import { awaitInFlight, callInFlight, isThenable } from '@myfy/core/runtime'
import { type Token, token } from '@myfy/di'
import { ResponseError } from '../errors.ts'
import { errors, HTTPException } from '../http/http-exception.ts'
import type { AccessLog } from '../observation/access-log.ts'
import { ExchangeTrace } from '../observation/request-trace.ts'
import { type Delivery, deliver } from '../representation/delivery.ts'
import type { Exchange, ExchangeOwner } from '../request/exchange.ts'
import type { RequestContext } from '../request/request-context.ts'
import { RequestIds } from '../request/request-id.ts'
import { headersOfError, mergeHeaders } from '../response/framing.ts'
import { discardReply, isStreamed, type Reply } from '../response/reply.ts'
import type { RouteMatch } from '../router/route-match.ts'
import type { Router } from '../router/router.ts'
import type { Middleware } from '../routing/middleware.ts'
import { withCheckedMessages } from '../validation/message-validation.ts'
import { AnswerTimeouts, interruptible } from './answer-timeout.ts'
import type { Argument, Endpoint } from './endpoint.ts'
import { ErrorResponder } from './error-handler.ts'
import type { ExceptionHandler } from './exception-handlers.ts'
import { runMiddleware } from './middleware-chain.ts'
import { MatchedContext } from './middleware-context.ts'
import { isAnswer } from './produce-reply.ts'
import type { RouteOptions } from './route-options.ts'

/** The parts of a pipeline. */
export interface PipelineOptions {
  readonly router: Router<Endpoint>
  readonly inFlight: WorkTracker
  readonly logger: Logger
  /** Undefined if requests have no access line. */
  readonly accessLog: AccessLog | undefined
  /** The middleware of requests that match no route. */
  readonly middleware: readonly Middleware[]
  readonly exceptionHandlers: readonly ExceptionHandler[]
  /** The secrets of signed cookies, the current one first. */
  readonly cookieSecrets?: readonly string[]
  /** The last steps of answers that no route gives. */
  readonly delivery?: Delivery | undefined
  /** The time limit of requests that match no route, in ms; 0 for none. */
  readonly timeout: number
  /** Runs the work with the context as the current one. */
  readonly around?: (context: RequestContext, work: () => Promise<Reply>) => Promise<Reply>
}

/** The part of a listener that the pipeline passes on. */
export interface ListeningInfo {
  /** True under a supervisor that reloads. */
  readonly development: boolean
  /** Values that outlive an application. */
  readonly memory: Map<string, unknown>
}

type Match = RouteMatch<Endpoint> | undefined

/** Pipeline answers the exchanges of one application. */
export class Pipeline implements ExchangeOwner {
  readonly router: Router<Endpoint>
  readonly logger: Logger
  readonly ids = new RequestIds()
  /** Called when a transport listens. */
  onListening: ((listener: ListeningInfo) => void) | undefined
  readonly #accessLog: AccessLog | undefined
  readonly #requests = traceChannel('request')
  readonly #handlers = traceChannel('handler')
  readonly cookieSecrets: readonly string[]
  readonly #inFlight: WorkTracker
  readonly #middleware: readonly Middleware[]
  readonly #errors: ErrorResponder
  readonly #timeout: number
  readonly #delivery: Delivery | undefined
  readonly #around: PipelineOptions['around']
  /** True when a route without middleware is called directly. */
  readonly #plain: boolean
  /** True when a request that matches no route is answered directly. */
  readonly #hasNoMiddleware: boolean
  readonly #timeouts = new AnswerTimeouts()
  readonly #endings = new Set<() => void>()
  #ended = false

  constructor(options: PipelineOptions) {
    this.router = options.router
    this.logger = options.logger
    this.#accessLog = options.accessLog
    this.cookieSecrets = options.cookieSecrets ?? []
    this.#inFlight = options.inFlight
    this.#middleware = options.middleware
    this.#errors = new ErrorResponder(options.exceptionHandlers)
    this.#timeout = options.timeout
    this.#delivery = options.delivery
    this.#around = options.around
    this.#plain = options.around === undefined
    this.#hasNoMiddleware = this.#plain && options.middleware.length === 0
  }

  /** Answers one request. Never throws: every failure becomes an answer. */
  handle(exchange: Exchange): void {
    const { method, path } = exchange
    exchange.owner = this
    // TRACE would send the credentials of a request back to the page that made it (RFC 9110 section 9.3.8).
    const match = path.charCodeAt(0) === SLASH && method !== 'TRACE' ? this.#find(method, path) : undefined
    const endpoint = match?.data
    // Not the path of an unknown route: in-flight work is logged, and must not contain values from outside.
    exchange.work = this.#inFlight.track(exchange.kind, endpoint?.label ?? `${method} (no route)`)
    exchange.timeout = endpoint?.timeout ?? this.#timeout
    exchange.delivery = endpoint === undefined ? this.#delivery : endpoint.delivery
    if (endpoint !== undefined) {
      const { route } = endpoint
      exchange.pattern = route.pattern
      exchange.bodyLimit = endpoint.bodyLimit
      exchange.keepsBody = endpoint.keepsBody
      if (endpoint.moduleOptions !== undefined) exchange.options = route.spec
    }
    if (endpoint === undefined || !endpoint.route.unobserved) {
      exchange.observer = this.#accessLog
      if (this.#requests.start.hasSubscribers) return this.#acceptTraced(exchange, match)
    }
    this.#accept(exchange, match)
  }

  #acceptTraced(exchange: Exchange, match: Match): void {
    const trace = new ExchangeTrace(exchange, this.#requests, this.#accessLog)
    exchange.observer = trace
    trace.run(() => this.#accept(exchange, match))
  }

  #accept(exchange: Exchange, match: Match): void {
    const reply = callInFlight(this.#respond, exchange, match)
    if (reply instanceof Promise) this.#sendLater(exchange, reply)
    else this.#send(exchange, reply)
  }

  /** Reports whether the route of a request accepts WebSocket connections. */
  acceptsWebSocket(method: string, path: string): boolean {
    return path.charCodeAt(0) === SLASH && this.#find(method, path)?.data.route.websocket !== undefined
  }

  /** Ends every stream. */
  end(): void {
    this.#ended = true
    for (const listener of [...this.#endings]) listener()
  }

  onEnding(listener: () => void): () => void {
    if (this.#ended) listener()
    else this.#endings.add(listener)
    return () => this.#endings.delete(listener)
  }

  age(work: TrackedWork): number {
    return this.#inFlight.age(work)
  }

  /** Notes the answer to a request that is not valid HTTP. */
  refused(id: string, status: number, bytes: number): void {
    this.#accessLog?.refused(id, status, bytes)
  }

  unknownError(exchange: Exchange, error: unknown): Reply {
    return this.#errors.unknown(exchange, error)
  }

  errorReply(exchange: Exchange, error: unknown): Promise<Reply> {
    return this.#errors.answer(exchange, error)
  }

  #find(method: string, path: string): Match {
    return this.router.find(method, path) ?? (method === 'HEAD' ? this.router.find('GET', path) : undefined)
  }

  /** Calls the code of the user. */
  readonly #respond = (exchange: Exchange, match: Match): Reply | Promise<Reply> =>
    this.#bypassesMiddleware(match?.data, exchange.method)
      ? this.#answer(exchange, match)
      : this.#answerWithMiddleware(exchange, match)

  #bypassesMiddleware(endpoint: Endpoint | undefined, method: string): boolean {
    if (endpoint === undefined) return this.#hasNoMiddleware || method === 'TRACE'
    return endpoint.route.bypassMiddleware === true || (this.#plain && endpoint.middleware.length === 0)
  }

  #sendLater(exchange: Exchange, reply: Promise<Reply>): void {
    const timeout =
      exchange.timeout === 0
        ? undefined
        : this.#timeouts.start(exchange, (error) => {
            exchange.waitUntil(reply.then(discardReply))
            void this.#errors.answer(exchange, error).then((settled) => this.#send(exchange, settled))
          })
    void awaitInFlight(reply, (settled) => {
      if (timeout === undefined || timeout.answered()) this.#send(exchange, settled)
    })
  }

  #send(exchange: Exchange, answer: Reply): void {
    const { added } = exchange
    const reply = added === undefined ? answer : { ...answer, headers: [...answer.headers, ...added] }
    if (isStreamed(reply.body)) this.#retrack(exchange, 'stream')
    const complete = withSetHeaders(exchange, reply)
    const { delivery } = exchange
    const delivered = delivery === undefined ? complete : deliver(complete, exchange, delivery)
    if (delivered instanceof Promise) return this.#sendDelivered(exchange, delivered)
    exchange.send(delivered)
    exchange.released()
  }

  #sendDelivered(exchange: Exchange, delivered: Promise<Reply>): void {
    void delivered
      .catch((error: unknown) => this.unknownError(exchange, error))
      .then((reply) => {
        exchange.send(reply)
        exchange.released()
      })
  }

  /** Tracks a stream as one: a report at the end of a drain then names it. */
  #retrack(exchange: Exchange, kind: string): void {
    const request = exchange.work!
    exchange.work = this.#inFlight.track(kind, request.label)
    request.done()
  }

  /** The answer inside of all middleware. It is a promise only if something must be waited for. Never rejects. */
  #answer(exchange: Exchange, match: Match): Reply | Promise<Reply> {
    let argument: Argument | undefined
    try {
      if (match === undefined) return this.#unmatched(exchange)
      const endpoint = match.data
      const { route } = endpoint
      if (route.websocket) exchange.assertUpgrade(route.spec.origins)
      if (endpoint.moduleOptions !== undefined)
        return this.#answerFailure(
          exchange,
          undefined,
          this.#attemptWithin(endpoint.moduleOptions, exchange, match),
        )
      argument = endpoint.argumentOf(exchange, match.params)
      const handled = this.#handle(exchange, endpoint, argument)
      if (isThenable(handled)) return this.#replyLater(exchange, endpoint, argument, handled)
      const reply = this.#reply(exchange, endpoint, handled)
      return reply instanceof Promise ? this.#answerFailure(exchange, argument, reply) : reply
    } catch (error) {
      return this.#errors.answer(exchange, error, argument)
    }
  }

  /** Calls the handler, as a trace while somebody listens. */
  #handle(exchange: Exchange, endpoint: Endpoint, argument: Argument): unknown {
    if (!this.#handlers.start.hasSubscribers || endpoint.route.unobserved)
      return endpoint.handle(argument, exchange)
    const message = { id: exchange.id, route: endpoint.label }
    return traced(this.#handlers, message, () => endpoint.handle(argument, exchange))
  }

  /** Runs attempts inside of the options of a route. Each attempt begins with the request as it arrived. */
  async #attemptWithin(
    options: RouteOptions,
    exchange: Exchange,
    { data: endpoint, params }: RouteMatch<Endpoint>,
  ): Promise<Reply> {
    let reply: Reply | undefined
    let failure: { readonly error: unknown } | undefined
    await options.around(exchange, async () => {
      if (failure) await exchange.restart(failure.error)
      failure = { error: undefined }
      try {
        const argument = endpoint.argumentOf(exchange, params && { ...params })
        reply = await this.#reply(exchange, endpoint, await this.#handle(exchange, endpoint, argument))
      } catch (error) {
        failure = { error }
        throw error
      }
    })
    if (reply !== undefined) return reply
    throw new ResponseError(
      `Cannot answer ${endpoint.label}: an option of the route ended without an attempt. Call attempt() in its \`around\` function.`,
    )
  }

  /** The answer of a handler that returned a promise. Never rejects. */
  async #replyLater(
    exchange: Exchange,
    endpoint: Endpoint,
    argument: Argument,
    handled: PromiseLike<unknown>,
  ): Promise<Reply> {
    try {
      const reply = this.#reply(exchange, endpoint, await handled)
      return reply instanceof Promise ? await reply : reply
    } catch (error) {
      return this.#errors.answer(exchange, error, argument)
    }
  }

  /** Answers a request whose reply rejects. */
  #answerFailure(exchange: Exchange, argument: Argument | undefined, reply: Promise<Reply>): Promise<Reply> {
    return reply.catch((error) => this.#errors.answer(exchange, error, argument))
  }

  /** The reply for the value of a handler. It is made before the services settle: what cannot be sent must not commit. */
  #reply(exchange: Exchange, endpoint: Endpoint, value: unknown): Reply | Promise<Reply> {
    const { websocket, spec } = endpoint.route
    if (websocket && !isAnswer(value)) {
      const { message } = spec
      return exchange.upgrade(message ? withCheckedMessages(value ?? {}, message) : value, spec)
    }
    const reply = endpoint.reply(value, exchange)
    if (exchange.opened === undefined) return reply
    return reply instanceof Promise ? this.#settleLater(exchange, reply) : this.#settle(exchange, reply)
  }

  async #settleLater(exchange: Exchange, reply: Promise<Reply>): Promise<Reply> {
    return this.#settle(exchange, await reply)
  }

  /**
   * Commits before the head of the answer is sent: a write that the client knows of is visible to its next request. The
   * services of a client that has left roll back. A stream settles at its end.
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

  #answerWithMiddleware(exchange: Exchange, match: Match): Promise<Reply> {
    const context = new MatchedContext(exchange, match?.params)
    const middleware = match?.data.middleware ?? this.#middleware
    const run = () =>
      runMiddleware(middleware, exchange, context, {
        answer: () => {
          const reply = this.#answer(exchange, match)
          if (!(reply instanceof Promise)) return reply
          return interruptible(exchange, awaitInFlight(reply, same)).catch((error) =>
            this.#errors.answer(exchange, error, context),
          )
        },
        fail: (error) => this.#errors.answer(exchange, error, context),
      })
    return this.#around ? this.#around(context, run) : run()
  }

  #unmatched(exchange: Exchange): Reply {
    const { method, path } = exchange
    if (path.charCodeAt(0) !== SLASH && !(path === '*' && method === 'OPTIONS'))
      throw errors.badRequest('the request target or the Host header is not valid')
    const allowed = this.router.allowed(path)
    if (allowed.length === 0) return this.#unknownPath(exchange)
    const allow = allowed.join(', ')
    if (method === 'OPTIONS') return { status: 204, headers: ['allow', allow], body: null }
    throw new HTTPException(405, { detail: `method not allowed; allowed: ${allow}`, headers: { allow } })
  }

  /** The answer to a path without a route: a redirect, if it has one without its trailing slash. */
  #unknownPath({ path, search }: Exchange): Reply {
    const location = this.router.redirectOf(path)
    if (location === undefined) throw errors.notFound('no route matches this path')
    return { status: 308, headers: ['location', location + search], body: null }
  }
}

/** The pipeline of an application. Transports and test clients get it from the container. */
export const RequestPipeline: Token<Pipeline> = token<Pipeline>('RequestPipeline')

const SLASH = 47

const same = (reply: Reply): Reply => reply

/** The reply with the headers that functions of h3 have set on the event, and with the cookies of the context. */
function withSetHeaders(exchange: Exchange, reply: Reply): Reply {
  const { eventResponse: event, setCookies } = exchange
  if (event === undefined && setCookies === undefined) return reply
  const set =
    event === undefined ? [] : exchange.outcome?.ok === false ? headersOfError(event.headers) : event.headers
  const cookies = [...(setCookies ?? [])].map((cookie) => ['set-cookie', cookie] as const)
  return { ...reply, headers: mergeHeaders(reply.headers, [...set, ...cookies]) }
}
