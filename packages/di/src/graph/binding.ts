/** Bindings: the providers of one container, linked to the providers of their dependencies. */
import type { Inject, ProviderOptions } from '../providers/inject.ts'

import { nameOf, type Scope } from '../providers/token.ts'

/** Stands for a service that is not built yet: `undefined` is a valid service. */
export const UNSET: unique symbol = Symbol('unset')

/** Reports whether a service is not built yet. V8 inlines the check of the type, but not a comparison with a symbol. */
export const isUnset = (service: unknown): boolean => typeof service === 'symbol' && service === UNSET

/** The ways in which a service comes about. */
export type Kind = 'class' | 'factory' | 'value' | 'seed' | 'all' | 'lazy' | 'deferred' | 'entry'

/** Reports whether a binding stands for `all(…)`, `lazy(…)` or `deferred(…)`. */
export const isMarker = (kind: Kind): boolean => kind === 'all' || kind === 'lazy' || kind === 'deferred'

/** The short-lived scope that a service can only live in: `any` for no restriction, `conflict` for no scope at all. */
export type Bound = 'any' | 'work' | 'request' | 'task' | 'conflict'

/** The bound of a service that is built from services of both bounds. */
export const joinBounds = (a: Bound, b: Bound): Bound => {
  if (a === b || b === 'any') return a
  if (a === 'any' || a === 'work') return b
  return b === 'work' ? a : 'conflict'
}

/** Reports whether a service of this bound can be used in a scope. A transient takes on the bound. */
export const fitsScope = (bound: Bound, scope: Scope): boolean =>
  bound === 'any' ||
  bound === scope ||
  scope === 'transient' ||
  (bound === 'work' && (scope === 'request' || scope === 'task'))

const BOUNDS: Readonly<Record<Scope, Bound>> = {
  singleton: 'any',
  transient: 'any',
  work: 'work',
  request: 'request',
  task: 'task',
}

/** The content of a binding. */
export interface BindingSpec {
  readonly token: unknown
  readonly kind: Kind
  readonly scope: Scope
  /** The class or factory. */
  readonly make?: unknown
  /** The injectables that the service is built from. */
  readonly inject?: Inject | undefined
  // biome-ignore lint/suspicious/noExplicitAny: the type of the service is known to the token, not here
  readonly options?: ProviderOptions<any> | undefined
  /** The name, unless the options or the token have one. */
  readonly name?: string | (() => string) | undefined
  /** The module that registered the provider. */
  readonly registrar?: string | undefined
}

/** A provider, seed, entry point or marker of one container. */
export class Binding {
  readonly token: unknown
  readonly kind: Kind
  readonly scope: Scope
  readonly make: unknown
  /** The function that builds the service: `make`, or a function around it. */
  run: unknown
  readonly inject: readonly unknown[]
  /** The names of what is injected, if it is injected as one record. */
  readonly keys: readonly string[] | undefined
  // biome-ignore lint/suspicious/noExplicitAny: the type of the service is known to the token, not here
  readonly options: ProviderOptions<any> | undefined
  readonly registrar: string | undefined
  /** The bindings of `inject`, as soon as the binding is linked; of a marker, those of its token. */
  dependencies: readonly Binding[] = []
  /** True if linking has come to this binding, or through it. */
  state: 'new' | 'linking' | 'linked' = 'new'
  /** The short-lived scope that the service can only live in. That of a transient follows from its dependencies. */
  bound: Bound
  /** The service, if it is a value or a singleton that is built. */
  instance: unknown = UNSET
  /** True if a seed may be absent. */
  optional = false
  /** The decorator that replaces the service for its dependents, if there is one. */
  decorates: Binding | undefined = undefined
  readonly #name: string | (() => string) | undefined

  constructor({ token, kind, scope, make, inject = [], options, name, registrar }: BindingSpec) {
    const tuple = Array.isArray(inject)
    this.token = token
    this.kind = kind
    this.scope = scope
    this.make = make
    this.run = make
    this.keys = tuple ? undefined : Object.keys(inject)
    this.inject = tuple ? inject : Object.values(inject)
    this.options = options
    this.registrar = registrar
    this.bound = BOUNDS[scope] ?? 'any'
    this.#name = name
  }

  /** The name in errors and graphs. */
  get name(): string {
    const name = typeof this.#name === 'function' ? this.#name() : this.#name
    return name || this.options?.name || nameOf(this.token)
  }

  /** The bindings that must be built first. A lazy handle builds its target later. */
  get edges(): readonly Binding[] {
    return this.kind === 'lazy' || this.kind === 'deferred' ? [] : this.dependencies
  }
}

/** Returns the name of a binding as it stands in a path: with its scope, unless that is the whole application. */
export const label = ({ name, kind, scope }: Pick<Binding, 'name' | 'kind' | 'scope'>): string =>
  scope === 'singleton' || kind === 'entry' ? name : `${name} (${scope})`

/** Returns a binding with the place it comes from: the module that registers it, or the line of a provider value. */
export const located = (binding: Binding): string =>
  `${binding.name}${placeOf(binding.registrar, binding.token)}`

/** Returns the place of a registration in parentheses; an empty text if it is not known. */
export function placeOf(registrar: string | undefined, token: unknown): string {
  const place = registrar ? `in ${registrar}` : (token as { readonly place?: string } | undefined)?.place
  return place ? ` (${place})` : ''
}
