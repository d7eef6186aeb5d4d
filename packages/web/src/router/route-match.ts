// A registered route, and the match of a path.

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
