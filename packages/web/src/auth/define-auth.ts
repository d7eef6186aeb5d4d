// defineAuth: a way to find out who sends a request.

import { OptionError } from '@myfy/core'
import { assertKnownOptions, INJECTION_FIX, injectionProblem, type OptionNames } from '@myfy/core/runtime'
import { type Seed, type Services, seed } from '@myfy/di'
import type { HTTPException } from '../http/http-exception.ts'
import type { Injection, NoInjection } from '../request/injection.ts'
import type { RequestContext } from '../request/request-context.ts'
import type { AuthScheme, Credentials, SchemeOptions } from './scheme.ts'

/** The argument of `authenticate`: the request, its credentials, and the services by name. */
export type AuthContext<Scheme extends AuthScheme, Inject extends Injection> = RequestContext & {
  /** The decoded path parameters, not validated. */
  readonly params: Readonly<Record<string, string | undefined>>
} & Credentials<Scheme> &
  Services<Inject>

/** The result of `authenticate`: the identity, nothing for credentials that are not valid, or another error. */
export type AuthResult<Identity> = Identity | HTTPException | undefined | null

/** The options of every scheme. */
export interface AuthOptions<Scheme extends AuthScheme, Inject extends Injection, Identity> {
  /** The scheme by which a request carries its credentials. */
  readonly scheme: Scheme
  /** The name of the security scheme in the API description, unique in the API. Default: the scheme. */
  readonly name?: string
  /** The description of the security scheme, in Markdown. */
  readonly description?: string
  /** The protected area, in the challenge of a 401. Default: `api`; none for a bearer token. */
  readonly realm?: string
  /**
   * Services that `authenticate` receives. Those of request scope live in a scope that ends when it has returned: a
   * `Session` commits, and the handler has another one. An identity must not use them later.
   */
  readonly inject?: Inject
  /** The seed by which services of the request inject the identity, to share it with another `defineAuth`. */
  readonly identity?: Seed<Identity, 'request'>
  /**
   * Returns the identity of the sender. It runs before the input is validated and before the body is read. With
   * `undefined` or `null` the credentials are not valid, and the answer is a 401.
   */
  authenticate(context: AuthContext<Scheme, Inject>): AuthResult<Identity> | PromiseLike<AuthResult<Identity>>
  /** Returns what the identity may do. Required by routes with `scopes`. */
  scopes?(identity: Identity): readonly string[]
  /** Returns the roles of the identity. Required by routes with `roles`. */
  roles?(identity: Identity): readonly string[]
}

/** A way to find out who sends a request, for the option `auth` of routes and groups. */
export class Auth<Identity> {
  /** The scheme. */
  readonly scheme: AuthScheme
  /** The name of the security scheme in the API description. */
  readonly name: string
  /** Injects the identity into services of the request: `request({ user: auth.identity }, ({ user }) => …)`. */
  readonly identity: Seed<Identity, 'request'>
  /** True if a request without credentials is accepted. */
  readonly isOptional: boolean
  /** @internal */
  readonly options: AnyAuthOptions

  /** @internal */
  constructor(options: AnyAuthOptions, identity: Seed<Identity, 'request'>, isOptional: boolean) {
    this.scheme = options.scheme
    this.name = options.name ?? options.scheme
    this.identity = identity
    this.isOptional = isOptional
    this.options = options
  }

  /**
   * The same, but a request without credentials has the identity `undefined`. Credentials that are not valid are still
   * refused. Services that inject {@link Auth.identity} need a route that requires one.
   */
  get optional(): Auth<Identity | undefined> {
    return new Auth<Identity | undefined>(this.options, this.identity, true)
  }
}

/** An {@link Auth} of any identity. */
// biome-ignore lint/suspicious/noExplicitAny: the identity is both read and passed on, so that no other type stands for all
export type AnyAuth = Auth<any>

/** @internal */
export type AnyAuthOptions = AuthOptions<AuthScheme, Injection, unknown> &
  Partial<Omit<SchemeOptions<'bearer'> & SchemeOptions<'cookie'>, never>> & {
    readonly header?: string | undefined
    readonly query?: string | undefined
  }

/** The identity that an `auth` option gives a handler. */
export type IdentityOf<Option> = Option extends readonly (infer One)[]
  ? IdentityOf<One>
  : Option extends Auth<infer Identity>
    ? Identity
    : never

/**
 * Defines a way to authenticate requests. A route or a group with `auth` gives its handlers the identity, and refuses
 * requests without one: with a 401 and a challenge (RFC 9110, 6750, 7617), before their input is validated.
 *
 * @throws OptionError if an option is not valid
 *
 * @example
 * ```ts
 * import { defineAuth, defineRoutes } from '@myfy/web'
 *
 * const tokens = new Map([['s3cret', { name: 'Ada', scopes: ['users:read'] }]])
 *
 * const bearer = defineAuth({
 *   scheme: 'bearer',
 *   authenticate: ({ token }) => tokens.get(token),
 *   scopes: (user) => user.scopes,
 * })
 *
 * export const users = defineRoutes('/users', { auth: bearer }, (route) => [
 *   route.get('/me', ({ identity }) => identity.name),
 *   route.get('/', { scopes: ['users:read'] }, () => ['Ada']),
 * ])
 * ```
 */
export function defineAuth<
  const Scheme extends AuthScheme,
  Identity,
  const Inject extends Injection = NoInjection,
>(options: AuthOptions<Scheme, Inject, Identity> & SchemeOptions<Scheme>): Auth<Identity> {
  // From here on the kind of the scheme is a value, which a type parameter cannot follow.
  const given = options as unknown as AnyAuthOptions
  assertAuthOptions(given)
  const identity = given.identity ?? seed<Identity>('request', `identity of ${given.name ?? given.scheme}`)
  return new Auth(given, identity as Seed<Identity, 'request'>, false)
}

const authNames: OptionNames<AnyAuthOptions> = {
  scheme: true,
  name: true,
  description: true,
  realm: true,
  inject: true,
  identity: true,
  authenticate: true,
  scopes: true,
  roles: true,
  bearerFormat: true,
  cookie: true,
  origins: true,
  header: true,
  query: true,
}

function assertAuthOptions(options: AnyAuthOptions): void {
  assertKnownOptions('defineAuth()', options, authNames)
  const { scheme, authenticate, inject, realm, cookie, header, query, origins } = options
  if (!SCHEMES.has(scheme))
    throw invalid('scheme', `it is ${shown(scheme)}`, "Use 'bearer', 'basic', 'cookie' or 'apiKey'")
  if (inject !== undefined && (typeof inject !== 'object' || inject === null || Array.isArray(inject)))
    throw invalid('inject', 'it is not an object of services', 'Name each service: inject: { users: Users }')
  const problem = injectionProblem(inject)
  if (problem !== undefined) throw invalid('inject', problem, INJECTION_FIX)
  if (typeof authenticate !== 'function')
    throw invalid('authenticate', 'it is not a function', 'Pass a function that returns the identity')
  if (realm !== undefined && !(typeof realm === 'string' && TEXT.test(realm)))
    throw invalid('realm', 'it is not a text of ASCII characters', 'Write letters, digits and spaces')
  for (const name of ['scopes', 'roles'] as const)
    if (options[name] !== undefined && typeof options[name] !== 'function')
      throw invalid(name, 'it is not a function', 'Pass a function that returns a list')
  const names = scheme === 'cookie' ? [cookie].flat() : scheme === 'apiKey' ? [header ?? query] : []
  const part = scheme === 'cookie' ? 'cookie' : query === undefined ? 'header' : 'query'
  if (scheme === 'cookie' && names.length === 0)
    throw invalid('cookie', 'it is an empty list', 'Pass the name of the cookie')
  for (const name of names)
    if (typeof name !== 'string' || !TOKEN.test(name))
      throw invalid(part, `it is ${shown(name)}`, 'Pass the name in which the credentials are sent')
  if (origins !== undefined && !(Array.isArray(origins) && origins.every((one) => typeof one === 'string')))
    throw invalid('origins', 'it is not a list of origins', "Pass a list: ['https://app.example.com']")
}

const SCHEMES: ReadonlySet<unknown> = new Set(['bearer', 'basic', 'cookie', 'apiKey'])
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/
const TEXT = /^[\x20-\x7e]+$/

const shown = (value: unknown): string =>
  typeof value === 'string'
    ? JSON.stringify(value)
    : value === undefined
      ? 'undefined'
      : `a value of type ${typeof value}`

const invalid = (option: string, reason: string, fix: string): OptionError =>
  new OptionError('MYFY_OPTION_INVALID', `Cannot configure ${option} of defineAuth(): ${reason}. ${fix}.`)
