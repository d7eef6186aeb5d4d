// From a method and a path to a route, and what else the path would take.

import { addRoute, createRouter, findRoute, type RouterContext } from 'rou3'
import { RouteError } from '../errors.ts'
import { decodeComponent } from '../http/query.ts'
import { ParamIndex, type RouteEntry } from './param-index.ts'

/** What was found for a path. */
export interface RouteMatch<T> {
  readonly data: T
  /** The parameters, still percent-encoded; undefined for a path without any. */
  readonly params?: Record<string, string> | undefined
}

/** Finds what was added, the most specific first. Static paths cost one look-up, as do those that end in a parameter. */
export class Router<T> {
  readonly #tree: RouterContext<T> = createRouter<T>()
  /** Made when the first path is looked for. */
  #leaves: ParamIndex<T> | undefined
  readonly #added: Array<RouteEntry<T>> = []
  readonly #methods = new Set<string>()
  readonly #taken = new Set<string>()

  /** @throws RouteError if the pattern is wrong or taken */
  add(method: string, pattern: string, data: T): void {
    const route = `${method || 'ANY'} ${pattern}`
    // Parameters of another name are the same path: the second route could never be reached.
    const shape = `${method} ${pattern.replace(/:[A-Za-z_]\w*/g, ':')}`
    if (this.#taken.has(shape))
      throw new RouteError(route, 'a route of this method and path was declared before; remove one of them')
    this.#taken.add(shape)
    this.#added.push({ method, pattern, data })
    this.#leaves = undefined
    this.#methods.add(method)
    try {
      addRoute(this.#tree, method, pattern, data)
    } catch (error) {
      throw new RouteError(route, `the pattern cannot be read: ${(error as Error).message}`, { cause: error })
    }
  }

  find(method: string, path: string): RouteMatch<T> | undefined {
    this.#leaves ??= new ParamIndex(this.#added)
    return this.#leaves.find(method, path) ?? findRoute(this.#tree, method, path)
  }

  /** The methods that a path takes, for the `Allow` header; empty if nothing is there. */
  allowed(path: string): string[] {
    const methods = [...this.#methods].filter(
      (method) => method !== '' && findRoute(this.#tree, method, path, { params: false }),
    )
    if (methods.includes('GET') && !methods.includes('HEAD')) methods.push('HEAD')
    if (methods.length > 0 && !methods.includes('OPTIONS')) methods.push('OPTIONS')
    return methods.sort()
  }
}

/** The parameters as the client meant them. An encoded slash stays inside its parameter. */
export function decodeParams(params: Record<string, string>): Record<string, string> {
  for (const name in params) {
    const value = params[name]!
    if (value?.includes('%')) params[name] = decodeComponent(value, 'path')
  }
  return params
}
