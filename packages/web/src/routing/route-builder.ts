// The functions by which `defineRoutes` lets its callback declare routes, as types.

import type { HandlerOptions, StandardSchema } from '@myfy/core'
import type { ScopeCheck } from '@myfy/di'
import type { RateLimitOption } from '../rate-limit/rate-limit.ts'
import type { Injection, NoInjection } from '../request/injection.ts'
import type { RequestContext } from '../request/request-context.ts'
import type { JoinPath, PathParams } from '../router/path-params.ts'
import type { GroupTypes, Handler, HandlerContext, IdentityPart, NoGroup } from './handler.ts'
import type { Middleware } from './middleware.ts'
import type {
  AuthOption,
  Method,
  RequestOption,
  ResponseDescription,
  Route,
  RouteGroupOptions,
  RouteSpec,
  Routes,
  WebSocketOption,
} from './route-spec.ts'
import type { Resolved, RouteInput, RouteOutput, TypedRoute, WithPrefix } from './typed-route.ts'
import type { NoMessageSchema, WebSocketHandler } from './websocket.ts'

/** Declares routes below a prefix. */
export interface RouteBuilder<Prefix extends string = '', Group extends GroupTypes = NoGroup> {
  /** Declares a GET route. It also answers HEAD requests. */
  readonly get: RouteMethod<'GET', Prefix, Group>
  /** Declares a POST route. */
  readonly post: RouteMethod<'POST', Prefix, Group>
  /** Declares a PUT route. */
  readonly put: RouteMethod<'PUT', Prefix, Group>
  /** Declares a PATCH route. */
  readonly patch: RouteMethod<'PATCH', Prefix, Group>
  /** Declares a DELETE route. */
  readonly delete: RouteMethod<'DELETE', Prefix, Group>
  /** Declares a HEAD route that takes precedence over the GET route of the same path. */
  readonly head: RouteMethod<'HEAD', Prefix, Group>
  /** Declares an OPTIONS route. Without one, OPTIONS requests receive the list of allowed methods. */
  readonly options: RouteMethod<'OPTIONS', Prefix, Group>
  /** Declares a WebSocket route, whose handler returns the hooks of one connection. */
  readonly websocket: WebSocketMethod<Prefix, Group>
  /** Declares a group below the prefix. It has the options and services of this group, and its own. */
  readonly group: GroupMethod<Prefix, Group>
  /**
   * Adds the routes of another group below the prefix, with the options of this group. Their handlers do not receive the
   * services of this group. A group can be added below any number of prefixes.
   *
   * @example
   * ```ts
   * import { defineRoutes } from '@myfy/web'
   *
   * const users = defineRoutes('/users', (route) => [route.get('/:id', ({ params }) => ({ id: params.id }))])
   *
   * export const api = [
   *   defineRoutes('/v1', { deprecated: true }, (route) => [route.include(users)]),
   *   defineRoutes('/v2', (route) => [route.include(users)]),
   * ]
   * ```
   */
  readonly include: <const Declared>(routes: Routes<Declared>) => Routes<WithPrefix<Prefix, Declared>>
}

/** The spec of a route without options. */
export type NoSpec = Readonly<Record<never, never>>

/** Declares a route of one method. */
export interface RouteMethod<M extends Method, Prefix extends string, Group extends GroupTypes = NoGroup> {
  /** Declares a route without options. */
  <const Path extends string, H extends Handler<JoinPath<Prefix, Path>, NoSpec, Group>>(
    path: Path,
    handler: H,
  ): TypedRoute<M, JoinPath<Prefix, Path>, NoSpec, RouteOutput<NoSpec, ReturnType<H>>>
  /** Declares a route with schemas, services or limits. */
  <
    const Path extends string,
    const Spec extends TypedSpec<WebSocketOption>,
    H extends Handler<JoinPath<Prefix, Path>, Spec, Group>,
    const Option extends AuthOption | undefined = undefined,
  >(
    path: Path,
    spec: SpecArgument<Spec, WebSocketOption, JoinPath<Prefix, Path>, Option, Group>,
    handler: H,
  ): TypedRoute<M, JoinPath<Prefix, Path>, Resolved<RouteInput<Spec>>, RouteOutput<Spec, ReturnType<H>>>
}

/**
 * The argument in which the spec of a route is inferred. From an object with an inline function the compiler infers no type
 * parameter until the function has its type; the mapped type infers the other options before.
 */
export type SpecArgument<
  Spec,
  Other extends keyof RouteSpec,
  Path extends string,
  Option,
  Group extends GroupTypes,
> = Spec & { readonly [K in keyof Spec]: Spec[K] } & ValidInject<Spec> &
  KnownOptions<Spec, Other> &
  InlineOptions<Path, Option, Group>

/** The options of a route of which the spec is inferred. */
export type TypedSpec<Other extends keyof RouteSpec> = Omit<RouteSpec, Other | InlineOption>

/** The options that can hold an inline function. The type of their value may not be known when that of the spec is. */
export type InlineOption = 'middleware' | 'rateLimit' | 'cors' | keyof HandlerOptions

/**
 * The options that give an inline function the types of its parameters. They depend on the authentication of the route,
 * `Option`, and not on its spec: the type of the spec would be fixed at the first function, without what follows.
 */
export interface InlineOptions<Path extends string, Option, Group extends GroupTypes>
  extends Pick<RouteSpec, 'cors' | keyof HandlerOptions> {
  /** The authentication of the route. Default: that of the group. */
  readonly auth?: Option
  /** Middleware of this route. Runs inside the middleware of the module and of the group. */
  readonly middleware?: ReadonlyArray<Middleware<PathParams<Path>>>
  /** Limits on the number of requests, in addition to those of the group and of the module. Default: none. */
  readonly rateLimit?: RateLimitOption<
    IdentityPart<[Option] extends [undefined] ? Group['auth'] : Option>,
    PathParams<Path>
  >
}

/** Declares a WebSocket route. */
export interface WebSocketMethod<Prefix extends string, Group extends GroupTypes = NoGroup> {
  /** Declares a WebSocket route without options. */
  <const Path extends string>(
    path: Path,
    handler: WebSocketHandler<HandlerContext<JoinPath<Prefix, Path>, NoSpec, Group>>,
  ): Route
  /** Declares a WebSocket route with schemas or services. The services live as long as the connection. */
  <
    const Path extends string,
    const Spec extends TypedSpec<RequestOption>,
    const Option extends AuthOption | undefined = undefined,
  >(
    path: Path,
    spec: SpecArgument<Spec, RequestOption, JoinPath<Prefix, Path>, Option, Group>,
    handler: WebSocketHandler<HandlerContext<JoinPath<Prefix, Path>, Spec, Group>, MessageSchema<Spec>>,
  ): Route
}

/** The schema of the messages of a WebSocket route. */
export type MessageSchema<Spec> = Spec extends { readonly message: infer Schema } ? Schema : NoMessageSchema

/** Declares a group inside of another. */
export interface GroupMethod<Prefix extends string, Group extends GroupTypes = NoGroup> {
  /** Declares a group without options. */
  <const Path extends string, const Declared>(
    path: Path,
    define: (route: RouteBuilder<JoinPath<Prefix, Path>, Group>) => Declared,
  ): Routes<Declared>
  /** Declares a group with options that its routes share. */
  <
    const Path extends string,
    const Declared,
    const Shared extends Injection = NoInjection,
    const Guard extends Injection = NoInjection,
    const Option extends AuthOption | undefined = undefined,
  >(
    path: Path,
    options: RouteGroupOptions<
      Shared,
      Guard,
      PathParams<JoinPath<Prefix, Path>>,
      Option,
      [Option] extends [undefined] ? Group['auth'] : Option
    > &
      ValidInject<{ readonly inject: Shared }>,
    define: (
      route: RouteBuilder<
        JoinPath<Prefix, Path>,
        {
          readonly inject: Group['inject'] & Shared
          readonly auth: [Option] extends [undefined] ? Group['auth'] : Option
        }
      >,
    ) => Declared,
  ): Routes<Declared>
}

/** Rejects services whose name hides a part of the request, and services of task scope. */
export type ValidInject<Spec> = Spec extends { readonly inject: infer I }
  ? keyof I & ReservedName extends never
    ? ScopeCheck<I, 'request'> extends infer Why extends string
      ? { readonly inject: Why }
      : unknown
    : {
        readonly inject: {
          readonly [K in keyof I &
            ReservedName]: `'${K}' is a part of the request; inject the service by another name`
        }
      }
  : unknown

/**
 * Rejects options that a route does not have, `Other` among them, and names inside of its options that do not exist. The
 * compiler finds them by itself only where the type of an argument is not inferred.
 */
export type KnownOptions<Spec, Other extends keyof RouteSpec> = [
  UnknownOptions<Spec, Other> | WithUnknownNames<Spec>,
] extends [never]
  ? unknown
  : { readonly [K in UnknownOptions<Spec, Other>]?: NoSuchOption<K> } & {
      readonly [K in WithUnknownNames<Spec>]?: NoSuchOption<UnknownNames<Spec, K>>
    }

/** The type of an option that does not exist. No value has it, and an object keeps the error at the option. */
export interface NoSuchOption<Name> {
  /** The name that does not exist. */
  readonly 'no such option': Name
}

/** The options that a route does not have. An optional one of `Other` is in a value of the type `RouteSpec`. */
export type UnknownOptions<Spec, Other extends keyof RouteSpec> =
  | Exclude<keyof Spec, keyof RouteSpec>
  | { [K in keyof Spec & Other]: undefined extends Spec[K] ? never : K }[keyof Spec & Other]

/** The options whose values have options themselves, those of modules among them. */
export type NestedOption = 'cors' | 'rateLimit' | 'responses' | keyof HandlerOptions

/** The options in which a name stands that does not exist. */
export type WithUnknownNames<Spec> = {
  [K in keyof Spec & NestedOption]: [UnknownNames<Spec, K>] extends [never] ? never : K
}[keyof Spec & NestedOption]

/** The names in an option that do not exist. */
export type UnknownNames<Spec, K extends keyof Spec & NestedOption> = K extends 'responses'
  ? NamesBeside<Spec[K][keyof Spec[K]], ResponseDescription>
  : NamesBeside<Spec[K], RouteSpec[K]>

/** The names of a value that `Known` does not have. A schema has none, nor has a value that is not an object. */
export type NamesBeside<Value, Known> = Value extends readonly unknown[] | StandardSchema
  ? never
  : Value extends object
    ? Exclude<keyof Value, NamesOf<Known>>
    : never

/** The names of the options in a value that may also be a boolean, or a list. */
export type NamesOf<Value> = Value extends readonly unknown[]
  ? never
  : Value extends object
    ? keyof Value
    : never

/** The names of the handler's argument that a service cannot have. */
export type ReservedName =
  | Extract<keyof RequestContext, string>
  | 'params'
  | 'query'
  | 'headers'
  | 'body'
  | 'constructor'

/** The reserved names, as values. */
export const RESERVED_NAMES: Readonly<Record<ReservedName, true>> = {
  params: true,
  id: true,
  logger: true,
  query: true,
  headers: true,
  body: true,
  request: true,
  url: true,
  method: true,
  path: true,
  ip: true,
  header: true,
  cookies: true,
  signal: true,
  stream: true,
  event: true,
  locals: true,
  route: true,
  waitUntil: true,
  constructor: true,
}
