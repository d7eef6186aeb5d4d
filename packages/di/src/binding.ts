/** A provider as one container knows it, and the providers it is built from. */
import type { Graph } from './graph.ts'
import type { Inject } from './inject.ts'
import type { ProviderOptions } from './provider.ts'
import type { Scope } from './token.ts'

/** Stands for "not built yet" where `undefined` is a legal service. */
export const UNSET: unique symbol = Symbol()

/** To compare anything with a symbol V8 makes a call; to ask for its type it does not. */
export const isUnset = (service: unknown): boolean => typeof service === 'symbol' && service === UNSET

/** What a binding is, and so how its service comes about. */
export type Kind = 'class' | 'factory' | 'value' | 'seed' | 'all' | 'lazy' | 'entry'

/** The short scopes as bits, so that those of a whole subgraph are one number. */
export const BITS: Readonly<Record<Scope, number>> = { singleton: 0, transient: 0, request: 1, task: 2 }

/** A provider, seed, entry point or marker. The graph makes it of its records when it is first needed. */
export class Binding {
  declare at: number
  declare token: unknown
  /** Its token, if that finds it. */
  declare key: unknown
  declare kind: Kind
  declare scope: Scope
  /** The class or factory; of a seed, whether it may be absent. */
  declare make: unknown
  /** What it is built from: anything that can be injected, or the place of a binding. */
  declare inject: readonly unknown[]
  /** The names of what is injected, when it is injected as one record. */
  declare keys: readonly string[] | undefined
  // biome-ignore lint/suspicious/noExplicitAny: the type of the service is known to the token, not here
  declare options: ProviderOptions<any> | undefined
  /** The service, when it is a value, or a singleton that is built. */
  declare instance: unknown
  readonly #graph: Graph
  #as: string | undefined
  #reach: readonly Binding[] | undefined

  constructor(graph: Graph) {
    this.#graph = graph
  }

  /** Says what it is, from now on; `as` is its name, if neither the options nor the token have it. */
  set(
    at: number,
    kind: Kind,
    scope: Scope,
    make?: unknown,
    inject: Inject | readonly number[] = [],
    options?: Binding['options'],
    as?: string,
  ): this {
    this.at = at
    this.token = this.#graph.tokens.at(at)
    this.kind = kind
    this.scope = scope
    this.make = make
    const tuple = Array.isArray(inject)
    // In this order: `Object.values` is fast for a shape of which V8 has listed the keys once.
    this.keys = tuple ? undefined : Object.keys(inject)
    this.inject = tuple ? inject : Object.values(inject)
    this.options = options
    this.instance = UNSET
    this.#as = as
    this.#reach = undefined
    return this
  }

  /** How it is called in errors and graphs. Not a field: to read the name of a class is slow. */
  get name(): string {
    return this.#as ?? this.options?.name ?? nameOf(this.token)
  }

  /** Whom it leads to: also the target of a lazy handle. */
  get reach(): readonly Binding[] {
    this.#reach ??= this.inject.map((_, i) => this.#graph.at(this.#graph.edge(this, i) ?? 0))
    return this.#reach
  }

  /** What has to be there before it can be built, one for each of `inject`. */
  get edges(): readonly Binding[] {
    return this.kind === 'lazy' ? [] : this.reach
  }

  /** The short scopes that it can only live in, of a transient those of what it is built from. */
  get needs(): number {
    return this.#graph.state(this.at) & 3
  }
}

/** How a token is called. */
export const nameOf = (token: unknown): string =>
  (token as { name?: string } | undefined)?.name || String(token)

/** How a binding is written in a path: with its scope, unless it lives as long as the application. */
export const label = ({ name, kind, scope }: Pick<Binding, 'name' | 'kind' | 'scope'>): string =>
  scope === 'singleton' || kind === 'entry' ? name : `${name} (${scope})`
