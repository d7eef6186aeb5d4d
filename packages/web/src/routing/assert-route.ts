// Checks of a declared route, before the application is built.

import { assertOptionValues, INJECTION_FIX, injectionProblem } from '@myfy/core/runtime'
import { alternativesOf } from '../auth/alternatives.ts'
import { Auth } from '../auth/define-auth.ts'
import { RouteError } from '../errors.ts'
import {
  assertAmounts,
  assertList,
  assertStatus,
  assertTimes,
  isFunction,
  isScope,
  isToken,
  schemaIssue,
} from './assert-options.ts'
import type { BeforeHook } from './before-hook.ts'
import { assertCors } from './cors.ts'
import { RESERVED_NAMES } from './route-builder.ts'
import type { RequestOption, RouteSpec, WebSocketOption } from './route-spec.ts'

/** The arguments of a declaration. */
export interface DeclaredArguments {
  readonly path: unknown
  readonly spec: unknown
  readonly handler: unknown
}

/** Throws a RouteError when the arguments of a declaration are not those of a route. */
export function assertArguments(name: string, { path, spec, handler }: DeclaredArguments): void {
  if (typeof path !== 'string')
    throw new RouteError(name, 'the path is not a string', 'Pass the path as the first argument')
  if (path !== '' && !path.startsWith('/'))
    throw new RouteError(name, `the path '${path}' does not begin with a slash`, `Write '/${path}'`)
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

const webSocketOptions: readonly WebSocketOption[] = ['message', 'origins', 'protocols']
const requestOptions: readonly RequestOption[] = [
  'body',
  'response',
  'responses',
  'status',
  'etag',
  'compression',
  'bodyLimit',
]

/** Throws a RouteError when a route has an option of the other kind of routes: it would have no effect. */
export function assertApplicable(name: string, spec: RouteSpec, isWebSocket: boolean): void {
  for (const option of isWebSocket ? requestOptions : webSocketOptions)
    if (spec[option] !== undefined)
      throw new RouteError(
        name,
        `the option '${option}' applies to ${isWebSocket ? 'requests' : 'WebSockets'}`,
        isWebSocket ? 'Remove it from the WebSocket' : 'Remove it, or declare the route with route.websocket',
      )
}

/** Throws an OptionError when an option of a route has an invalid value. */
export function assertSpec(name: string, spec: RouteSpec): void {
  assertTimes(name, { timeout: spec.timeout })
  assertAmounts(name, 'bytes', { bodyLimit: spec.bodyLimit })
  assertStatus(name, spec.status)
  assertList('middleware', name, spec.middleware ?? [], isFunction, 'a function')
  if (spec.protocols !== undefined)
    assertList('protocols', name, spec.protocols, isToken, 'the names of subprotocols')
  for (const option of ['tags', 'security'] as const)
    if (spec[option] !== undefined && !Array.isArray(spec[option]))
      assertList(option, name, spec[option], () => true, 'a list')
  assertOptionValues(name, spec, specValues)
  if (spec.cors) assertCors(spec.cors)
}

const specValues = {
  etag: 'boolean',
  hidden: 'boolean',
  deprecated: 'boolean',
  summary: 'text',
  description: 'text',
  operationId: 'text',
} as const

/** Throws a RouteError when a route needs scopes or roles that its authentication does not have. */
export function assertAccess(name: string, { auth, scopes, roles, inject }: RouteSpec): void {
  const alternatives = alternativesOf(auth)
  if (alternatives.length > 0 && inject !== undefined && Object.hasOwn(inject, 'identity'))
    throw new RouteError(
      name,
      "it has an authentication, whose identity the service 'identity' would hide",
      'Inject the service by another name',
    )
  for (const one of alternatives)
    if (!(one instanceof Auth))
      throw new RouteError(
        name,
        `auth is ${one === undefined ? 'undefined' : 'not an authentication'}`,
        'Pass what defineAuth() returns; if it is imported, look for a circular import',
      )
  if (Array.isArray(auth) && auth.length === 0)
    throw new RouteError(name, 'auth is an empty list', 'List what defineAuth() returns, or set auth: false')
  for (const [option, wanted] of Object.entries({ scopes, roles })) {
    if (wanted === undefined) continue
    assertList(option, name, wanted, isScope, 'names without spaces')
    if (wanted.length === 0) continue
    if (alternatives.length === 0)
      throw new RouteError(name, `it has ${option} and no authentication`, 'Set auth, or remove them')
    for (const { name: scheme, options, isOptional } of alternatives) {
      if (isOptional)
        throw new RouteError(
          name,
          `it has ${option} and the optional authentication '${scheme}'`,
          'Require the authentication',
        )
      if (options[option as 'scopes' | 'roles'] === undefined)
        throw new RouteError(
          name,
          `it has ${option}, and the authentication '${scheme}' does not say which ones an identity has`,
          `Pass ${option}: (identity) => … to defineAuth()`,
        )
    }
  }
}

/** Throws a RouteError when the services have no names: the handler receives them by name. */
export function assertInjection(name: string, inject: unknown): void {
  if (inject === undefined || (typeof inject === 'object' && inject !== null && !Array.isArray(inject))) {
    const problem = injectionProblem(inject)
    if (problem !== undefined) throw new RouteError(name, problem, INJECTION_FIX)
    return
  }
  const given = Array.isArray(inject)
    ? 'a list'
    : inject === null
      ? 'null'
      : `a value of type ${typeof inject}`
  throw new RouteError(name, `inject is ${given}`, 'Name each service: inject: { orders: Orders }')
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
  assertInjection(name, inject)
  for (const service of Object.keys(inject ?? {})) assertServiceName(name, service)
}
