// The options of WebModule.

import { type Duration, OptionError, type Transport } from '@myfy/core'
import type { OptionNames } from '@myfy/core/runtime'
import type { TrustProxy } from './client/trust-proxy.ts'
import type { HealthOptions } from './health/health-report.ts'
import type { CorsOptions } from './http/cors-options.ts'
import type { InspectorOptions } from './inspector/inspector.ts'
import type { TLSOptions } from './node/front/tls-options.ts'
import type { ConnectionLimits } from './node/limits.ts'
import type { AccessLogOptions } from './observation/access-log.ts'
import type { OpenAPIOptions } from './openapi/document.ts'
import type { ExceptionHandler } from './pipeline/exception-handlers.ts'
import type { RateLimitOption } from './rate-limit/rate-limit.ts'
import { Compression, type CompressionOptions } from './representation/compression.ts'
import type { SecurityHeaders } from './response/security-headers.ts'
import type { TrailingSlash } from './router/route-match.ts'
import { assertAmounts } from './routing/assert-options.ts'
import type { Middleware } from './routing/middleware.ts'
import type { Routes } from './routing/route-spec.ts'

/**
 * The options of a `WebModule`. To take one from the settings, write a getter, which is read after the settings are loaded:
 * `get cors() { return { origin: app.settings.origins } }`. `routes`, `middleware`, `trailingSlash` and `requestContext` are
 * read at once.
 */
export interface WebModuleOptions {
  /**
   * Groups of routes, as returned by `defineRoutes`, `serveFiles` and `mount`. The routes of other modules, in their field
   * or method `routes`, are added to them.
   */
  readonly routes?: readonly Routes[]
  /** The TCP port; 0 for any free one. Default: 8000. */
  readonly port?: number
  /** The address to listen on. Default: all addresses of the machine. */
  readonly host?: string
  /** The path of a Unix socket, instead of a port. */
  readonly path?: string
  /** HTTPS with this key and certificate, whose files are watched. Default: none. */
  readonly tls?: TLSOptions
  /** HTTP/2 beside HTTP/1.1; without `tls` for clients that know it in advance. Default: true with `tls`, else false. */
  readonly http2?: boolean
  /** A transport that replaces the default one, and excludes its options `host`, `port`, `path`, `tls`, `http2`, `limits` and `trustProxy`. */
  readonly transport?: Transport
  /** Middleware of all requests, including those that no route matches. */
  readonly middleware?: readonly Middleware[]
  /** CORS, with the options of h3. Default: no cross-origin access. */
  readonly cors?: CorsOptions
  /** The rule for a path with a trailing slash where a route is declared without it. Default: `ignore`. */
  readonly trailingSlash?: TrailingSlash
  /** Maximum size of a request body in bytes. Default: 1 MiB. */
  readonly bodyLimit?: number
  /** Limits on the number of requests to all routes together, except for health checks. Default: none. */
  readonly rateLimit?: RateLimitOption
  /** Time limit of a handler, after which the client receives a 503; 0 for none. Default: 30 s. */
  readonly timeout?: Duration
  /** Answers GET requests with an entity tag, and with a 304 if the client has the same version. Default: false. */
  readonly etag?: boolean
  /** Compresses answers with zstd, br or gzip, as the client accepts. Default: false. */
  readonly compression?: boolean | CompressionOptions
  /** Limits of client connections. */
  readonly limits?: ConnectionLimits
  /** Proxies to trust for X-Forwarded-* headers. Default: none. */
  readonly trustProxy?: TrustProxy
  /** Headers of every response. Default: nosniff, no framing, no referrer. */
  readonly securityHeaders?: SecurityHeaders
  /**
   * Secrets of signed cookies, at least 32 random characters each: the first one signs, and all of them verify, so that a
   * secret can be replaced. Write a getter to take them from the settings. Default: none.
   */
  readonly cookieSecrets?: readonly string[]
  /** Functions that convert errors to responses. The first one whose class matches is called; those of other modules follow. */
  readonly exceptionHandlers?: readonly ExceptionHandler[]
  /** The API description: `/openapi.json`, and a page at `/docs` in development. `false` for none. */
  readonly openapi?: OpenAPIOptions | false
  /** The health endpoints: `/health`, `/health/live`, `/health/ready`. `false` for none. */
  readonly health?: HealthOptions | false
  /**
   * The access log: one line for each request with its method, route, status, time in ms, bytes and id, at level `info`.
   * `{ sample: 0.01 }` writes one line in a hundred, and one for each request that failed or was cut. Requests of the
   * health endpoints have none. Default: false.
   */
  readonly accessLog?: boolean | AccessLogOptions
  /**
   * The inspector: a page about the application at `/_myfy`, with its modules, boot, requests, reloads and settings. It
   * exists under `myfy run`, for this machine only, and elsewhere with a token. `false` for none.
   */
  readonly inspector?: InspectorOptions | false
  /** Makes the current request available as `WebModule.requestContext`. Costs up to 1 µs a request. Default: false. */
  readonly requestContext?: boolean
}

/** The names of the options of a module, with which an unknown one is refused. */
export const moduleNames: OptionNames<WebModuleOptions> = {
  routes: true,
  port: true,
  host: true,
  path: true,
  transport: true,
  middleware: true,
  cors: true,
  trailingSlash: true,
  bodyLimit: true,
  rateLimit: true,
  timeout: true,
  etag: 'boolean',
  compression: true,
  cookieSecrets: true,
  tls: true,
  http2: 'boolean',
  limits: true,
  trustProxy: true,
  securityHeaders: true,
  exceptionHandlers: true,
  openapi: true,
  health: true,
  accessLog: true,
  inspector: true,
  requestContext: 'boolean',
}

/** Refuses options that would have no effect beside a custom transport. */
export function refuseOptionsOfTransport(options: WebModuleOptions): void {
  for (const name of ['port', 'host', 'path', 'tls', 'http2', 'limits', 'trustProxy'] as const) {
    if (!Object.hasOwn(options, name)) continue
    throw new OptionError(
      'MYFY_OPTION_INVALID',
      `Cannot use the option '${name}' of WebModule: it has a custom transport. Set ${name} on the transport.`,
    )
  }
}

/** Reports whether a value is an object. */
export const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null

/** Reports whether an option is written as a getter. */
export const isGetter = (options: WebModuleOptions, name: keyof WebModuleOptions): boolean =>
  Object.getOwnPropertyDescriptor(options, name)?.get !== undefined

/** The compression that an option asks for. */
export function compressionOf(option: boolean | CompressionOptions = false): Compression | undefined {
  if (option === false) return undefined
  if (option !== true && !isObject(option))
    throw new OptionError(
      'MYFY_OPTION_INVALID',
      `Cannot configure WebModule: compression is ${JSON.stringify(option)}. Use true, false or { threshold }.`,
    )
  const options = option === true ? {} : option
  assertAmounts('compression', 'bytes', { threshold: options.threshold })
  return new Compression(options)
}
