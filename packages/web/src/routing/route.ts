// Routes as values: a pattern, what it takes, what it injects, and the function that answers.

import type { StandardSchema } from '@myfy/core'
import type { Injectable, Outlives } from '@myfy/di'
import { RouteError } from '../errors.ts'
import { assertAmounts, assertList, isFunction, schemaFault } from './assert-options.ts'
import type { Handler, HandlerContext, WebSocketHandler } from './handler.ts'
import type { Middleware } from './middleware.ts'

/** The methods a route can have. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS'

/** What a route takes besides its path and its handler. Every schema is a Standard Schema: zod, valibot, arktype. */
export interface RouteSpec {
  /** Checks and converts the parameters of the path; without it they are text. */
  readonly params?: StandardSchema
  /** Checks and converts the query; without it names have text, or a list of texts where they occur twice. */
  readonly query?: StandardSchema
  /** Checks and converts the headers; the names are in lower case. */
  readonly headers?: StandardSchema
  /** Checks and converts the JSON body. Without it no body is read; `request` still gives it. */
  readonly body?: StandardSchema
  /** What the handler must return; what it returns passes through the schema, so that nothing else gets out. */
  readonly response?: StandardSchema
  /** The services that the handler receives by these names. */
  readonly inject?: Readonly<Record<string, Injectable>>
  /** The status of a successful answer. Default: 200, or 204 when the handler returns undefined. */
  readonly status?: number
  /** One line for the API description. */
  readonly summary?: string
  /** More than a line, in Markdown, for the API description. */
  readonly description?: string
  /** Groups the route in the API description. */
  readonly tags?: readonly string[]
  /** Leaves the route out of the API description. */
  readonly hidden?: boolean
  /** How long the handler may take until the client gets a 503, in ms. Default: that of the module, 30,000; 0 for no limit. */
  readonly timeout?: number
  /** Runs around the handler, inside the module's and the group's own. */
  readonly middleware?: readonly Middleware[]
  /** How long the body may be, in bytes. Default: that of the module, 1 MiB. */
  readonly bodyLimit?: number
  /** Only for a WebSocket: the origins whose pages may connect, besides the server's own. `'*'` for all. */
  readonly origins?: readonly string[] | '*'
}

/** What all routes of a group have in common. */
export type RouteGroupOptions = Pick<RouteSpec, 'tags' | 'timeout' | 'middleware' | 'bodyLimit' | 'hidden'>

/** A route that was declared. */
export interface Route {
  /** The method; `ANY` for what is mounted. */
  readonly method: Method | 'ANY'
  /** The whole pattern with its prefix: `/users/:id`. */
  readonly pattern: string
  /** What it takes. */
  readonly spec: RouteSpec
  /** The function that answers. */
  readonly handler: (context: never) => unknown
  /** Runs outside the module's middleware. */
  readonly bypassMiddleware?: boolean
  /** Only for a WebSocket route: makes the hooks of a connection. */
  readonly websocket?: WebSocketHandler<never>
}

/** A group of routes, as `defineRoutes` returns it. */
export interface Routes {
  /** The common beginning of their paths. */
  readonly prefix: string
  /** The routes in the order of their declaration. */
  readonly routes: readonly Route[]
}

/** Declares routes below a prefix. */
export interface RouteBuilder<Prefix extends string = ''> {
  /** Reads. Also answers HEAD. */
  readonly get: RouteMethod<Prefix>
  /** Creates, or does something. */
  readonly post: RouteMethod<Prefix>
  /** Replaces. */
  readonly put: RouteMethod<Prefix>
  /** Changes a part. */
  readonly patch: RouteMethod<Prefix>
  /** Removes. */
  readonly delete: RouteMethod<Prefix>
  /** Answers HEAD in its own way; a GET route does it by itself. */
  readonly head: RouteMethod<Prefix>
  /** Answers OPTIONS in its own way; by default it lists the methods. */
  readonly options: RouteMethod<Prefix>
  /** Takes WebSocket connections; the handler returns the hooks of one connection. */
  readonly websocket: WebSocketMethod<Prefix>
}

/** The spec of a route that has none. */
export type NoSpec = Readonly<Record<never, never>>

/** Declares a route of one method. */
export interface RouteMethod<Prefix extends string> {
  /** A route that takes nothing but its path. */
  <const Path extends string>(path: Path, handler: Handler<JoinPath<Prefix, Path>, NoSpec>): Route
  /** A route with schemas, services, limits. */
  <const Path extends string, const Spec extends RouteSpec>(
    path: Path,
    spec: Spec & ValidInject<Spec>,
    handler: Handler<JoinPath<Prefix, Path>, Spec>,
  ): Route
}

/** Declares a WebSocket route. */
export interface WebSocketMethod<Prefix extends string> {
  /** A socket that takes nothing but its path. */
  <const Path extends string>(
    path: Path,
    handler: WebSocketHandler<HandlerContext<JoinPath<Prefix, Path>, NoSpec>>,
  ): Route
  /** A socket with schemas and services; the services live as long as the connection. */
  <const Path extends string, const Spec extends Omit<RouteSpec, 'body' | 'response' | 'status'>>(
    path: Path,
    spec: Spec & ValidInject<Spec>,
    handler: WebSocketHandler<HandlerContext<JoinPath<Prefix, Path>, Spec>>,
  ): Route
}

/** The pattern of a route below a prefix. */
export type JoinPath<Prefix extends string, Path extends string> = Prefix extends `${infer Before}/`
  ? JoinPath<Before, Path>
  : Path extends '/'
    ? Prefix extends ''
      ? '/'
      : Prefix
    : `${Prefix}${Path}`

/** Refuses services that would hide a part of the request, and those that live in a task. */
export type ValidInject<Spec> = Spec extends { readonly inject: infer I }
  ? keyof I & ReservedName extends never
    ? Outlives<I, 'request'> extends infer Why extends string
      ? { readonly inject: Why }
      : unknown
    : {
        readonly inject: {
          readonly [K in keyof I &
            ReservedName]: `'${K}' is a part of the request; inject the service by another name`
        }
      }
  : unknown

/** The names that a handler's argument has of itself. */
export type ReservedName =
  | 'params'
  | 'query'
  | 'headers'
  | 'body'
  | 'request'
  | 'url'
  | 'method'
  | 'path'
  | 'ip'
  | 'header'
  | 'signal'
  | 'stream'
  | 'event'
  | 'locals'
  | 'route'
  | 'waitUntil'
  | 'constructor'

/**
 * Makes a group of routes: a value to give to `new WebModule({ routes: [users] })`.
 *
 * @param prefix - the common beginning of the paths, `/users`; empty for none. It may hold parameters.
 * @param define - declares the routes
 * @throws RouteError if a pattern or a spec cannot work
 *
 * @example
 * ```ts
 * import { defineRoutes, errors } from '@myfy/web'
 * import { z } from 'zod'
 *
 * export const users = defineRoutes('/users', (route) => {
 *   route.get('/:id', { params: z.object({ id: z.coerce.number() }) }, ({ params }) =>
 *     params.id === 1 ? { id: 1, name: 'Ada' } : errors.notFound('no such user'),
 *   )
 * })
 * ```
 */
export function defineRoutes<const Prefix extends string>(
  prefix: Prefix,
  define: (route: RouteBuilder<Prefix>) => void,
): Routes
/** Makes a group of routes that have something in common. */
export function defineRoutes<const Prefix extends string>(
  prefix: Prefix,
  options: RouteGroupOptions,
  define: (route: RouteBuilder<Prefix>) => void,
): Routes
export function defineRoutes(
  prefix: string,
  optionsOrDefine: RouteGroupOptions | ((route: RouteBuilder) => void),
  maybeDefine?: (route: RouteBuilder) => void,
): Routes {
  const [options, define] =
    typeof optionsOrDefine === 'function' ? [{}, optionsOrDefine] : [optionsOrDefine, maybeDefine!]
  if (typeof define !== 'function')
    throw new RouteError(prefix, 'the last argument of defineRoutes() declares the routes, a function')
  const routes: Route[] = []
  const declare =
    (method: Method, socket: boolean) =>
    (path: string, ...rest: [unknown, unknown?]) => {
      const [spec, handler] = (rest.length > 1 ? rest : [{}, rest[0]]) as [RouteSpec, Route['handler']]
      const route = createRoute(method, prefix, path, options, spec, handler, socket)
      routes.push(route)
      return route
    }
  define({
    get: declare('GET', false),
    post: declare('POST', false),
    put: declare('PUT', false),
    patch: declare('PATCH', false),
    delete: declare('DELETE', false),
    head: declare('HEAD', false),
    options: declare('OPTIONS', false),
    websocket: declare('GET', true),
  } as RouteBuilder)
  return { prefix, routes }
}

const RESERVED: Readonly<Record<ReservedName, true>> = {
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
}

function createRoute(
  method: Method,
  prefix: string,
  path: string,
  group: RouteGroupOptions,
  own: RouteSpec,
  handler: Route['handler'],
  socket: boolean,
): Route {
  const before = prefix.replace(/\/$/, '')
  const pattern = path === '/' && before !== '' ? before : before + path
  const where = `${method} ${pattern}`
  if (typeof path !== 'string') throw new RouteError(where, 'the first argument is the path, a text')
  if (!pattern.startsWith('/')) throw new RouteError(where, 'a pattern begins with a slash')
  if (typeof handler !== 'function')
    throw new RouteError(where, 'the last argument is the handler, a function')
  if (typeof own !== 'object' || own === null)
    throw new RouteError(where, 'between the path and the handler stands an object: { body, inject, … }')
  const fault = schemaFault(own)
  if (fault) throw new RouteError(where, fault)
  for (const name of Object.keys(own.inject ?? {})) {
    if (!Object.hasOwn(RESERVED, name)) continue
    throw new RouteError(where, `'${name}' is a part of the request; inject the service by another name`)
  }
  const spec: RouteSpec = {
    ...group,
    ...own,
    tags: [...(group.tags ?? []), ...(own.tags ?? [])],
    middleware: [...(group.middleware ?? []), ...(own.middleware ?? [])],
  }
  assertAmounts(where, 'ms', { timeout: spec.timeout })
  assertAmounts(where, 'bytes', { bodyLimit: spec.bodyLimit })
  assertList('middleware', where, spec.middleware, isFunction, 'a function')
  return socket
    ? { method, pattern, spec, handler, websocket: handler as unknown as WebSocketHandler<never> }
    : { method, pattern, spec, handler }
}
