// defineRoutes: declares a group of routes and verifies each of them.

import { RouteError } from '../errors.ts'
import { assertAmounts, assertList, isFunction, isToken, schemaIssue } from './assert-options.ts'
import type { BeforeHook, Injection, NoInjection } from './before-hook.ts'
import type { PathParams } from './path-params.ts'
import { withResponses } from './responses.ts'
import { RESERVED_NAMES, type RouteBuilder, type ValidInject } from './route-builder.ts'
import type { Method, Route, RouteGroupOptions, RouteSpec, Routes } from './route-spec.ts'
import type { WebSocketHandler } from './websocket.ts'

/**
 * Declares a group of routes, to be passed to `new WebModule({ routes: [users] })`.
 *
 * @param prefix - the common prefix of the patterns, `/users`, which may contain parameters; empty for none
 * @param define - declares the routes
 * @throws RouteError if a pattern or a spec is invalid
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
/** Declares a group of routes with shared options. */
export function defineRoutes<
  const Prefix extends string,
  const Shared extends Injection = NoInjection,
  const Guard extends Injection = NoInjection,
>(
  prefix: Prefix,
  options: RouteGroupOptions<Shared, Guard, PathParams<Prefix>> & ValidInject<{ readonly inject: Shared }>,
  define: (route: RouteBuilder<Prefix, Shared>) => void,
): Routes
export function defineRoutes(
  prefix: string,
  optionsOrDefine: RouteGroupOptions | ((route: RouteBuilder) => void),
  maybeDefine?: (route: RouteBuilder) => void,
): Routes {
  const [group, define] =
    typeof optionsOrDefine === 'function' ? [{}, optionsOrDefine] : [optionsOrDefine, maybeDefine!]
  if (typeof define !== 'function')
    throw new RouteError(
      `group ${JSON.stringify(prefix)}`,
      'the last argument of defineRoutes() is not a function',
      'Pass a function that declares the routes',
    )
  const routes: Route[] = []
  const declare =
    (method: Method, isWebSocket: boolean) =>
    (path: string, ...rest: [unknown, unknown?]) => {
      const [spec, handler] = (rest.length > 1 ? rest : [{}, rest[0]]) as [RouteSpec, Route['handler']]
      const route = createRoute({ method, prefix, path, group, spec, handler, isWebSocket })
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

interface Declaration {
  readonly method: Method
  readonly prefix: string
  readonly path: string
  readonly group: RouteGroupOptions
  readonly spec: RouteSpec
  readonly handler: Route['handler']
  readonly isWebSocket: boolean
}

function createRoute({ method, prefix, path, group, spec: own, handler, isWebSocket }: Declaration): Route {
  const base = prefix.replace(/\/+$/, '')
  const pattern = path === '/' && base !== '' ? base : base + path
  const name = `${method} ${pattern}`
  assertDeclaration(name, path, pattern, own, handler)
  const { before, inject: _shared, ...shared } = group
  const spec: RouteSpec = withResponses(name, {
    ...shared,
    ...own,
    ...mergeInjection(name, group.inject, own.inject),
    ...((group.responses ?? own.responses) && { responses: { ...group.responses, ...own.responses } }),
    tags: [...(group.tags ?? []), ...(own.tags ?? [])],
    middleware: [...(group.middleware ?? []), ...(own.middleware ?? [])],
  })
  assertAmounts(name, 'ms', { timeout: spec.timeout })
  assertAmounts(name, 'bytes', { bodyLimit: spec.bodyLimit })
  assertList('middleware', name, spec.middleware, isFunction, 'a function')
  if (spec.protocols !== undefined)
    assertList('protocols', name, spec.protocols, isToken, 'the names of subprotocols')
  return {
    method,
    pattern,
    spec,
    handler,
    ...(before && { before: assertBefore(name, before) }),
    ...(isWebSocket && { websocket: handler as unknown as WebSocketHandler<never> }),
  }
}

function mergeInjection(
  name: string,
  shared: Injection | undefined,
  own: Injection | undefined,
): { readonly inject?: Injection } {
  const services = { ...shared, ...own }
  for (const service of Object.keys(services)) {
    if (Object.hasOwn(RESERVED_NAMES, service))
      throw new RouteError(
        name,
        `'${service}' is a part of the request`,
        'Inject the service by another name',
      )
    if (shared?.[service] !== undefined && own?.[service] !== undefined && shared[service] !== own[service])
      throw new RouteError(
        name,
        `the group injects another service by the name '${service}'`,
        'Inject the service of the route by another name',
      )
  }
  return shared === undefined && own === undefined ? {} : { inject: services }
}

function assertBefore(name: string, before: BeforeHook): BeforeHook {
  const { inject, run } = before
  if (run !== undefined && typeof run !== 'function')
    throw new RouteError(
      name,
      '`before.run` is not a function',
      'Pass a function that returns undefined to continue',
    )
  if (run === undefined && inject === undefined)
    throw new RouteError(
      name,
      '`before` has neither `inject` nor `run`',
      'Set one of them, or remove `before`',
    )
  for (const service of Object.keys(inject ?? {}))
    if (Object.hasOwn(RESERVED_NAMES, service))
      throw new RouteError(
        name,
        `'${service}' is a part of the request`,
        'Inject the service by another name',
      )
  return before
}

function assertDeclaration(
  name: string,
  path: unknown,
  pattern: string,
  spec: unknown,
  handler: unknown,
): asserts spec is RouteSpec {
  if (typeof path !== 'string')
    throw new RouteError(name, 'the path is not a string', 'Pass the path as the first argument')
  if (!pattern.startsWith('/'))
    throw new RouteError(name, 'the pattern does not begin with a slash', `Write '/${pattern}'`)
  if (typeof handler !== 'function')
    throw new RouteError(name, 'the handler is not a function', 'Pass the handler as the last argument')
  if (typeof spec !== 'object' || spec === null)
    throw new RouteError(
      name,
      'the second argument must be the route options',
      'Pass an object between path and handler: { body, inject, … }',
    )
  const issue = schemaIssue(spec)
  if (issue) throw new RouteError(name, ...issue)
}
