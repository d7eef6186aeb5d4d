// Routes as values: the spec of a route, and the group that it belongs to.

import type { Duration, HandlerOptions, StandardSchema } from '@myfy/core'
import type { AnyAuth, IdentityOf } from '../auth/define-auth.ts'
import type { CorsOptions } from '../http/cors-options.ts'
import type { RateLimitOption } from '../rate-limit/rate-limit.ts'
import type { Injection } from '../request/injection.ts'
import type { BeforeHook } from './before-hook.ts'
import type { Middleware } from './middleware.ts'
import type { WebSocketHandler } from './websocket.ts'

/** The methods of a route. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS'

/** The option `auth` of a route or a group. */
export type AuthOption = AnyAuth | readonly AnyAuth[] | false

/**
 * The options of a route. Every schema is a Standard Schema: zod, valibot, arktype. Modules of the application can define
 * further options: `transaction` and `idempotent` of `@myfy/data`.
 */
export interface RouteSpec extends HandlerOptions {
  /** Schema of the path parameters. Without it they are strings. */
  readonly params?: StandardSchema
  /** Schema of the query. Without it a name has a string, or an array of strings when it occurs more than once. */
  readonly query?: StandardSchema
  /** Schema of the headers, whose names are in lower case. */
  readonly headers?: StandardSchema
  /** Schema of the JSON body. Without it the body is not read; the handler can read it from `request`. */
  readonly body?: StandardSchema
  /** Schema of the response body. The value that the handler returns is parsed by it before it is sent. */
  readonly response?: StandardSchema
  /** Services that the handler receives, by name. */
  readonly inject?: Injection
  /**
   * The authentication that gives the handler its `identity`; with a list, the first one whose credentials the request
   * has. `false` for none, in a group that has one. Default: that of the group.
   */
  readonly auth?: AuthOption
  /** Scopes that the identity must have, all of them, in addition to those of the group. Others receive a 403. */
  readonly scopes?: readonly string[]
  /** Roles of which the identity must have one; others receive a 403. Default: those of the group. */
  readonly roles?: readonly string[]
  /** Status of a successful response. Default: 200, or 204 when the handler returns `undefined`. */
  readonly status?: number
  /** Limits on the number of requests, in addition to those of the group and of the module. Default: none. */
  readonly rateLimit?: RateLimitOption
  /** Summary in the API description, one line. */
  readonly summary?: string
  /** Description in the API description, in Markdown. */
  readonly description?: string
  /** Tags in the API description. */
  readonly tags?: readonly string[]
  /** Omits the route from the API description. Default: false. */
  readonly hidden?: boolean
  /** Name of the operation in the API description, unique in the API. Default: derived from method and path. */
  readonly operationId?: string
  /** Marks the route as deprecated in the API description. Default: false. */
  readonly deprecated?: boolean
  /**
   * Security requirements in the API description: `[{ bearer: [] }]`, with the names of `openapi.securitySchemes`. They
   * describe what `before` or middleware check. Default: those of `openapi.security`.
   */
  readonly security?: ReadonlyArray<Readonly<Record<string, readonly string[]>>>
  /**
   * Responses by status: `{ 200: User, 409: Conflict }`. A value that the handler returns is parsed by the schema of its
   * status; another status than that of the success is returned by `reply`. An entry without a schema is a description.
   */
  readonly responses?: Readonly<Record<number, StandardSchema | ResponseDescription>>
  /** Time limit of the handler, after which the client receives a 503; 0 for none. Default: that of the module, 30 s. */
  readonly timeout?: Duration
  /** Middleware of this route. Runs inside the middleware of the module and of the group. */
  readonly middleware?: readonly Middleware[]
  /** CORS of this route, instead of that of the module; `false` for none. Default: that of the group, else of the module. */
  readonly cors?: CorsOptions | false
  /** Maximum size of the request body in bytes. Default: that of the module, 1 MiB. */
  readonly bodyLimit?: number
  /** Schema of the messages of this WebSocket, which are JSON. Default: none, and messages are passed on as they are. */
  readonly message?: StandardSchema
  /**
   * Answers GET requests with an entity tag, and with a 304 if the client has the same version. Default: that of the
   * module, false.
   */
  readonly etag?: boolean
  /**
   * Compresses the answers. Turn it off where an answer contains a secret together with text that a third party chose.
   * Default: true if the module compresses.
   */
  readonly compression?: boolean
  /** Origins whose pages may open this WebSocket, in addition to the server's own; `'*'` for all. Default: none. */
  readonly origins?: readonly string[] | '*'
  /**
   * Subprotocols of this WebSocket, the preferred one first: `['graphql-transport-ws']`. The first one that the client
   * offers is selected; without a common one the connection has none (RFC 6455, 4.2.2). Default: none.
   */
  readonly protocols?: readonly string[]
}

/** The options that apply to WebSockets alone. */
export type WebSocketOption = 'message' | 'origins' | 'protocols'

/** The options that apply to requests with an answer, and not to WebSockets. */
export type RequestOption =
  | 'body'
  | 'response'
  | 'responses'
  | 'status'
  | 'etag'
  | 'compression'
  | 'bodyLimit'

/** A response in the API description. */
export interface ResponseDescription {
  /** Description, in Markdown. Default: the reason phrase of the status. */
  readonly description?: string
  /** Schema of the body. Default: that of a problem document for an error, else none. */
  readonly schema?: StandardSchema
  /** Media type of the body. Default: `application/json`. */
  readonly mediaType?: string
}

/**
 * Options that all routes of a group share, those of its inner groups included. An option of a route takes precedence.
 * `Access` is the option `auth` of the group, else that of the group around it.
 */
export interface RouteGroupOptions<
  Shared extends Injection = Injection,
  Guard extends Injection = Injection,
  Params = object,
  Option = AuthOption,
  Access = Option,
> extends Pick<
      RouteSpec,
      | 'tags'
      | 'timeout'
      | 'bodyLimit'
      | 'cors'
      | 'scopes'
      | 'roles'
      | 'hidden'
      | 'deprecated'
      | 'security'
      | 'responses'
      | 'etag'
      | 'compression'
    >,
    HandlerOptions {
  /** The authentication of the group. A route can have another one, or `auth: false` for none. Default: none. */
  readonly auth?: Option
  /** Limits on the number of requests to all routes together, in addition to those of outer groups. Default: none. */
  readonly rateLimit?: RateLimitOption<GroupIdentity<Access>, GroupParams<Params>>
  /** Middleware of the group. Runs inside the middleware of the module and of outer groups. */
  readonly middleware?: ReadonlyArray<Middleware<Params>>
  /** Services that every handler of the group receives, by name. A route cannot inject another service by such a name. */
  readonly inject?: Shared
  /** Runs before the input of a request is validated and before its body is read. Default: none. */
  readonly before?: BeforeHook<Guard, Params>
}

/** The identity in the key of a limit of a group: undefined for its routes with `auth: false`. */
export type GroupIdentity<Access> = [Access] extends [AnyAuth | readonly AnyAuth[]]
  ? { readonly identity: IdentityOf<Access> | undefined }
  : { readonly identity?: unknown }

/** The parameters in the key of a limit of a group: those of its prefix, and of its routes. */
export type GroupParams<Params> = Readonly<Record<string, string | undefined>> & Params

/** A declared route. */
export interface Route {
  /** The method; `ANY` for a mounted application. */
  readonly method: Method | 'ANY'
  /** The full pattern, prefix included: `/users/:id`. */
  readonly pattern: string
  /** The options of the route, those of its groups merged in. */
  readonly spec: RouteSpec
  /** The function that handles a request. */
  readonly handler: (context: never) => unknown
  /** Hooks that run before the input is validated, those of outer groups first. */
  readonly before?: readonly BeforeHook[]
  /** Runs the route without the module's middleware. Default: false. */
  readonly bypassMiddleware?: boolean
  /** Leaves the requests of the route out of the access log and of traces, as probes are. Default: false. */
  readonly unobserved?: boolean
  /** Passes WebSocket handshakes to the application of the route, which answers them itself. Default: false. */
  readonly acceptsUpgrade?: boolean
  /** Returns the hooks of a connection. Set for WebSocket routes only. */
  readonly websocket?: WebSocketHandler<never>
}

/**
 * A group of routes, as returned by `defineRoutes`, `serveFiles` and `mount`. `Declared` are the types of the routes that
 * the callback of `defineRoutes` returns, for a typed client.
 */
export interface Routes<Declared = unknown> {
  /** The prefix of every pattern in the group. */
  readonly prefix: string
  /** The routes in the order of declaration, those of inner groups included. */
  readonly routes: readonly Route[]
  /** The types of the routes. The property is never set. */
  readonly '~types'?: Declared
}
