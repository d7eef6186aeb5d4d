// The router: from a method and a path to a route, and the methods that a path allows.

import { addRoute, createRouter, findRoute, type RouterContext } from 'rou3'
import { RouteError } from '../errors.ts'
import { decodeComponent } from '../http/query.ts'
import { ParamIndex } from './param-index.ts'
import type { RouteEntry, RouteMatch, TrailingSlash } from './route-match.ts'

/**
 * Finds the most specific route of a path: static segments before parameters, parameters before wildcards. Static paths
 * and paths that end in a parameter cost one lookup.
 */
export class Router<T> {
  readonly #tree: RouterContext<T> = createRouter<T>()
  /** Built when the first path is looked up. */
  #index: ParamIndex<T> | undefined
  readonly #entries: Array<RouteEntry<T>> = []
  readonly #methods = new Set<string>()
  /** The patterns by their shape. */
  readonly #shapes = new Map<string, string>()
  readonly #trailingSlash: TrailingSlash
  /** The routes that match any number of segments. A trailing slash is a part of what they match. */
  readonly #wildcards = new Set<T>()

  constructor(trailingSlash: TrailingSlash = 'ignore') {
    this.#trailingSlash = trailingSlash
  }

  /**
   * Adds a route; an empty method stands for all methods.
   *
   * @throws RouteError if the pattern is invalid or already declared
   */
  add(method: string, pattern: string, data: T): void {
    const route = `${method || 'ANY'} ${pattern}`
    // Patterns that differ only in the names of their parameters match the same paths.
    const shape = `${method} ${pattern.replace(/:[A-Za-z_]\w*/g, ':').replace(/(?<=.)\/$/, '')}`
    const declared = this.#shapes.get(shape)
    if (declared !== undefined)
      throw new RouteError(
        route,
        declared === pattern
          ? 'a route of the same method and path is already declared'
          : `a route of the same method and path is already declared: ${declared}`,
        declared === pattern
          ? 'Remove one of them, or the second place where its group is listed'
          : 'Remove one of them, or let a constraint such as :id(\\d+) tell them apart',
      )
    this.#shapes.set(shape, pattern)
    this.#entries.push({ method, pattern, data })
    this.#index = undefined
    this.#methods.add(method)
    if (pattern.includes('**')) this.#wildcards.add(data)
    try {
      addRoute(this.#tree, method, pattern, data)
    } catch (error) {
      throw new RouteError(
        route,
        `the pattern is invalid: ${(error as Error).message}`,
        'Use :name, :name?, :name(regexp) or **:name',
        { cause: error },
      )
    }
  }

  /** Returns the route that matches a path. */
  find(method: string, path: string): RouteMatch<T> | undefined {
    this.#index ??= new ParamIndex(this.#entries)
    return this.#index.find(method, path) ?? this.#search(method, path)
  }

  /** Returns the path without its trailing slash if a redirect leads to a route there. */
  redirectOf(path: string): string | undefined {
    // `//host/` would lead to another host.
    if (this.#trailingSlash !== 'redirect' || !path.endsWith('/') || path.startsWith('//')) return undefined
    const target = path.replace(/\/+$/, '')
    return target !== '' && this.allowed(target).length > 0 ? target : undefined
  }

  /** Searches the tree, which takes `/users/` and `/users` for the same path. */
  #search(method: string, path: string): RouteMatch<T> | undefined {
    const match = findRoute(this.#tree, method, path)
    if (this.#trailingSlash === 'ignore' || match === undefined) return match
    return path.length > 1 && path.endsWith('/') && !this.#wildcards.has(match.data) ? undefined : match
  }

  /** Returns the methods that a path allows, sorted, as in the `Allow` header; empty when no route matches. */
  allowed(path: string): string[] {
    const methods = [...this.#methods].filter((method) => method !== '' && this.#search(method, path))
    if (methods.includes('GET') && !methods.includes('HEAD')) methods.push('HEAD')
    if (methods.length > 0 && !methods.includes('OPTIONS')) methods.push('OPTIONS')
    return methods.sort()
  }
}

/** Decodes the parameters in place. An encoded slash becomes a part of its parameter. */
export function decodeParams(params: Record<string, string>): Record<string, string> {
  for (const name in params) {
    const value = params[name]!
    if (value?.includes('%')) params[name] = decodeComponent(value, 'path')
  }
  return params
}
