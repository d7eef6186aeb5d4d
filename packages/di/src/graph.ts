/** What was said to one container: providers, overrides, entry points. */
import { Binding, nameOf } from './binding.ts'
import { Column } from './column.ts'
import { Marker } from './inject.ts'
import type { PlanSpec } from './plan.ts'
import { Provider } from './provider.ts'
import type { Registration } from './registration.ts'
import { Seed, Token } from './token.ts'

/** The calls, those first whose token finds what was said. */
const CALLS = ['implicit', 'register', 'registerMany', 'override', 'plan', 'detached'] as const
const FINDING = 2

/** By which call something was said; `implicit` for what came with its own provider, `detached` for what counts not (yet). */
export type Call = (typeof CALLS)[number]

/** How the service of a token is built. */
export type Definition = Registration | Provider<unknown>

/** Asked before the prototypes of a class are looked through. */
const isToken = (key: unknown): key is Token<unknown> => typeof key === 'object' && key instanceof Token

/** A registration that says nothing. */
export const NONE: Registration = {}

/**
 * Columns, a place in each for everything that was said, in its order: 100,000 providers cost no object of their own
 * that the garbage collector had to copy. A `Binding` is made of a place when it is needed.
 */
export class Graph {
  /** What is provided; at the first place stands for something optional that nobody provides. */
  readonly tokens = new Column<unknown>()
  readonly definitions = new Column<Definition | PlanSpec | Marker<unknown>>()
  /** The call, times 8, and how far linking has come: 0 not begun, 1 under way, else 4 and the short scopes it needs. */
  readonly #state = new Column<number>()
  /** What was registered under a key that was taken. */
  readonly duplicates: number[] = []
  /** The places of many providers of one token. */
  readonly many = new Map<unknown, number[]>()
  readonly #places = new Map<unknown, number>()
  /** What was asked for by its class. Few are: in a small table they are found sooner than among all. */
  readonly asked = new Map<unknown, Binding>()
  /** Qualified tokens and markers: a canonical one for each base and qualifier or kind. */
  readonly #qualified = new Map<unknown, Map<unknown, unknown>>()
  #bindings: Binding[] = []

  constructor() {
    this.add('detached', undefined, { value: undefined })
    this.link(0, 4)
  }

  /** The one key of a token: equal qualifiers of one base are one token, and so are equal markers. */
  key(token: unknown): unknown {
    const marked = typeof token === 'object' && token instanceof Marker
    const base = marked ? token.token : isToken(token) && token.base
    if (!base) return token
    const key = this.key(base)
    const named = this.#qualified.get(key) ?? new Map<unknown, unknown>()
    this.#qualified.set(key, named)
    const qualifier = marked ? Symbol.for(token.kind) : (token as Token<unknown>).qualifier
    if (!named.has(qualifier)) named.set(qualifier, token)
    return named.get(qualifier)
  }

  /** Where a key is. A token remembers its last place, all else is looked up. */
  place(key: unknown): number | undefined {
    if (isToken(key)) {
      const { hint } = key
      if (hint < this.tokens.length && this.tokens.at(hint) === key && this.#finds(hint)) return hint
    }
    return this.#places.get(key)
  }

  /** Notes what was said; `key` finds it from now on. */
  add(call: Call, token: unknown, how: Definition | PlanSpec | Marker<unknown>, key?: unknown): number {
    const twice = key && this.place(key)
    const at = this.tokens.push(token)
    this.definitions.push(how)
    this.#state.push(CALLS.indexOf(call) * 8)
    if (twice) {
      this.duplicates.push(at)
    } else if (key) {
      if (isToken(key) && !key.hint) key.hint = at
      if (!isToken(key) || key.hint !== at) this.#places.set(key, at)
    }
    return at
  }

  /** Whether what was said at a place is found by its token. */
  #finds(at: number): boolean {
    return this.#state.at(at) >> 3 < FINDING
  }

  /** By which call a place was said. */
  call(at: number): Call {
    return CALLS[this.#state.at(at) >> 3]!
  }

  /** From now on a place counts no more. */
  drop(at: number): void {
    this.#state.set(at, CALLS.indexOf('detached') * 8)
  }

  /** How far linking has come with a place: 0 not begun, 1 under way, else 4 and the short scopes that it needs. */
  state(at: number): number {
    return this.#state.at(at) & 7
  }

  /** Notes how far linking has come with a place. */
  link(at: number, state: number): void {
    this.#state.set(at, (this.#state.at(at) & ~7) | state)
  }

  /** Visits the place of every provider and entry point, entry points first. */
  forEach(visit: (at: number) => void): void {
    for (const entries of [true, false]) {
      for (let at = 0; at < this.tokens.length; at++) {
        const call = this.call(at)
        if (call !== 'override' && call !== 'detached' && (call === 'plan') === entries) visit(at)
      }
    }
  }

  /** The bindings of every provider and entry point, entry points first. */
  all(): Binding[] {
    const bindings: Binding[] = []
    this.forEach((at) => {
      bindings.push(this.at(at))
    })
    return bindings
  }

  /** Where the provider of anything that can be injected is, also of what brings its own: it is named as it is injected. */
  find(item: unknown, by?: Binding, i = 0): number | undefined {
    const key = this.key(item)
    const known = this.place(key)
    if (known) return known
    if (key instanceof Provider || key instanceof Seed)
      return this.add('implicit', key, by?.keys ? { name: by.keys[i]! } : NONE, key)
    if (!(key instanceof Marker)) return undefined
    const { kind, token } = key
    const target = this.find(token, by, i)
    if (kind === 'optional' && !(this.tokens.at(target ?? 0) instanceof Seed)) return target ?? (token && 0)
    return token && (target || kind === 'all') ? this.add('detached', token, key, key) : undefined
  }

  /** Where the i-th of what a binding injects is. */
  edge(binding: Binding, i: number): number | undefined {
    const item = binding.inject[i]
    return binding.kind === 'all' || binding.kind === 'lazy' ? (item as number) : this.find(item, binding, i)
  }

  /** The binding of a place. */
  at(at: number): Binding {
    let binding = this.#bindings[at]
    if (!binding) {
      binding = this.#bindings[at] = this.describe(at)
      binding.key = this.#finds(at) && binding.token
    }
    return binding
  }

  /** The binding of a key, if it was asked for already. That of a token is seen without a look at the columns. */
  known(key: unknown): Binding | undefined {
    if (!isToken(key)) return this.asked.get(key)
    const hinted = this.#bindings[key.hint]
    return hinted?.key === key ? hinted : this.#bindings[this.place(key)!]
  }

  /** Forgets what linking has found at these places, so that the graph can be mended and linked again. */
  unlink(linked: Column<number>): void {
    for (let i = 0; i < linked.length; i++) {
      const at = linked.at(i)
      this.link(at, 0)
      delete this.#bindings[at]
    }
  }

  /** Describes anew what was looked at before all was said. */
  refresh(): void {
    this.#bindings.forEach((binding, at) => {
      this.describe(at, binding)
    })
  }

  /** Lets go of everything that was built. */
  clear(): void {
    this.#bindings = []
    this.asked.clear()
  }

  /** What a place says, as a new binding, or in one that is used for this only. */
  describe(at: number, into = new Binding(this)): Binding {
    const token = this.tokens.at(at)
    const how = this.definitions.at(at)
    if (this.call(at) === 'plan') {
      const { name, inject, scope = 'singleton' } = how as PlanSpec
      return into.set(at, 'entry', scope, undefined, inject, undefined, name)
    }
    if (how instanceof Marker) {
      const { kind } = how
      if (kind === 'optional') return into.set(at, 'seed', (token as Seed<unknown>).scope, true)
      const target = this.find(token)
      const inject = target ? [target] : []
      if (kind === 'all') inject.push(...(this.many.get(this.key(token)) ?? []))
      const name = `${kind} ${target ? this.at(target).name : nameOf(token)}`
      return into.set(at, kind, 'transient', undefined, inject, undefined, name)
    }
    const { factory, inject, name, scope = 'singleton' } = how as Registration
    if ('value' in how) {
      into.set(at, 'value', 'singleton', undefined, [], how as Registration)
      into.instance = how.value
      return into
    }
    const own = how instanceof Provider ? how : !factory && isToken(token) && token
    if (own instanceof Provider) {
      const { construct, scope, make, inject, options } = own
      const as = own.name || (how === own ? nameOf(token) : name) || `a ${scope}`
      return into.set(at, construct ? 'class' : 'factory', scope, make, inject, options, as)
    }
    if (own instanceof Seed) return into.set(at, 'seed', own.scope)
    const make = factory ?? (isToken(token) ? token.base : token)
    return into.set(at, factory ? 'factory' : 'class', scope, make, inject, how as Registration)
  }
}
