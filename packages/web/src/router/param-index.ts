// A fast path of the router for the most common patterns, `/users/:id`: everything before the last segment is looked up
// as one string. The tree splits a path into segments first, which costs more than the rest of the framework's work on
// a request.

import type { RouteEntry, RouteMatch } from './route-match.ts'

interface TrailingParam<T> {
  readonly name: string
  readonly data: T
}

/**
 * Finds routes whose only parameter is their last segment, where no other pattern can match the same paths.
 *
 * With `GET /users/:id` and `GET /users/me`, the path `/users/7` is found by the prefix `/users`; `/users/me` is left to
 * the tree, because a static path takes precedence; and a third route `GET /:any/:id` removes `/users/:id` from the
 * index, because both match `/users/7`.
 */
export class ParamIndex<T> {
  /** By method, then by the path before the last slash. */
  readonly #byPrefix = new Map<string, Map<string, TrailingParam<T>>>()
  /** Static paths of all methods, which take precedence. */
  readonly #static: ReadonlySet<string>

  constructor(entries: ReadonlyArray<RouteEntry<T>>) {
    this.#static = new Set(entries.map(({ pattern }) => pattern).filter((pattern) => STATIC.test(pattern)))
    // Wildcards, optional and constrained segments, and routes of all methods are resolved by the tree alone.
    const special = entries.filter(({ method, pattern }) => method === '' || !SIMPLE.test(pattern))
    for (const { method, pattern, data } of entries) {
      const [, prefix, name] = TRAILING_PARAM.exec(pattern) ?? []
      if (prefix === undefined || name === undefined || method === '') continue
      if (special.some((other) => mayOverlap(other.pattern, prefix))) continue
      const params = this.#byPrefix.get(method) ?? new Map<string, TrailingParam<T>>()
      params.set(prefix, { name, data })
      this.#byPrefix.set(method, params)
    }
  }

  /** Returns the match, or undefined when the tree has to be searched. */
  find(method: string, path: string): RouteMatch<T> | undefined {
    const slash = path.lastIndexOf('/')
    const param = this.#byPrefix.get(method)?.get(path.slice(0, slash))
    if (param === undefined || slash + 1 === path.length || this.#static.has(path)) return undefined
    const params = new Params()
    params[param.name] = path.slice(slash + 1)
    return { data: param.data, params }
  }
}

/**
 * An object without inherited properties that V8 represents with a hidden class. `Object.create(null)` would create a
 * dictionary, whose properties are slower.
 */
class Params {
  static {
    Object.setPrototypeOf(Params.prototype, null)
    // A parameter named `constructor` must not be found where there is none.
    delete (Params.prototype as { constructor?: unknown }).constructor
  }
  [name: string]: string
}

const STATIC = /^(?:\/[\w.~-]+)+$/
const SIMPLE = /^(?:\/:?[\w.~-]+)+$/
const TRAILING_PARAM = /^((?:\/[\w.~-]+)+)\/:([A-Za-z_]\w*)$/

/** Reports whether a path below `prefix` could match `pattern`: they are equal as far as both are static. */
function mayOverlap(pattern: string, prefix: string): boolean {
  const others = pattern.split('/')
  for (const [i, segment] of prefix.split('/').entries()) {
    const other = others[i]
    if (other === undefined) return false
    if (!/^[\w.~-]*$/.test(other)) return true
    if (other !== segment) return false
  }
  return true
}
