/** What was said to one container: providers, overrides, entry points. */
import { Binding, nameOf } from './binding.ts'
import { Marker } from './inject.ts'
import type { PlanSpec } from './plan.ts'
import { Provider } from './provider.ts'
import type { Registration } from './registration.ts'
import { Seed, Token } from './token.ts'

/** By which call something was said; undefined for what came with its own provider, `aside` for what counts not (yet). */
export type Call = 'register' | 'registerMany' | 'override' | 'plan' | 'aside' | undefined

/** How the service of a token is built. */
export type How = Registration | Provider<unknown>

const NONE: Registration = {}

/**
 * Flat arrays, a place in each for everything that was said, in its order: 100,000 providers cost no object of their own
 * that the garbage collector had to copy. A `Binding` is made of a place when it is needed.
 */
export class Graph {
  /** What is provided; at the first place stands for something optional that nobody provides. */
  readonly tokens: unknown[] = [undefined]
  readonly hows: (How | PlanSpec | Marker<unknown>)[] = [{ value: undefined }]
  readonly calls: Call[] = ['aside']
  /** How far linking has come: 0 not begun, 1 under way, else 4 and the short scopes that it can only live in. */
  readonly state: number[] = [4]
  /** What was registered under a key that was taken. */
  readonly duplicates: number[] = []
  /** The places of many providers of one token. */
  readonly many = new Map<unknown, number[]>()
  readonly #places = new Map<unknown, number>()
  /** Qualified tokens: one canonical token for each base and qualifier. */
  readonly #qualified = new Map<unknown, Map<unknown, unknown>>()
  #bindings: Binding[] = []

  /** The one key of a token: equal qualifiers of one base are one token. */
  key(token: unknown): unknown {
    if (!(token instanceof Token) || !token.base) return token
    const base = this.key(token.base)
    const named = this.#qualified.get(base) ?? new Map<unknown, unknown>()
    this.#qualified.set(base, named)
    if (!named.has(token.qualifier)) named.set(token.qualifier, token)
    return named.get(token.qualifier)
  }

  /** Where a key is. A token remembers its last place, all else is looked up. */
  place(key: unknown): number | undefined {
    if (key instanceof Token && this.tokens[key.hint] === key) {
      const call = this.calls[key.hint]
      if (!call || call === 'register') return key.hint
    }
    return this.#places.size ? this.#places.get(key) : undefined
  }

  /** Notes what was said; `key` finds it from now on. */
  add(call: Call, token: unknown, how: How | PlanSpec | Marker<unknown>, key?: unknown): number {
    const twice = key && this.place(key)
    const at = this.tokens.push(token) - 1
    this.hows.push(how)
    this.calls.push(call)
    this.state.push(0)
    if (twice) this.duplicates.push(at)
    else if (key instanceof Token && !key.hint) key.hint = at
    else if (key) this.#places.set(key, at)
    return at
  }

  /** The places of every provider and entry point, entry points first. */
  all(): number[] {
    const entries: number[] = []
    const others: number[] = []
    for (let at = 0; at < this.calls.length; at++) {
      const call = this.calls[at]
      if (call !== 'override' && call !== 'aside') (call === 'plan' ? entries : others).push(at)
    }
    return entries.concat(others)
  }

  /** Where the provider of anything that can be injected is, also of what brings its own; `as` names a nameless one. */
  find(item: unknown, as?: string): number | undefined {
    const key = this.key(item)
    const known = this.place(key)
    if (known) return known
    if (key instanceof Provider || key instanceof Seed)
      return this.add(undefined, key, as ? { name: as } : NONE, key)
    if (!(key instanceof Marker)) return undefined
    const { kind, token } = key
    const target = this.find(token, as)
    if (kind === 'optional' && !(this.tokens[target ?? 0] instanceof Seed)) return target ?? (token && 0)
    return token && (target || kind === 'all') ? this.add('aside', token, key, key) : undefined
  }

  /** Where the i-th of what a binding injects is. */
  edge({ inject, keys }: Binding, i: number): number | undefined {
    const item = inject[i]
    return typeof item === 'number' ? item : this.find(item, keys?.[i])
  }

  /** The binding of a place. */
  at(at: number): Binding {
    this.#bindings[at] ??= this.describe(at)
    return this.#bindings[at]
  }

  /** The binding of a key, if it is made already. */
  known(key: unknown): Binding | undefined {
    return this.#bindings[this.place(key)!]
  }

  /** Forgets what linking has found at these places, so that the graph can be mended and linked again. */
  unlink(linked: readonly number[]): void {
    for (const at of linked) {
      this.state[at] = 0
      delete this.#bindings[at]
    }
  }

  /** Lets go of everything that was built. */
  clear(): void {
    this.#bindings = []
  }

  /** A new binding of a place. */
  describe(at: number): Binding {
    const token = this.tokens[at]
    const how = this.hows[at]!
    if (this.calls[at] === 'plan') {
      const { name, inject, scope = 'singleton' } = how as PlanSpec
      return new Binding(this, at, 'entry', scope, undefined, inject, undefined, name)
    }
    if (how instanceof Marker) {
      const { kind } = how
      if (kind === 'optional') return new Binding(this, at, 'seed', (token as Seed<unknown>).scope, true)
      const target = this.find(token)
      const inject = target ? [target] : []
      if (kind === 'all') inject.push(...(this.many.get(this.key(token)) ?? []))
      const name = `${kind} ${target ? this.describe(target).name : nameOf(token)}`
      return new Binding(this, at, kind, 'transient', undefined, inject, undefined, name)
    }
    const { factory, inject, name, scope = 'singleton' } = how as Registration
    const value = 'value' in how
    const own = how instanceof Provider ? how : token
    if (!factory && !value && own instanceof Provider) {
      const { scope, spec } = own
      const as = own.name || (how === own ? nameOf(token) : name) || `a ${scope}`
      const kind = spec.construct ? 'class' : 'factory'
      return new Binding(this, at, kind, scope, spec.make, spec.inject, spec.options, as)
    }
    if (!factory && !value && own instanceof Seed) return new Binding(this, at, 'seed', own.scope)
    const make = factory ?? (token instanceof Token ? token.base : token)
    const kind = factory ? 'factory' : value ? 'value' : 'class'
    const binding = new Binding(
      this,
      at,
      kind,
      value ? 'singleton' : scope,
      make,
      inject,
      how as Registration,
    )
    if (kind === 'value') binding.instance = (how as Registration).value
    return binding
  }
}
