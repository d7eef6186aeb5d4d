// A shorter way to the commonest of all routes, `/users/:id`: everything but the last segment is looked up as one
// string. The tree would take the path apart first, which costs more than the rest of our own work on a request.

import type { RouteMatch } from './router.ts'

/** A route as it was added. */
export interface RouteEntry<T> {
  /** Empty for every method. */
  readonly method: string
  readonly pattern: string
  readonly data: T
}

interface TrailingParam<T> {
  readonly name: string
  readonly data: T
}

/** Routes whose only parameter is their last segment, where nothing else can have a say in what a path means. */
export class ParamIndex<T> {
  /** By method, then by what stands before the last slash. */
  readonly #leaves = new Map<string, Map<string, TrailingParam<T>>>()
  /** Paths without a parameter, of whatever method: they go before. */
  readonly #static: ReadonlySet<string>

  constructor(added: ReadonlyArray<RouteEntry<T>>) {
    this.#static = new Set(added.map(({ pattern }) => pattern).filter((pattern) => PLAIN.test(pattern)))
    // Wildcards, optional and constrained segments, and routes of every method: what they take is the tree's to know.
    const special = added.filter(({ method, pattern }) => method === '' || !USUAL.test(pattern))
    for (const { method, pattern, data } of added) {
      const [, prefix, name] = LEAF.exec(pattern) ?? []
      if (prefix === undefined || name === undefined || method === '') continue
      if (special.some((other) => mayMeet(other.pattern, prefix))) continue
      const leaves = this.#leaves.get(method) ?? new Map<string, TrailingParam<T>>()
      leaves.set(prefix, { name, data })
      this.#leaves.set(method, leaves)
    }
  }

  /** Undefined where the tree has to be asked, also for a path that nothing takes. */
  find(method: string, path: string): RouteMatch<T> | undefined {
    const at = path.lastIndexOf('/')
    const leaf = this.#leaves.get(method)?.get(path.slice(0, at))
    if (leaf === undefined || at + 1 === path.length || this.#static.has(path)) return undefined
    const params = new Params()
    params[leaf.name] = path.slice(at + 1)
    return { data: leaf.data, params }
  }
}

/** An object that inherits nothing, and that V8 knows by its form: of `Object.create(null)` it makes a hash table. */
class Params {
  static {
    Object.setPrototypeOf(Params.prototype, null)
    // Once, when the class is made: `constructor` must be the name of nothing here.
    delete (Params.prototype as { constructor?: unknown }).constructor
  }
  [name: string]: string
}

const PLAIN = /^(?:\/[\w.~-]+)+$/
const USUAL = /^(?:\/:?[\w.~-]+)+$/
const LEAF = /^((?:\/[\w.~-]+)+)\/:([A-Za-z_]\w*)$/

/** Whether a path below the prefix might also be one of this pattern: they agree as far as both are plain. */
function mayMeet(pattern: string, prefix: string): boolean {
  const others = pattern.split('/')
  for (const [i, segment] of prefix.split('/').entries()) {
    const other = others[i]
    if (other === undefined) return false
    if (!/^[\w.~-]*$/.test(other)) return true
    if (other !== segment) return false
  }
  return true
}
