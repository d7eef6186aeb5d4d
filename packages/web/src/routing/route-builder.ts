// The functions by which `defineRoutes` lets its callback declare routes, as types.

import type { ScopeCheck } from '@myfy/di'
import type { NoInjection } from './before-hook.ts'
import type { Handler, HandlerContext } from './handler.ts'
import type { JoinPath } from './path-params.ts'
import type { Route, RouteSpec } from './route-spec.ts'
import type { WebSocketHandler } from './websocket.ts'

/** Declares routes below a prefix. */
export interface RouteBuilder<Prefix extends string = '', Shared = NoInjection> {
  /** Declares a GET route. It also answers HEAD requests. */
  readonly get: RouteMethod<Prefix, Shared>
  /** Declares a POST route. */
  readonly post: RouteMethod<Prefix, Shared>
  /** Declares a PUT route. */
  readonly put: RouteMethod<Prefix, Shared>
  /** Declares a PATCH route. */
  readonly patch: RouteMethod<Prefix, Shared>
  /** Declares a DELETE route. */
  readonly delete: RouteMethod<Prefix, Shared>
  /** Declares a HEAD route that takes precedence over the GET route of the same path. */
  readonly head: RouteMethod<Prefix, Shared>
  /** Declares an OPTIONS route. Without one, OPTIONS requests receive the list of allowed methods. */
  readonly options: RouteMethod<Prefix, Shared>
  /** Declares a WebSocket route, whose handler returns the hooks of one connection. */
  readonly websocket: WebSocketMethod<Prefix, Shared>
}

/** The spec of a route without options. */
export type NoSpec = Readonly<Record<never, never>>

/** Declares a route of one method. */
export interface RouteMethod<Prefix extends string, Shared = NoInjection> {
  /** Declares a route without options. */
  <const Path extends string>(path: Path, handler: Handler<JoinPath<Prefix, Path>, NoSpec, Shared>): Route
  /** Declares a route with schemas, services or limits. */
  <const Path extends string, const Spec extends Omit<RouteSpec, 'origins' | 'protocols'>>(
    path: Path,
    spec: Spec & ValidInject<Spec>,
    handler: Handler<JoinPath<Prefix, Path>, Spec, Shared>,
  ): Route
}

/** Declares a WebSocket route. */
export interface WebSocketMethod<Prefix extends string, Shared = NoInjection> {
  /** Declares a WebSocket route without options. */
  <const Path extends string>(
    path: Path,
    handler: WebSocketHandler<HandlerContext<JoinPath<Prefix, Path>, NoSpec, Shared>>,
  ): Route
  /** Declares a WebSocket route with schemas or services. The services live as long as the connection. */
  <const Path extends string, const Spec extends Omit<RouteSpec, 'body' | 'response' | 'status'>>(
    path: Path,
    spec: Spec & ValidInject<Spec>,
    handler: WebSocketHandler<HandlerContext<JoinPath<Prefix, Path>, Spec, Shared>>,
  ): Route
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

/** The names of the handler's argument that a service cannot have. */
export type ReservedName = keyof typeof RESERVED_NAMES

/** The names of the handler's argument that a service cannot have. */
export const RESERVED_NAMES = {
  params: true,
  query: true,
  headers: true,
  body: true,
  request: true,
  url: true,
  method: true,
  path: true,
  ip: true,
  header: true,
  signal: true,
  stream: true,
  event: true,
  locals: true,
  route: true,
  waitUntil: true,
  constructor: true,
} as const
