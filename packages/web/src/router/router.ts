// The router: from a method and a path to a route, and the methods that a path allows.

import { addRoute, createRouter, findRoute, type RouterContext } from 'rou3'
import { RouteError } from '../errors.ts'
import { decodeComponent } from '../http/query.ts'
import { ParamIndex } from './param-index.ts'
import type { RouteEntry, RouteMatch } from './route-match.ts'

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
  readonly #shapes = new Set<string>()

  /**
   * Adds a route; an empty method stands for all methods.
   *
   * @throws RouteError if the pattern is invalid or already declared
   */
  add(method: string, pattern: string, data: T): void {
    const route = `${method || 'ANY'} ${pattern}`
    // Patterns that differ only in the names of their parameters match the same paths.
    const shape = `${method} ${pattern.replace(/:[A-Za-z_]\w*/g, ':')}`
    if (this.#shapes.has(shape))
      throw new RouteError(
        route,
        'a route of the same method and path is already declared',
        'Remove one of them',
      )
    this.#shapes.add(shape)
    this.#entries.push({ method, pattern, data })
    this.#index = undefined
    this.#methods.add(method)
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
    return this.#index.find(method, path) ?? findRoute(this.#tree, method, path)
  }

  /** Returns the methods that a path allows, sorted, as in the `Allow` header; empty when no route matches. */
  allowed(path: string): string[] {
    const methods = [...this.#methods].filter(
      (method) => method !== '' && findRoute(this.#tree, method, path, { params: false }),
    )
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
