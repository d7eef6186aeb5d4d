// The cookies of a request, and those that its answer sets.

import { WebError } from '../errors.ts'
import { type CookieAttributes, parseCookies, serializeCookie } from '../http/cookie.ts'
import { signCookie, verifyCookie } from '../http/cookie-signature.ts'

/** The part of an exchange that its cookies depend on. */
export interface CookieOwner {
  readonly url: URL
  readonly owner: { readonly cookieSecrets: readonly string[] } | undefined
  header(name: string): string | undefined
}

/**
 * Cookies reads the cookies of a request and sets those of its answer. A set cookie is part of every answer, errors
 * included.
 */
export class Cookies {
  readonly #exchange: CookieOwner
  #received: ReadonlyMap<string, string> | undefined
  /** The `Set-Cookie` headers, by name, domain and path. @internal */
  readonly content = new Map<string, string>()

  /** @internal */
  constructor(exchange: CookieOwner) {
    this.#exchange = exchange
  }

  /** Returns the value of a cookie of the request; undefined if there is none. */
  get(name: string): string | undefined {
    this.#received ??= parseCookies(this.#exchange.header('cookie'))
    return this.#received.get(name)
  }

  /**
   * Sets a cookie on the answer: hidden from scripts, over HTTPS, and not sent with requests of other sites, unless the
   * options say otherwise.
   *
   * @throws WebError with code `MYFY_COOKIE_INVALID` if browsers would ignore it
   */
  set(name: string, value: string, options: CookieAttributes = {}): void {
    const { secure = !isLocal(this.#exchange.url), ...rest } = options
    const header = serializeCookie(name, value, { secure, ...rest })
    this.content.set(`${name};${options.domain ?? ''};${options.path ?? '/'}`, header)
  }

  /** Removes a cookie from the client. `path` and `domain` must be those that it was set with. */
  delete(
    name: string,
    options: Pick<CookieAttributes, 'path' | 'domain' | 'partitioned' | 'secure'> = {},
  ): void {
    this.set(name, '', { ...options, maxAge: 0 })
  }

  /** Returns the value of a signed cookie; undefined if there is none, or if its signature is not valid. */
  getSigned(name: string): string | undefined {
    const secrets = this.#secrets(name, 'read')
    const signed = this.get(name)
    return signed === undefined ? undefined : verifyCookie(name, signed, secrets)
  }

  /**
   * Sets a cookie that the client can read and cannot change, signed with the first of `cookieSecrets`.
   *
   * @throws WebError with code `MYFY_COOKIE_INVALID` if browsers would ignore it, or if the module has no secrets
   */
  setSigned(name: string, value: string, options?: CookieAttributes): void {
    const [secret] = this.#secrets(name, 'sign')
    this.set(name, signCookie(name, value, secret!), options)
  }

  /** The `Set-Cookie` headers of the answer. @internal */
  get headers(): Iterable<string> {
    return this.content.values()
  }

  #secrets(name: string, verb: string): readonly string[] {
    const secrets = this.#exchange.owner?.cookieSecrets ?? []
    if (secrets.length > 0) return secrets
    throw new WebError(
      'MYFY_COOKIE_INVALID',
      `Cannot ${verb} the signed cookie '${name}': the application has no secrets. Set \`cookieSecrets\` of the WebModule.`,
    )
  }
}

/** Reports whether a URL is of this machine, without TLS: some browsers keep no `Secure` cookie of it. */
export const isLocal = ({ protocol, hostname }: URL): boolean =>
  protocol === 'http:' && /^(?:localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)
