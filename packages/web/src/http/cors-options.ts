// The options of CORS.

/** The options of CORS, those of h3. */
export interface CorsOptions {
  /**
   * The origins whose pages may read the answers: a list of origins and expressions, a function, or `'*'` for all. An
   * expression is searched in the whole origin: begin it with `^` and end it with `$`. Default: `'*'`.
   */
  readonly origin?: '*' | 'null' | readonly (string | RegExp)[] | ((origin: string) => boolean)
  /** The methods that a preflight request allows. Default: `'*'`, all. */
  readonly methods?: '*' | readonly string[]
  /** The headers that a preflight request allows. Default: `'*'`, those that it asks for. */
  readonly allowHeaders?: '*' | readonly string[]
  /** The headers of the answer that a page may read. Default: `'*'`, all; none with `credentials`. */
  readonly exposeHeaders?: '*' | readonly string[]
  /** True to allow cookies and other credentials, from listed origins only. Default: false. */
  readonly credentials?: boolean
  /** The time in seconds for which a browser may keep the answer to a preflight request: `'600'`. Default: that of the browser. */
  readonly maxAge?: string | false
  /** The status of the answer to a preflight request. Default: 204. */
  readonly preflight?: { readonly statusCode?: number }
}
