// Checks of a declared route, before the application is built.

import { RouteError } from '../errors.ts'
import { assertAmounts, assertList, isFunction, isToken, schemaIssue } from './assert-options.ts'
import type { BeforeHook } from './before-hook.ts'
import { assertCors } from './cors.ts'
import { RESERVED_NAMES } from './route-builder.ts'
import type { RouteSpec } from './route-spec.ts'

/** The arguments of a declaration. */
export interface DeclaredArguments {
  readonly path: unknown
  readonly pattern: string
  readonly spec: unknown
  readonly handler: unknown
}

/** Throws a RouteError when the arguments of a declaration are not those of a route. */
export function assertArguments(name: string, { path, pattern, spec, handler }: DeclaredArguments): void {
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

/** Throws an OptionError when an option of a route has an invalid value. */
export function assertSpec(name: string, spec: RouteSpec): void {
  assertAmounts(name, 'ms', { timeout: spec.timeout })
  assertAmounts(name, 'bytes', { bodyLimit: spec.bodyLimit })
  assertList('middleware', name, spec.middleware ?? [], isFunction, 'a function')
  if (spec.protocols !== undefined)
    assertList('protocols', name, spec.protocols, isToken, 'the names of subprotocols')
  if (spec.cors) assertCors(spec.cors)
}

/** Throws a RouteError when a service has the name of a part of the request. */
export function assertServiceName(name: string, service: string): void {
  if (Object.hasOwn(RESERVED_NAMES, service))
    throw new RouteError(name, `'${service}' is a part of the request`, 'Inject the service by another name')
}

/** Throws a RouteError when a hook is not usable. */
export function assertBefore(name: string, { inject, run }: BeforeHook): void {
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
  for (const service of Object.keys(inject ?? {})) assertServiceName(name, service)
}
