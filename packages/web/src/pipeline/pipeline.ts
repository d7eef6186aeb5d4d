// The steps of a request: find its route, track it, run the middleware and the handler, send the answer.

import { type Logger, type TrackedWork, traceChannel, type WorkTracker } from '@myfy/core'
import { awaitInFlight, callInFlight } from '@myfy/core/runtime'
import { type Token, token } from '@myfy/di'
import type { DevelopmentHosts } from '../client/development-hosts.ts'
import { errors, HTTPException } from '../http/http-exception.ts'
import type { AccessLog, RefusedFields } from '../observation/access-log.ts'
import { ExchangeTrace } from '../observation/request-trace.ts'
import { type Delivery, deliver } from '../representation/delivery.ts'
import type { Exchange, ExchangeOwner } from '../request/exchange.ts'
import type { RequestContext } from '../request/request-context.ts'
import { RequestIds } from '../request/request-id.ts'
import { headersOfError, mergeHeaders, pairsOf } from '../response/framing.ts'
import { discardReply, isStreamed, type Reply } from '../response/reply.ts'
import type { RouteMatch } from '../router/route-match.ts'
import type { Router } from '../router/router.ts'
import type { Middleware } from '../routing/middleware.ts'
import { AnswerTimeouts, interruptible } from './answer-timeout.ts'
import type { Endpoint } from './endpoint.ts'
import { ErrorResponder } from './error-handler.ts'
import type { ExceptionHandler } from './exception-handlers.ts'
import { HandlerRunner } from './handler-runner.ts'
import { runMiddleware } from './middleware-chain.ts'
import { MatchedContext } from './middleware-context.ts'

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
  readonly around?: (context: RequestContext, work: () => Answering) => Answering
}

/** The part of a listener that the pipeline passes on. */
export interface ListeningInfo {
  /** True under a supervisor that reloads. */
  readonly development: boolean
  /** Values that outlive an application. */
  readonly memory: Map<string, unknown>
}

type Match = RouteMatch<Endpoint> | undefined
/** An answer: a promise only if something must be waited for. */
type Answering = Reply | Promise<Reply>

/** Pipeline answers the exchanges of one application. */
export class Pipeline implements ExchangeOwner {
  readonly router: Router<Endpoint>
  readonly logger: Logger
  readonly ids = new RequestIds()
  /** The hosts that are answered; undefined for all. */
  hosts: DevelopmentHosts | undefined
  /** Called, and awaited, before a transport listens. */
  beforeListening: ((development: boolean) => Promise<void>) | undefined
  /** Called, and awaited, when a transport listens. */
  onListening: ((listener: ListeningInfo) => Promise<void>) | undefined
  readonly #accessLog: AccessLog | undefined
  readonly #requests = traceChannel('request')
  readonly cookieSecrets: readonly string[]
  readonly #inFlight: WorkTracker
  readonly #middleware: readonly Middleware[]
  readonly #errors: ErrorResponder
  readonly #runner: HandlerRunner
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
    this.#runner = new HandlerRunner(this.#errors)
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
    const route = path.charCodeAt(0) === SLASH ? this.#find(method, path)?.data.route : undefined
    return route?.websocket !== undefined || route?.acceptsUpgrade === true
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
  refused(request: RefusedFields): void {
    this.#accessLog?.refused(request)
  }

  unknownError(exchange: Exchange, error: unknown): Reply {
    return this.#errors.unknown(exchange, error)
  }

  async errorReply(exchange: Exchange, error: unknown, instead: Reply): Promise<Reply> {
    const reply = await this.#errors.answer(exchange, error)
    // Middleware and CORS have run: their headers are set on this answer as well.
    const set = [...headersOfError(pairsOf(instead.headers))].flat()
    return { ...reply, headers: mergeHeaders(set, pairsOf(reply.headers)) }
  }

  #find(method: string, path: string): Match {
    return this.router.find(method, path) ?? (method === 'HEAD' ? this.router.find('GET', path) : undefined)
  }

  /** Calls the code of the user. */
  readonly #respond = (exchange: Exchange, match: Match): Reply | Promise<Reply> => {
    if (this.hosts !== undefined && !this.hosts.accepts(exchange.header('host')))
      return this.#errors.answer(exchange, foreignHost())
    return this.#bypassesMiddleware(match?.data, exchange.method)
      ? this.#answer(exchange, match)
      : this.#answerWithMiddleware(exchange, match)
  }

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
    if (match !== undefined) return this.#runner.run(exchange, match)
    try {
      return this.#unmatched(exchange)
    } catch (error) {
      return this.#errors.answer(exchange, error)
    }
  }

  #answerWithMiddleware(exchange: Exchange, match: Match): Answering {
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

const foreignHost = () =>
  errors.forbidden(
    'this process is in development and answers for this machine only; MYFY_ALLOWED_HOSTS names further hosts',
  )

const same = (reply: Reply): Reply => reply

/** The reply with the headers of CORS, those that functions of h3 have set on the event, and with the cookies of the context. */
function withSetHeaders(exchange: Exchange, reply: Reply): Reply {
  const { eventResponse: event, setCookies, corsHeaders } = exchange
  if (event === undefined && setCookies === undefined)
    return corsHeaders === undefined ? reply : { ...reply, headers: mergeHeaders(reply.headers, corsHeaders) }
  const set =
    event === undefined ? [] : exchange.outcome?.ok === false ? headersOfError(event.headers) : event.headers
  const cookies = [...(setCookies ?? [])].map((cookie) => ['set-cookie', cookie] as const)
  return { ...reply, headers: mergeHeaders(reply.headers, [...(corsHeaders ?? []), ...set, ...cookies]) }
}
