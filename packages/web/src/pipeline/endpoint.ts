// A route that is ready for requests: its schemas, its services and its limits, in the order in which they apply.

import { CurrentWork, type HandlerOption } from '@myfy/core'
import type { Container, Injectable, Opened, Plan } from '@myfy/di'
import { alternativesOf, providedIdentity } from '../auth/alternatives.ts'
import { Authentication } from '../auth/authentication.ts'
import type { AnyAuth } from '../auth/define-auth.ts'
import { FormSchema } from '../forms/form.ts'
import type { formReader } from '../forms/read-form.ts'
import { assertJSON, parseJSON } from '../http/body.ts'
import { errors } from '../http/http-exception.ts'
import type { Limiter } from '../rate-limit/limiter.ts'
import { RateLimiting } from '../rate-limit/rate-limiting.ts'
import { Compression } from '../representation/compression.ts'
import type { Delivery } from '../representation/delivery.ts'
import type { Exchange } from '../request/exchange.ts'
import { CurrentRequest, exchangeOf, RequestContext } from '../request/request-context.ts'
import { type Reply, toResponse } from '../response/reply.ts'
import { StatusReply } from '../response/status-reply.ts'
import { decodeParams } from '../router/router.ts'
import { timeOf } from '../routing/assert-options.ts'
import type { Middleware } from '../routing/middleware.ts'
import type { Route } from '../routing/route-spec.ts'
import { validate, validateParams } from '../validation/validation.ts'
import { asOpened, Guard, resolveAll } from './guard.ts'
import { checkedReply, isAnswer, produceReply, statusReply } from './produce-reply.ts'
import { RouteOptions } from './route-options.ts'

/** The limits of a route that sets none, and its middleware. */
export interface EndpointOptions {
  /** In ms; 0 for none. */
  readonly timeout: number
  /** In bytes. */
  readonly bodyLimit: number
  /** All middleware of the route, that of the module included, the outermost first. */
  readonly middleware: readonly Middleware[]
  /** The rate limits of the route, that of the module included. */
  readonly limiters: readonly Limiter[]
  /** The options that modules define. */
  readonly handlerOptions: readonly HandlerOption[]
  /** Adds entity tags. */
  readonly etag: boolean
  /** Compresses answers; undefined if only routes that ask for it do. */
  readonly compression: Compression | undefined
}

/** Endpoint is a route that is ready to answer. */
export class Endpoint {
  readonly route: Route
  /** The name of the route in logs, errors and graphs: `GET /users/:id`. */
  readonly label: string
  readonly timeout: number
  readonly bodyLimit: number
  /** All middleware of the route, the outermost first. */
  readonly middleware: readonly Middleware[]
  /** The options of the route that modules define. */
  readonly moduleOptions: RouteOptions | undefined
  /** True if the bytes of the body are kept: a schema, an option or a further attempt reads them. */
  readonly keepsBody: boolean
  readonly #inject: Readonly<Record<string, Injectable>> | undefined
  readonly delivery: Delivery | undefined
  readonly #plan: ServicePlan | undefined
  /** The services of a route whose services are all singletons: the same for every request. */
  #constants: object | undefined
  readonly #checks: boolean
  /** True if there is neither a rate limit nor authentication. */
  readonly #admitsAll: boolean
  readonly #form: FormSchema | undefined
  /** The reader of forms, loaded with the first form of an application. */
  #readForm: ReturnType<typeof formReader> | undefined
  readonly #guard: Guard | undefined
  readonly #auth: Authentication | undefined
  /** The limits that are checked before authentication. */
  readonly #limits: RateLimiting | undefined
  /** The limits by a key, which are checked after it. */
  readonly #keyedLimits: RateLimiting | undefined
  /** The seeds by which services inject the identity. */
  readonly #identity: ReadonlyArray<AnyAuth['identity']>

  /** Declares the services of the route with the container, so that its build refuses one without a provider. */
  constructor(route: Route, container: Container, options: EndpointOptions) {
    const { spec } = route
    this.route = route
    this.label = `${route.websocket ? 'WS' : route.method} ${route.pattern}`
    this.timeout = timeOf(this.label, 'timeout', spec.timeout) ?? options.timeout
    this.#form = spec.body instanceof FormSchema ? spec.body : undefined
    this.bodyLimit = spec.bodyLimit ?? this.#form?.max ?? options.bodyLimit
    this.delivery = deliveryOf(spec, options)
    this.middleware = options.middleware
    this.#checks = Boolean(spec.params ?? spec.query ?? spec.headers ?? spec.body)
    this.#limits = RateLimiting.of(options.limiters, ({ limit }) => limit.key === undefined)
    this.#keyedLimits = RateLimiting.of(options.limiters, ({ limit }) => limit.key !== undefined)
    const { scopes = [], roles = [] } = spec
    const alternatives = alternativesOf(spec.auth)
    this.#identity = providedIdentity(alternatives)
    this.#auth =
      alternatives.length > 0
        ? new Authentication({ alternatives, scopes, roles }, this.label, container)
        : undefined
    this.#admitsAll = !this.#limits && !this.#keyedLimits && !this.#auth
    this.#guard = route.before && new Guard(route.before, this.label, container, this.#identity)
    this.moduleOptions = RouteOptions.of(route, this.label, options.handlerOptions)
    // A form may be large; it is kept only for an option that reads it as well.
    this.keepsBody = (spec.body !== undefined && this.#form === undefined) || this.moduleOptions !== undefined
    this.#inject = this.moduleOptions ? { ...spec.inject, ...this.moduleOptions.services } : spec.inject
    // The identity is a third seed at run time only: see #open.
    const seeds = [CurrentRequest, CurrentWork, ...this.#identity] as unknown as Seeds
    this.#plan =
      this.#inject && container.plan({ name: this.label, inject: this.#inject, scope: 'request', seeds })
  }

  /** Creates the singletons before the first request, including asynchronous ones. */
  async prepare(): Promise<void> {
    // An `await` of nothing costs promises, which a reload of hundreds of routes feels.
    if (this.#form) this.#readForm = (await import('../forms/read-form.ts')).formReader(this.#form)
    for (const part of [this.#limits, this.#keyedLimits, this.#auth, this.#guard, this.#plan])
      if (part !== undefined) await part.prepare()
    if (this.#plan === undefined || this.#plan.scoped) return
    const opened = this.#plan.open(NO_REQUEST, NO_WORK)
    this.#constants = (opened instanceof Promise ? await opened : opened).values
  }

  /** The argument of the handler, with the decoded parameters of the path. */
  argumentOf(exchange: Exchange, params: Record<string, string> | undefined): Argument {
    const argument = new Argument(exchange)
    if (params !== undefined) argument.params = decodeParams(params)
    return argument
  }

  /** Admits a request and answers it. The result is a promise only if something must be waited for. */
  handle(argument: Argument, exchange: Exchange): unknown {
    // Without a closure for the routes that admit everybody.
    if (this.#admitsAll) return this.answer(argument, exchange)
    return this.admit(argument, exchange, () => this.answer(argument, exchange))
  }

  /** Checks the rate limits, authenticates the request, and returns what `next` returns. */
  admit(argument: Argument, exchange: Exchange, next: () => unknown): unknown {
    if (this.#limits === undefined) return this.#identify(argument, exchange, next)
    return this.#limits.run(exchange, argument).then(() => this.#identify(argument, exchange, next))
  }

  #identify(argument: Argument, exchange: Exchange, next: () => unknown): unknown {
    const limits = this.#keyedLimits
    const accept = limits === undefined ? next : () => limits.run(exchange, argument).then(next)
    if (this.#auth === undefined) return accept()
    return this.#auth.run(exchange, argument, (identity) => {
      argument.identity = identity
      return accept()
    })
  }

  /**
   * Runs the hooks of the route, validates the input, opens the services and calls the handler. Returns its value, or the
   * response of a hook.
   */
  answer(argument: Argument, exchange: Exchange): unknown {
    if (this.#guard !== undefined) return this.#handleGuarded(this.#guard, argument, exchange)
    if (this.#checks) return this.#validated(argument, exchange, () => this.#call(argument, exchange))
    return this.#call(argument, exchange)
  }

  async #handleGuarded(guard: Guard, argument: Argument, exchange: Exchange): Promise<unknown> {
    const scope = guard.open(argument, exchange, argument.identity)
    exchange.opened = asOpened(scope)
    const response = await guard.run(scope, () => argument.copy(exchange))
    if (response !== undefined) return response
    return this.#validated(argument, exchange, async () => {
      Object.assign(argument, await resolveAll(scope, this.#inject))
      return this.#invoke(argument, exchange)
    })
  }

  /** Validates the input, if there are schemas for it, and continues. */
  async #validated(argument: Argument, exchange: Exchange, next: () => unknown): Promise<unknown> {
    const { spec, pattern } = this.route
    try {
      if (spec.params)
        argument.params = await validateParams(spec.params, argument.params, { label: this.label, pattern })
      if (spec.query) argument.query = await validate(spec.query, argument.query, 'query')
      if (spec.headers) argument.headers = await validate(spec.headers, exchange.headers, 'headers')
      if (this.#form) argument.body = await this.#readForm!(exchange)
      else if (spec.body) {
        const body = readsJSON(exchange) ? parseBody(await exchange.body.bytes()) : undefined
        const valid = validate(spec.body, body, 'body')
        argument.body = valid instanceof Promise ? await valid : valid
      }
    } catch (error) {
      // Input nested so deeply that the recursion of a schema overflowed the stack is the client's fault.
      throw error instanceof RangeError ? errors.badRequest('the request is nested too deeply') : error
    }
    return next()
  }

  /** Opens the services and calls the handler. They are opened only now: a request that is refused creates none. */
  #call(argument: Argument, exchange: Exchange): unknown {
    if (this.#plan === undefined) return this.#invoke(argument, exchange)
    if (this.#constants !== undefined) return this.#invoke(Object.assign(argument, this.#constants), exchange)
    const opened = this.#open(this.#plan, argument, exchange)
    if (opened instanceof Promise)
      return opened.then((services) => this.#callWith(services, argument, exchange))
    return this.#callWith(opened, argument, exchange)
  }

  #open(plan: ServicePlan, argument: Argument, exchange: Exchange): ReturnType<ServicePlan['open']> {
    if (this.#identity.length === 0) return plan.open(argument, exchange)
    // The plan has a third seed, which `Seeds` does not name.
    const { open } = plan as unknown as Plan
    return open(argument, exchange, argument.identity) as ReturnType<ServicePlan['open']>
  }

  #callWith(opened: Opened, argument: Argument, exchange: Exchange): unknown {
    if (opened.disposable) exchange.opened = opened
    Object.assign(argument, opened.values)
    return this.#invoke(argument, exchange)
  }

  /** Calls the handler, inside of the options of its route. */
  #invoke(argument: Argument, exchange: Exchange): unknown {
    const { handler } = this.route
    if (this.moduleOptions === undefined) return handler(argument as never)
    // The services were assigned to the argument when the plan was opened.
    const services = argument as unknown as Readonly<Record<string, unknown>>
    const { id, credentials } = exchange
    const { method, path, url, header } = argument
    const body = async () => (exchange.hasBody ? exchange.body.bytes() : new Uint8Array())
    // Without credentials a service may have this name.
    const identity = credentials && argument.identity
    const call = { id, method, path, url, header, body, identity, credentials }
    return this.moduleOptions.within(call, services, async () => {
      const reply = await this.reply(await handler(argument as never), exchange)
      return toResponse(reply)
    })
  }

  /** The reply for the value of the handler. */
  reply(value: unknown, exchange: Exchange): Reply | Promise<Reply> {
    const { spec } = this.route
    if (value instanceof StatusReply) return statusReply(value, spec, this.label)
    const { response } = spec
    const status = exchange.eventResponse?.status ?? spec.status
    return response === undefined || isAnswer(value)
      ? produceReply(value, status)
      : checkedReply(response, value, status, this.label)
  }
}

/** The last steps of the answers of a route; undefined if there are none. */
function deliveryOf(spec: Route['spec'], defaults: EndpointOptions): Delivery | undefined {
  const etag = spec.etag ?? defaults.etag
  const { compression = defaults.compression } = spec
  const compresses =
    compression === true ? (defaults.compression ?? new Compression()) : compression || undefined
  return etag || compresses ? { etag, compression: compresses } : undefined
}

type Seeds = readonly [typeof CurrentRequest, typeof CurrentWork]
type ServicePlan = Plan<Readonly<Record<string, Injectable>>, Seeds>

// A service that is not scoped cannot read the request.
const NO_REQUEST = undefined as unknown as RequestContext
const NO_WORK = undefined as unknown as Exchange

/** Argument is the untyped argument of every handler. One class for all routes gives V8 one shape to optimize. */
export class Argument extends RequestContext {
  params: unknown = NO_PARAMS
  declare headers: unknown
  declare body: unknown
  declare identity: unknown

  get query(): unknown {
    return exchangeOf(this).query
  }

  set query(value: unknown) {
    exchangeOf(this).query = value
  }

  /** Takes the identity of a request that was admitted. */
  identifiedAs(identity: unknown): this {
    if (identity !== undefined) this.identity = identity
    return this
  }

  /** An argument of the same request. */
  copy(exchange: Exchange): Argument {
    const copy = new Argument(exchange)
    copy.params = this.params
    if (this.identity !== undefined) copy.identity = this.identity
    return copy
  }
}

const NO_PARAMS = Object.freeze(Object.create(null))

/** Reports whether a request has a body (RFC 9112 section 6.3), and refuses one that is not JSON. */
function readsJSON(exchange: Exchange): boolean {
  if (!exchange.hasBody) return false
  assertJSON(exchange.header('content-type'), exchange.header('content-encoding'))
  return true
}

const parseBody = (bytes: Uint8Array): unknown => (bytes.byteLength === 0 ? undefined : parseJSON(bytes))
