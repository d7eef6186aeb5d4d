// A registered route, the match of a path, and the rule for a trailing slash.

/** A route as it was added to the router. */
export interface RouteEntry<T> {
  /** The method; empty for all methods. */
  readonly method: string
  readonly pattern: string
  readonly data: T
}

/** The route that matches a path. */
export interface RouteMatch<T> {
  readonly data: T
  /** The parameters, still percent-encoded; undefined for a pattern without parameters. */
  readonly params?: Record<string, string> | undefined
}

/**
 * The rule for a path with a trailing slash, `/users/`, where a route is declared without it: the route answers
 * (`ignore`), the client is redirected to `/users` with a 308 (`redirect`), or the path is unknown (`strict`).
 */
export type TrailingSlash = 'ignore' | 'redirect' | 'strict'
