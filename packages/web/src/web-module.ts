// The module that makes an application answer HTTP.

import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Application,
  BaseModule,
  type ModuleCommand,
  type StartContext,
  type Transport,
} from '@myfy/core'
import type { Container } from '@myfy/di'
import { webCommands } from './commands.ts'
import { CommonHeaders, type SecurityHeaders } from './http/security-headers.ts'
import type { TrustProxy } from './http/trust-proxy.ts'
import { HTTPTransport } from './node/http-transport.ts'
import type { ConnectionLimits } from './node/listener.ts'
import { describeAPI, type OpenAPIDocument, type OpenAPIOptions, openAPIRoutes } from './openapi/describe.ts'
import { Endpoint } from './pipeline/endpoint.ts'
import type { ExceptionHandler } from './pipeline/error-handler.ts'
import { fetchThrough } from './pipeline/fetch-exchange.ts'
import { Pipeline, RequestPipeline } from './pipeline/pipeline.ts'
import type { CorsOptions } from './request/h3.ts'
import type { RequestContext } from './request/request-context.ts'
import { assertAmounts, assertList, isFunction, isRouteGroup } from './routing/assert-options.ts'
import { corsMiddleware } from './routing/cors.ts'
import { type HealthOptions, HealthTransport, healthRoutes } from './routing/health-routes.ts'
import type { Middleware } from './routing/middleware.ts'
import { type FetchHandler, mount } from './routing/mount.ts'
import type { Route, Routes } from './routing/route.ts'
import { Router } from './routing/router.ts'

/** What a {@link WebModule} is made of. */
export interface WebModuleOptions {
  /** Groups of routes, files, mounted applications: what `defineRoutes`, `serveFiles` and `mount` return. */
  readonly routes?: readonly Routes[]
  /**
   * The TCP port; 0 takes any free one. Default: 8000. A port out of the settings is a getter, read when the settings
   * are known: `get port() { return app.settings.port }`.
   */
  readonly port?: number
  /** The address to listen on. Default: every address of the machine. */
  readonly host?: string
  /** A Unix socket instead of a port. */
  readonly path?: string
  /** Another transport than the module's own; `host`, `port`, `path`, `limits`, `trustProxy` are then its matter. */
  readonly transport?: Transport
  /** Runs around every request, also around those that no route takes. */
  readonly middleware?: readonly Middleware[]
  /** Lets pages of other origins read answers; h3's options. Default: none may. */
  readonly cors?: CorsOptions
  /** How long a body may be, in bytes. Default: 1 MiB. */
  readonly bodyLimit?: number
  /** How long a handler may take until the client gets a 503, in ms. Default: 30,000; 0 for no limit. */
  readonly timeout?: number
  /** Limits on what clients may do with a connection. */
  readonly limits?: ConnectionLimits
  /** Whose `x-forwarded-*` headers are believed. Default: nobody's. */
  readonly trustProxy?: TrustProxy
  /** Headers of every answer. Default: no sniffing, no framing, no referrer. */
  readonly securityHeaders?: SecurityHeaders
  /** Turns errors of one's own into answers; the first class that fits is taken. */
  readonly exceptionHandlers?: readonly ExceptionHandler[]
  /** The description of the API: `/openapi.json`, and a page at `/docs` in development. `false` for none. */
  readonly openapi?: OpenAPIOptions | false
  /** `/health`, `/health/live`, `/health/ready`. `false` for none. */
  readonly health?: HealthOptions | false
  /** Whether {@link WebModule.requestContext} tells the request from anywhere in its code. Costs up to 1 µs a request. Default: false. */
  readonly requestContext?: boolean
}

/**
 * Makes an application answer HTTP.
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
  readonly #headers: CommonHeaders
  readonly #router = new Router<Endpoint>()
  readonly #endpoints: Endpoint[] = []
  readonly #storage: AsyncLocalStorage<RequestContext> | undefined
  #transports: readonly Transport[] | undefined
  #pipeline: Pipeline | undefined

  constructor(options: WebModuleOptions = {}) {
    super('web')
    const { routes = [], middleware = [] } = options
    assertList('routes', 'WebModule', routes, isRouteGroup, 'what defineRoutes(…) returns')
    assertList('middleware', 'WebModule', middleware, isFunction, 'a function')
    this.#options = options
    this.#routes = [...routes]
    this.#headers = new CommonHeaders(options.securityHeaders)
    this.#storage = options.requestContext ? new AsyncLocalStorage() : undefined
  }

  /** Answers everything below a prefix by another application: a Hono or h3 app, any function from request to response. */
  mount(prefix: string, handler: FetchHandler): this {
    this.#routes.push(mount(prefix, handler))
    return this
  }

  /** Every route, in the order of declaration; complete once the application is initialized. */
  get routes(): readonly Route[] {
    return this.#endpoints.map((endpoint) => endpoint.route)
  }

  /** The description of the API, as OpenAPI 3.1. */
  get openapi(): OpenAPIDocument {
    return describeAPI(this.routes, this.#options.openapi || {})
  }

  /** The request that is being answered, wherever its code asks; only with `requestContext: true`. */
  get requestContext(): RequestContext | undefined {
    return this.#storage?.getStore()
  }

  /**
   * Answers a web request as if it had come by the socket. The application must have started.
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

  /** Registers the pipeline, by which transports and test clients find it. */
  override configure(container: Container, app: Application): void {
    const storage = this.#storage
    const { cors, middleware = [], exceptionHandlers = [] } = this.#options
    this.#pipeline = new Pipeline({
      router: this.#router,
      ledger: app.ledger,
      logger: app.logger,
      middleware: cors ? [corsMiddleware(cors), ...middleware] : middleware,
      exceptionHandlers,
      ...(storage && { around: (context, work) => storage.run(context, work) }),
    })
    container.register(RequestPipeline, { value: this.#pipeline })
  }

  /** Declares every route with the container: its build then refuses what nobody provides. */
  override extend(container: Container, app: Application): void {
    const { health = {}, openapi = {}, timeout = 30_000, bodyLimit = 1_048_576 } = this.#options
    assertAmounts('WebModule', 'ms', { timeout })
    assertAmounts('WebModule', 'bytes', { bodyLimit })
    const groups = [...this.#routes]
    if (health) groups.push(healthRoutes(app, health))
    if (openapi) groups.push(openAPIRoutes(() => this.openapi, openapi))
    for (const { routes } of groups) {
      for (const route of routes) {
        const endpoint = new Endpoint(route, container, { timeout, bodyLimit })
        this.#router.add(route.method === 'ANY' ? '' : route.method, route.pattern, endpoint)
        this.#endpoints.push(endpoint)
        if (route.websocket) this.#pipeline!.hasWebSockets = true
      }
    }
  }

  /** Builds what the routes need, so that the first request is as fast as the second. */
  override async ready(_context: StartContext): Promise<void> {
    for (const endpoint of this.#endpoints) await endpoint.prepare()
  }

  /** The HTTP transport, and the health port if it has one. */
  override transports(): readonly Transport[] {
    if (this.#transports) return this.#transports
    const { transport, health, port, host, path, limits, trustProxy, securityHeaders } = this.#options
    const main = transport ?? new HTTPTransport({ port, host, path, limits, trustProxy, securityHeaders })
    const probe =
      health && health.port !== undefined ? [new HealthTransport({ ...health, port: health.port })] : []
    this.#transports = [main, ...probe]
    return this.#transports
  }

  /** `routes` and `openapi`. */
  override commands(): readonly ModuleCommand[] {
    return webCommands(this)
  }
}
