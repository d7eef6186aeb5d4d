/** A provider as one container knows it, linked to the providers it is built from. */
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

const NONE: readonly never[] = []

/** A provider, seed, entry point or marker. One class, and as few fields as will do: there may be 100,000 of them. */
export class Binding {
  declare readonly token: unknown
  declare readonly kind: Kind
  declare readonly scope: Scope
  /** The class or factory; of a lazy handle its target; of a seed, whether it may be absent. */
  declare readonly make: unknown
  declare readonly inject: readonly unknown[]
  /** The names of what is injected, when it is injected as one record. */
  declare readonly keys: readonly string[] | undefined
  // biome-ignore lint/suspicious/noExplicitAny: the type of the service is known to the token, not here
  declare readonly options: ProviderOptions<any> | undefined
  /** The service, when it is a value, or a singleton that is built. */
  declare instance: unknown
  /** What it is built from, one for each of `inject`. */
  declare edges: readonly Binding[]
  /** The short scopes that it can only live in, of a transient those of what it is built from. */
  declare needs: number
  /** How far linking has come with it: 0 not begun, 1 under way, 2 done. */
  declare mark: number
  declare readonly as: string | undefined

  /** Not linked yet. `as` is its name, if neither the options nor the token have it. */
  constructor(
    token: unknown,
    kind: Kind,
    scope: Scope,
    make?: unknown,
    inject: Inject = NONE,
    options?: Binding['options'],
    as?: string,
  ) {
    const tuple = Array.isArray(inject)
    this.token = token
    this.kind = kind
    this.scope = scope
    this.make = make
    this.inject = tuple ? inject : Object.values(inject)
    this.keys = tuple ? undefined : Object.keys(inject)
    this.options = options
    this.instance = UNSET
    this.edges = NONE
    this.needs = BITS[scope]
    this.mark = 0
    this.as = as
  }

  /** How it is called in errors and graphs. Not a field: to read the name of a class is slow. */
  get name(): string {
    return this.as ?? this.options?.name ?? nameOf(this.token)
  }
}

/** What is injected for something optional that nobody provides. */
export const NOTHING: Binding = /* @__PURE__ */ new Binding(0, 'value', 'singleton')
NOTHING.instance = undefined
NOTHING.mark = 2

/** How a token is called. */
export const nameOf = (token: unknown): string =>
  (token as { name?: string } | undefined)?.name || String(token)

/** Whom a binding leads to: also the target of a lazy handle. */
export const reach = ({ kind, make, edges }: Binding): readonly Binding[] =>
  kind === 'lazy' ? [make as Binding] : edges

/** How a binding is written in a path: with its scope, unless it lives as long as the application. */
export const label = ({ name, kind, scope }: Pick<Binding, 'name' | 'kind' | 'scope'>): string =>
  scope === 'singleton' || kind === 'entry' ? name : `${name} (${scope})`
