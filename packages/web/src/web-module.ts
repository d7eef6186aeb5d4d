// WebModule: the module that serves HTTP.

import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Application,
  BaseModule,
  type HandlerOption,
  type Logger,
  type ModuleCommand,
  type StartContext,
  type Transport,
} from '@myfy/core'
import { assertKnownOptions, readFields, type SoleModule, soleModule } from '@myfy/core/runtime'
import type { Container } from '@myfy/di'
import { webCommands } from './commands.ts'
import { fetchThrough } from './fetch/fetch-exchange.ts'
import { healthNames } from './health/health-report.ts'
import { healthRoutes } from './health/health-routes.ts'
import { HealthTransport } from './health/health-transport.ts'
import { assertSecrets } from './http/cookie-signature.ts'
import { Inspector } from './inspector/inspector.ts'
import { type FetchHandler, mount } from './mount/mount.ts'
import { HTTPTransport } from './node/http-transport.ts'
import { AccessLog } from './observation/access-log.ts'
import { assertDescription } from './openapi/assert-description.ts'
import { describeAPI } from './openapi/describe.ts'
import { type OpenAPIDocument, openAPINames } from './openapi/document.ts'
import { openAPIRoutes } from './openapi/openapi-routes.ts'
import { Endpoint } from './pipeline/endpoint.ts'
import { type ExceptionHandler, exceptionHandlersOf, pairsOf } from './pipeline/exception-handlers.ts'
import { Pipeline, RequestPipeline } from './pipeline/pipeline.ts'
import { corsOf, preflightRoutes } from './pipeline/preflight.ts'
import { Limiters } from './rate-limit/limiter.ts'
import { type NamedRateLimit, namedLimits } from './rate-limit/rate-limit.ts'
import type { Compression } from './representation/compression.ts'
import type { RequestContext } from './request/request-context.ts'
import { CommonHeaders } from './response/security-headers.ts'
import { Router } from './router/router.ts'
import {
  assertAmounts,
  assertChoice,
  assertList,
  isFunction,
  isRouteGroup,
  timeOf,
} from './routing/assert-options.ts'
import { corsMiddleware } from './routing/cors.ts'
import type { Middleware } from './routing/middleware.ts'
import { ROUTE_GROUPS, routesOf } from './routing/module-routes.ts'
import type { Route, Routes } from './routing/route-spec.ts'
import {
  compressionOf,
  isGetter,
  isObject,
  moduleNames,
  refuseOptionsOfTransport,
  type WebModuleOptions,
} from './web-module-options.ts'

/**
 * The module that serves HTTP.
 *
 * @example
 * ```ts
 * import { Application } from '@myfy/core'
 * import { defineRoutes, WebModule } from '@myfy/web'
 *
 * const hello = defineRoutes('/hello', (route) => {
 *   route.get('/:name', ({ params }) => ({ hello: params.name }))
 * })
 * const app = new Application().addModule(new WebModule({ routes: [hello], port: 8000 }))
 * await app.run()
 * ```
 */
export class WebModule extends BaseModule {
  readonly #options: WebModuleOptions
  readonly #routes: Routes[]
  #headers = new CommonHeaders(undefined)
  readonly #router: Router<Endpoint>
  #cors: Middleware | undefined
  #limits: readonly NamedRateLimit[] = []
  readonly #endpoints: Endpoint[] = []
  #exceptionHandlers: ExceptionHandler[] = []
  #compression: Compression | undefined
  readonly #storage: AsyncLocalStorage<RequestContext> | undefined
  #transports: readonly Transport[] | undefined
  #logger: Logger | undefined
  /** Warnings about the API description that were logged. */
  readonly #warned = new Set<string>()
  #pipeline: Pipeline | undefined

  constructor(options: WebModuleOptions = {}) {
    super('web')
    assertKnownOptions('WebModule', options, moduleNames)
    const { routes = [], middleware = [], trailingSlash } = options
    assertChoice('trailingSlash', 'WebModule', trailingSlash, ['ignore', 'redirect', 'strict'])
    assertList('routes', 'WebModule', routes, isRouteGroup, ROUTE_GROUPS)
    assertList('middleware', 'WebModule', middleware, isFunction, 'a function')
    this.#options = options
    this.#routes = [...routes]
    this.#router = new Router(trailingSlash)
    // At once, so that an invalid option is reported where it is written.
    this.#read((name) => !isGetter(options, name))
    this.#storage = options.requestContext ? new AsyncLocalStorage() : undefined
  }

  /** Reads the options for which `isDue`: those that a getter gives may need the settings, which are loaded later. */
  #read(isDue: (name: keyof WebModuleOptions) => boolean): void {
    const options = this.#options
    if (isDue('rateLimit')) this.#limits = namedLimits(options.rateLimit, 'module')
    if (isDue('cors')) this.#cors = options.cors && corsMiddleware(options.cors)
    if (isDue('exceptionHandlers'))
      this.#exceptionHandlers = [...pairsOf('WebModule', options.exceptionHandlers ?? [])]
    if (isDue('securityHeaders')) this.#headers = new CommonHeaders(options.securityHeaders)
    if (isDue('compression')) this.#compression = compressionOf(options.compression)
  }

  /** Passes every request below a prefix to another application: Hono, h3, or any function from request to response. */
  mount(prefix: string, handler: FetchHandler): this {
    this.#routes.push(mount(prefix, handler))
    return this
  }

  /** Every route in the order of declaration. Complete after the application is initialized. */
  get routes(): readonly Route[] {
    return this.#endpoints.map((endpoint) => endpoint.route)
  }

  /** The API description, an OpenAPI 3.1 document. */
  get openapi(): OpenAPIDocument {
    const { etag = false, openapi } = this.#options
    const limited = this.#limits.length > 0 ? { rateLimit: this.#limits } : {}
    const routes = this.routes.map((route) => ({
      ...route,
      spec: { etag, ...(!route.bypassMiddleware && limited), ...route.spec },
    }))
    return describeAPI(routes, openapi || {}, ({ part, route }, reason) => {
      const message = `the ${part} schema of ${route} ${reason}`
      if (this.#warned.has(message)) return
      this.#warned.add(message)
      this.#logger?.warn({ route }, message)
    })
  }

  /** The current request, anywhere in its asynchronous code. Undefined without the option `requestContext: true`. */
  get requestContext(): RequestContext | undefined {
    return this.#storage?.getStore()
  }

  /**
   * Handles a web request in the same way as one from the socket. The application must have started.
   *
   * @example
   * ```ts
   * import { Application } from '@myfy/core'
   * import { WebModule } from '@myfy/web'
   *
   * const app = new Application().addModule(new WebModule())
   * await app.startModules()
   * const response = await app.getModule(WebModule).fetch(new Request('http://localhost/health/live'))
   * ```
   */
  readonly fetch = (request: Request): Promise<Response> =>
    fetchThrough(this.container.get(RequestPipeline), request, this.#headers)

  /** @internal */
  get [soleModule](): SoleModule {
    return {
      type: 'WebModule',
      fix: 'Pass the routes of both to one: new WebModule({ routes: [users, admin] }); for a second port, create a second application',
    }
  }

  /** @internal */
  get [readFields](): readonly string[] {
    return ['routes', 'exceptionHandlers', 'handlerOptions']
  }

  /** Registers the pipeline for transports and test clients. */
  override configure(container: Container, app: Application): void {
    this.#read((name) => isGetter(this.#options, name))
    const storage = this.#storage
    this.#logger = app.logger
    const { accessLog, cookieSecrets, etag = false } = this.#options
    if (cookieSecrets !== undefined) assertSecrets('cookieSecrets', cookieSecrets)
    this.#pipeline = new Pipeline({
      router: this.#router,
      inFlight: app.inFlight,
      logger: app.logger,
      accessLog: accessLog ? new AccessLog(app.logger, accessLog === true ? {} : accessLog) : undefined,
      middleware: this.#middlewareOf(this.#cors),
      exceptionHandlers: this.#exceptionHandlers,
      timeout: this.#timeout,
      ...(cookieSecrets && { cookieSecrets }),
      delivery: etag || this.#compression ? { etag, compression: this.#compression } : undefined,
      ...(storage && { around: (context, work) => storage.run(context, work) }),
    })
    container.register(RequestPipeline, { value: this.#pipeline })
  }

  /** The time limit of routes without a separate one, in ms. */
  get #timeout(): number {
    return timeOf('WebModule', 'timeout', this.#options.timeout) ?? 30_000
  }

  /** Declares the services of every route, so that the build of the container reports those without a provider. */
  override extend(container: Container, app: Application): void {
    const { health = {}, openapi = {}, bodyLimit = 1_048_576, etag = false } = this.#options
    const timeout = this.#timeout
    assertKnownOptions('health', health || undefined, healthNames)
    assertKnownOptions('openapi', openapi || undefined, openAPINames)
    assertAmounts('WebModule', 'bytes', { bodyLimit })
    const groups = [...this.#routes]
    const handlerOptions: HandlerOption[] = []
    for (const module of app.modules) {
      const brought = module.handlerOptions?.() ?? []
      assertList(
        'handlerOptions()',
        `the module '${module.name}'`,
        brought,
        isObject,
        'a list of handler options',
      )
      handlerOptions.push(...brought)
      if (isWebModule(module)) continue
      groups.push(...routesOf(module))
      this.#exceptionHandlers.push(...exceptionHandlersOf(module))
    }
    if (health) groups.push(healthRoutes(app, health))
    if (openapi) groups.push(openAPIRoutes(() => this.openapi, openapi))
    const limiters = new Limiters(container, app.logger)
    const shared = this.#limits
    const declared = groups.flatMap(({ routes }) => routes)
    if (openapi) assertDescription(declared, openapi)
    const defaults = { timeout, bodyLimit, etag, compression: this.#compression }
    const add = (route: Route, cors: Middleware | undefined): Endpoint => {
      const outer = this.#middlewareOf(cors)
      const middleware = route.spec.middleware ? [...outer, ...route.spec.middleware] : outer
      const own = namedLimits(route.spec.rateLimit, route.pattern)
      const limits = route.bypassMiddleware ? own : [...shared, ...own]
      const endpoint = new Endpoint(route, container, {
        ...defaults,
        middleware,
        handlerOptions,
        limiters: limits.map((limit) => limiters.of(limit)),
      })
      this.#router.add(route.method === 'ANY' ? '' : route.method, route.pattern, endpoint)
      return endpoint
    }
    for (const route of declared) this.#endpoints.push(add(route, corsOf(route.spec, this.#cors)))
    const allowed = (path: string) => this.#router.allowed(path)
    for (const { route, cors } of preflightRoutes(declared, this.#cors, allowed)) add(route, cors)
    const { inspector = {} } = this.#options
    if (inspector === false) return
    const opened = new Inspector(app, inspector)
    for (const route of opened.routes.routes) add(route, undefined)
    this.#pipeline!.beforeListening = (development) => opened.load(development)
    this.#pipeline!.onListening = ({ development, memory }) => opened.open(development, memory)
  }

  /** The middleware of the module, inside of that for CORS. */
  #middlewareOf(cors: Middleware | undefined): readonly Middleware[] {
    const { middleware = [] } = this.#options
    return cors === undefined ? middleware : [cors, ...middleware]
  }

  /** Creates the singletons of the routes, so that the first request does not wait for them. */
  override async ready(_context: StartContext): Promise<void> {
    for (const endpoint of this.#endpoints) await endpoint.prepare()
  }

  /** The HTTP transport, and the health transport when a port is configured. */
  override transports(): readonly Transport[] {
    if (this.#transports) return this.#transports
    const { transport, health } = this.#options
    if (transport) refuseOptionsOfTransport(this.#options)
    const { port, host, path, tls, http2, limits, trustProxy, securityHeaders } = this.#options
    const main =
      transport ?? new HTTPTransport({ port, host, path, tls, http2, limits, trustProxy, securityHeaders })
    const probe =
      health && health.port !== undefined ? [new HealthTransport({ ...health, port: health.port })] : []
    this.#transports = [main, ...probe]
    return this.#transports
  }

  /** The commands `routes` and `openapi`. */
  override commands(): readonly ModuleCommand[] {
    return webCommands(this)
  }
}

/** Outside of the class, because the compiler renames a class that refers to itself: its name is shown to users. */
function isWebModule(module: object): boolean {
  return module instanceof WebModule
}
