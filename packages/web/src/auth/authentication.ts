// The authentication of a route: its credentials, the identity, and what the identity may do.

import { CurrentWork } from '@myfy/core'
import { isThenable } from '@myfy/core/runtime'
import type { Container, Opened, Outcome, Plan } from '@myfy/di'
import { HTTPException } from '../http/http-exception.ts'
import type { Exchange } from '../request/exchange.ts'
import { CurrentRequest, type RequestContext } from '../request/request-context.ts'
import { type Challenged, challengeOf } from './challenge.ts'
import { credentialsReader, type ReadCredentials } from './credentials.ts'
import { assertSameOrigin } from './cross-site.ts'
import type { AnyAuth } from './define-auth.ts'

/** The access that a route requires. */
export interface RequiredAccess {
  readonly alternatives: readonly AnyAuth[]
  readonly scopes: readonly string[]
  readonly roles: readonly string[]
}

/** An argument of a handler that can be copied. */
interface Copyable {
  copy(exchange: Exchange): RequestContext
}

/** Authentication finds the identity of the sender of a request. */
export class Authentication {
  readonly #methods: readonly Method[]
  readonly #isOptional: boolean
  readonly #scopes: readonly string[]
  readonly #roles: readonly string[]

  /** Declares the services of `authenticate` with the container, so that its build reports one without a provider. */
  constructor({ alternatives, scopes, roles }: RequiredAccess, label: string, container: Container) {
    this.#methods = alternatives.map((auth) => new Method(auth, label, container))
    this.#isOptional = alternatives.some(({ isOptional }) => isOptional)
    this.#scopes = scopes
    this.#roles = roles
  }

  /** Creates the singletons of `authenticate`. */
  async prepare(): Promise<void> {
    for (const method of this.#methods) await method.prepare()
  }

  /**
   * Continues with the identity, and returns what `next` returns; a promise only if something must be waited for. Each
   * call of `authenticate` receives a copy of the argument.
   *
   * @throws HTTPException 401 with the challenges of all alternatives, 403 if the identity may not do it
   */
  run(exchange: Exchange, argument: Copyable, next: (identity: unknown) => unknown): unknown {
    for (const method of this.#methods) {
      const credentials = method.read(exchange)
      if (credentials === undefined) continue
      exchange.credentials = credentials
      const identity = method.authenticate(exchange, argument.copy(exchange), credentials)
      return isThenable(identity)
        ? this.#continue(identity, method, next)
        : next(this.#accept(identity, method))
    }
    if (this.#isOptional) return next(undefined)
    throw this.#unauthorized('credentials are required', {})
  }

  /** One function that awaits: each further promise of a request costs as much as the lookup of a token. */
  async #continue(
    identity: PromiseLike<unknown>,
    method: Method,
    next: (identity: unknown) => unknown,
  ): Promise<unknown> {
    return next(this.#accept(await identity, method))
  }

  #accept(identity: unknown, method: Method): unknown {
    if (identity === undefined || identity === null)
      throw this.#unauthorized('the credentials are not valid', { error: 'invalid_token' })
    if (identity instanceof HTTPException) throw identity
    const { options } = method
    if (this.#scopes.length > 0) {
      const granted = options.scopes!(identity)
      if (!this.#scopes.every((scope) => granted.includes(scope))) {
        const parameters = { error: 'insufficient_scope', scope: this.#scopes.join(' ') }
        throw forbidden('a scope is missing', options, parameters)
      }
    }
    if (this.#roles.length > 0) {
      const granted = options.roles!(identity)
      if (!this.#roles.some((role) => granted.includes(role))) throw forbidden('a role is missing', options)
    }
    return identity
  }

  #unauthorized(detail: string, parameters: Readonly<Record<string, string>>): HTTPException {
    const challenges = this.#methods.map(({ options }) => challengeOf(options, parameters))
    return new HTTPException(401, { detail, headers: { 'www-authenticate': challenges.join(', ') } })
  }
}

/** RFC 6750, 3.1: a 403 for a bearer token names the scopes. */
function forbidden(
  detail: string,
  options: Challenged,
  parameters?: Readonly<Record<string, string>>,
): HTTPException {
  if (parameters === undefined || options.scheme !== 'bearer') return new HTTPException(403, { detail })
  const headers = { 'www-authenticate': challengeOf(options, parameters) }
  return new HTTPException(403, { detail, headers })
}

/** One alternative: the place of its credentials, and its services. */
class Method {
  readonly options: AnyAuth['options']
  readonly #read: ReadCredentials
  readonly #plan: Plan | undefined
  /** The services, if all of them are singletons. */
  #constants: object | undefined

  constructor({ options, name }: AnyAuth, label: string, container: Container) {
    const { inject } = options
    this.options = options
    this.#read = credentialsReader(options)
    this.#plan =
      inject &&
      container.plan({
        name: `${label} (auth ${name})`,
        inject,
        scope: 'request',
        seeds: [CurrentRequest, CurrentWork],
      })
  }

  async prepare(): Promise<void> {
    await this.#plan?.prepare()
    if (this.#plan === undefined || this.#plan.scoped) return
    const { values } = (await this.#plan.open(undefined as never, undefined as never)) as Opened
    this.#constants = values
  }

  /** Returns the credentials of a request; undefined if it has none. */
  read(exchange: Exchange): Readonly<Record<string, string>> | undefined {
    const credentials = this.#read(exchange)
    // After the cookie was found: another alternative may have other credentials.
    if (credentials !== undefined && this.options.scheme === 'cookie')
      assertSameOrigin(exchange, this.options.origins)
    return credentials
  }

  authenticate(exchange: Exchange, context: RequestContext, credentials: object): unknown {
    if (this.#plan === undefined) return this.#call(Object.assign(context, credentials))
    if (this.#constants !== undefined) return this.#call(Object.assign(context, this.#constants, credentials))
    const call = (opened: Opened) => {
      Object.assign(context, opened.values, credentials)
      return opened.disposable ? this.#callWithin(opened, exchange, context) : this.#call(context)
    }
    const opened = this.#plan.open(context, exchange)
    return opened instanceof Promise ? opened.then(call) : call(opened)
  }

  /**
   * Calls `authenticate`, and ends its services when it has returned. They must not live as long as the request: a
   * transaction would keep its connection while the handler waits for another one, or while a WebSocket is open.
   */
  async #callWithin(opened: Opened, exchange: Exchange, context: RequestContext): Promise<unknown> {
    let outcome: Outcome = { ok: true }
    try {
      const identity = await this.#call(context)
      if (identity instanceof HTTPException) outcome = { ok: false, error: identity }
      await opened.settle(outcome)
      return identity
    } catch (error) {
      outcome = { ok: false, error }
      throw error
    } finally {
      await this.#dispose(opened, outcome, exchange)
    }
  }

  async #dispose(opened: Opened, outcome: Outcome, { logger, label }: Exchange): Promise<void> {
    try {
      await opened.dispose(outcome)
    } catch (error) {
      logger.error({ err: error }, `a service of the authentication of ${label} could not be disposed`)
    }
  }

  #call(context: RequestContext): unknown {
    return this.options.authenticate(context as never)
  }
}
