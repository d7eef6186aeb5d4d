// The authentication schemes: the options that each has, and the credentials that each passes on.

/** The schemes of authentication. */
export type AuthScheme = 'bearer' | 'basic' | 'cookie' | 'apiKey'

/** The options of a scheme. */
export type SchemeOptions<Scheme extends AuthScheme> = {
  readonly bearer: BearerOptions
  readonly basic: BasicOptions
  readonly cookie: CookieOptions
  readonly apiKey: ApiKeyOptions
}[Scheme]

/** A bearer token (RFC 6750), read from the header `Authorization`. */
export interface BearerOptions {
  /** The form of the token, for the API description: `JWT`. */
  readonly bearerFormat?: string
}

/** A user name and a password (RFC 7617), read from the header `Authorization`. */
export type BasicOptions = Readonly<Record<never, never>>

/** A cookie. */
export interface CookieOptions {
  /** The name of the cookie, or several: the first one that the request has is used. */
  readonly cookie: string | readonly string[]
  /**
   * Other origins whose pages may send requests that change something. A browser sends the cookie for any page, so that
   * requests with another method than GET, HEAD and OPTIONS are refused when they come from another origin. Default: none.
   */
  readonly origins?: readonly string[]
}

/** A key in a header or in the query. */
export type ApiKeyOptions =
  | {
      /** The name of the header: `x-api-key`. */
      readonly header: string
      readonly query?: undefined
    }
  | {
      /** The name in the query. Servers and proxies log it: prefer a header. */
      readonly query: string
      readonly header?: undefined
    }

/** The credentials of a request, by scheme. */
export type Credentials<Scheme extends AuthScheme> = {
  readonly bearer: { readonly token: string }
  readonly basic: { readonly username: string; readonly password: string }
  readonly cookie: { readonly cookie: string }
  readonly apiKey: { readonly key: string }
}[Scheme]
