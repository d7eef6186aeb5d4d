// defineRoutes: declares a group of routes and verifies each of them.

import { isThenable } from '@myfy/core/runtime'
import { RouteError } from '../errors.ts'
import type { Injection, NoInjection } from '../request/injection.ts'
import type { PathParams } from '../router/path-params.ts'
import { isRouteGroup } from './assert-options.ts'
import { assertAccess, assertApplicable, assertArguments, assertSpec } from './assert-route.ts'
import { type Group, inGroup, innerGroup, withoutInjection } from './group-options.ts'
import type { NoGroup } from './handler.ts'
import type { RouteBuilder, ValidInject } from './route-builder.ts'
import type { AuthOption, Method, Route, RouteGroupOptions, RouteSpec, Routes } from './route-spec.ts'
import type { WebSocketHandler } from './websocket.ts'

/**
 * Declares a group of routes, to be passed to `new WebModule({ routes: [users] })`. If the callback returns its routes,
 * the group has their types, for a typed client.
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
 * export const users = defineRoutes('/users', (route) => [
 *   route.get('/:id', { params: z.object({ id: z.coerce.number() }) }, ({ params }) =>
 *     params.id === 1 ? { id: 1, name: 'Ada' } : errors.notFound('no such user'),
 *   ),
 * ])
 * ```
 */
export function defineRoutes<const Prefix extends string, const Declared>(
  prefix: Prefix,
  define: (route: RouteBuilder<Prefix, NoGroup>) => Declared,
): Routes<Declared>
/** Declares a group of routes with shared options. */
export function defineRoutes<
  const Prefix extends string,
  const Declared,
  const Shared extends Injection = NoInjection,
  const Guard extends Injection = NoInjection,
  const Option extends AuthOption | undefined = undefined,
>(
  prefix: Prefix,
  options: RouteGroupOptions<Shared, Guard, PathParams<Prefix>, Option> &
    ValidInject<{ readonly inject: Shared }>,
  define: (route: RouteBuilder<Prefix, { readonly inject: Shared; readonly auth: Option }>) => Declared,
): Routes<Declared>
export function defineRoutes(
  prefix: string,
  options: RouteGroupOptions<never, never, never, never> | Define,
  define?: Define,
): Routes {
  return declareGroup(undefined, prefix, options as RouteGroupOptions, define)
}

type Define = (route: RouteBuilder) => unknown

function declareGroup(
  outer: Group | undefined,
  prefix: string,
  optionsOrDefine: RouteGroupOptions | Define,
  maybeDefine?: Define,
): Routes {
  const [options, define] =
    typeof optionsOrDefine === 'function' ? [{}, optionsOrDefine] : [optionsOrDefine, maybeDefine]
  if (typeof define !== 'function')
    throw new RouteError(
      `group ${JSON.stringify(prefix)}`,
      'the last argument of the group is not a function',
      'Pass a function that declares the routes',
    )
  if (prefix !== '' && !String(prefix).startsWith('/'))
    throw new RouteError(
      `group ${JSON.stringify(prefix)}`,
      'the prefix does not begin with a slash',
      `Write '/${prefix}'`,
    )
  const group = innerGroup(outer, prefix, options)
  const routes: Route[] = []
  const add = (inner: Routes): Routes => {
    routes.push(...inner.routes)
    return inner
  }
  const declare =
    (method: Method, isWebSocket: boolean) =>
    (path: string, ...rest: [unknown, unknown?]) => {
      const [spec, handler] = (rest.length > 1 ? rest : [{}, rest[0]]) as [RouteSpec, Route['handler']]
      const route = createRoute(group, { method, path, spec, handler, isWebSocket })
      routes.push(route)
      return route
    }
  const defined: unknown = define({
    get: declare('GET', false),
    post: declare('POST', false),
    put: declare('PUT', false),
    patch: declare('PATCH', false),
    delete: declare('DELETE', false),
    head: declare('HEAD', false),
    options: declare('OPTIONS', false),
    websocket: declare('GET', true),
    group: (path: string, ...rest: [RouteGroupOptions | Define, Define?]) =>
      add(declareGroup(group, path, ...rest)),
    include: (inner: Routes) => add(include(group, inner)),
  } as RouteBuilder)
  if (isThenable(defined)) {
    // Its routes may have been declared already, and its rejection is not another failure.
    void Promise.resolve(defined).catch(() => {})
    throw new RouteError(
      `group ${JSON.stringify(prefix)}`,
      'its function is async, and routes after an await would come too late',
      'Await what the routes need before defineRoutes(), and declare them in a function that is not async',
    )
  }
  return { prefix: group.prefix, routes }
}

interface Declaration {
  readonly method: Method
  readonly path: string
  readonly spec: RouteSpec
  readonly handler: Route['handler']
  readonly isWebSocket: boolean
}

function createRoute(group: Group, { method, path, spec, handler, isWebSocket }: Declaration): Route {
  const pattern = joinPath(group.prefix, path)
  const name = `${isWebSocket ? 'WS' : method} ${pattern}`
  assertArguments(name, { path, spec, handler })
  assertApplicable(name, spec, isWebSocket)
  const own: Route = {
    method,
    pattern,
    spec,
    handler,
    // The same argument: `ws` takes hooks where the other methods take a handler.
    ...(isWebSocket && { websocket: handler as unknown as WebSocketHandler<never> }),
  }
  const route = inGroup(group, own, name)
  assertSpec(name, route.spec)
  assertAccess(name, route.spec)
  return route
}

/** The routes of a group below the prefix of another. */
function include(group: Group, inner: Routes): Routes {
  if (!isRouteGroup(inner))
    throw new RouteError(
      `group ${JSON.stringify(group.prefix)}`,
      'the argument of include() is not a group of routes',
      'Pass what defineRoutes(), serveFiles() or mount() returns; if it is imported, look for a circular import',
    )
  const outer = withoutInjection(group)
  return {
    prefix: joinPath(group.prefix, inner.prefix),
    routes: inner.routes.map((route) => {
      const pattern = joinPath(group.prefix, route.pattern)
      const name = `${route.method} ${pattern}`
      const included = { ...inGroup(outer, route, name), pattern }
      assertAccess(name, included.spec)
      return included
    }),
  }
}

/** The pattern below a prefix, without a trailing slash. A path that is not a string is refused by the caller. */
function joinPath(prefix: string, path: string): string {
  return String(prefix + path).replace(/(?<=.)\/+$/, '')
}
