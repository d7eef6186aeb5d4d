// The options of a group, merged with those of the groups around it and of its routes.

import { RouteError } from '../errors.ts'
import { namedLimits } from '../rate-limit/rate-limit.ts'
import type { Injection } from '../request/injection.ts'
import { assertList, isFunction } from './assert-options.ts'
import { assertBefore, assertInjection, assertServiceName, assertSpec } from './assert-route.ts'
import type { BeforeHook } from './before-hook.ts'
import { withResponses } from './responses.ts'
import type { Route, RouteGroupOptions, RouteSpec } from './route-spec.ts'

/** A group as its routes see it: its prefix, and its options with those of all groups around it. */
export interface Group {
  /** The prefix without a trailing slash. */
  readonly prefix: string
  /** The options that have the same meaning in a route. */
  readonly spec: RouteSpec
  /** The hooks, those of outer groups first. */
  readonly before: readonly BeforeHook[]
}

/** The group of a prefix and options, inside of another group. */
export function innerGroup(outer: Group | undefined, path: string, options: RouteGroupOptions): Group {
  const prefix = (outer?.prefix ?? '') + path.replace(/\/+$/, '')
  const name = `group '${prefix}'`
  const { before, ...own } = options
  if (before !== undefined) assertBefore(name, before)
  // The middleware of a group expects the parameters of its prefix, which every route below it has.
  const spec = mergeSpecs(name, outer?.spec ?? {}, own as RouteSpec)
  assertSpec(name, spec)
  return { prefix, spec, before: [...(outer?.before ?? []), ...(before ? [before] : [])] }
}

/** Returns a route with the options of its group. */
export function inGroup(group: Group, route: Route, name: string): Route {
  const before = [...group.before, ...(route.before ?? [])]
  const { before: _own, ...rest } = route
  return {
    ...rest,
    spec: withResponses(name, mergeSpecs(name, group.spec, route.spec)),
    ...(before.length > 0 && { before }),
  }
}

/** The options of a group, except for its services: the handlers of included routes do not expect them. */
export function withoutInjection(group: Group): Group {
  const { inject: _services, ...spec } = group.spec
  return { ...group, spec }
}

function mergeSpecs(name: string, outer: RouteSpec, inner: RouteSpec): RouteSpec {
  const { tags = [], middleware = [] } = inner
  assertList('tags', name, tags, (item) => typeof item === 'string', 'a list of texts')
  assertList('middleware', name, middleware, isFunction, 'a list of functions')
  const responses = { ...outer.responses, ...inner.responses }
  return {
    ...outer,
    ...inner,
    ...mergeInjection(name, outer.inject, inner.inject),
    ...mergeAccess(outer, inner),
    ...mergeLimits(name, outer, inner),
    tags: [...new Set([...(outer.tags ?? []), ...tags])],
    middleware: [...(outer.middleware ?? []), ...middleware],
    ...(Object.keys(responses).length > 0 && { responses }),
  }
}

function mergeLimits(name: string, outer: RouteSpec, inner: RouteSpec): Pick<RouteSpec, 'rateLimit'> {
  const own = namedLimits(inner.rateLimit, name.replace(/^group '(.*)'$/, '$1'))
  const rateLimit = [...namedLimits(outer.rateLimit, name), ...own]
  return rateLimit.length > 0 ? { rateLimit } : {}
}

/** A route without authentication needs no scopes and roles of its group. */
function mergeAccess(outer: RouteSpec, inner: RouteSpec): Pick<RouteSpec, 'scopes' | 'roles'> {
  if (inner.auth === false) return { scopes: inner.scopes, roles: inner.roles }
  if (outer.scopes === undefined) return {}
  return { scopes: [...new Set([...outer.scopes, ...(inner.scopes ?? [])])] }
}

function mergeInjection(
  name: string,
  outer: Injection | undefined,
  inner: Injection | undefined,
): { readonly inject?: Injection } {
  assertInjection(name, inner)
  const services = { ...outer, ...inner }
  for (const service of Object.keys(services)) {
    assertServiceName(name, service)
    if (outer?.[service] !== undefined && inner?.[service] !== undefined && outer[service] !== inner[service])
      throw new RouteError(
        name,
        `the group injects another service by the name '${service}'`,
        'Inject the service of the route by another name',
      )
  }
  return outer === undefined && inner === undefined ? {} : { inject: services }
}
