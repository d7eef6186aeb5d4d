/** A provider as one container knows it, linked to the providers it is built from. */
import type { Inject } from './inject.ts'
import type { ProviderOptions } from './provider.ts'
import type { Scope, ShortScope } from './token.ts'

/** Stands for "not built yet" where `undefined` is a legal service. */
export const UNSET: unique symbol = Symbol('unset')

/** The short scopes as bits, so that those of a whole subgraph are one number. */
export const REQUEST = 1
export const TASK = 2

/** What a binding is, and so how its service comes about. */
export type Kind = 'class' | 'factory' | 'value' | 'seed' | 'lazy' | 'entry'

const NONE: readonly never[] = []

export class Binding {
  readonly token: unknown
  name: string
  readonly kind: Kind
  readonly scope: Scope
  /** The class, the factory, or for a lazy handle its target. */
  make: unknown
  readonly inject: readonly unknown[]
  /** The names of what is injected, when it is injected as one record. */
  readonly keys: readonly string[] | undefined
  // biome-ignore lint/suspicious/noExplicitAny: the type of the service is known to the token, not here
  readonly dispose: ProviderOptions<any>['dispose']
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly settle: ProviderOptions<any>['settle']
  /** The service, when it is a value or a singleton that is built. */
  instance: unknown = UNSET
  /** What it is built from, one for each of `inject`. */
  edges: readonly Binding[] = NONE
  /** The short scopes that it can only live in, with those of the transients it is built from. */
  needs: number
  /** How far linking has come with it. */
  mark = 0

  constructor(
    token: unknown,
    name: string,
    kind: Kind,
    scope: Scope,
    make?: unknown,
    inject?: Inject,
    // biome-ignore lint/suspicious/noExplicitAny: as above
    options?: ProviderOptions<any>,
  ) {
    this.token = token
    this.name = name
    this.kind = kind
    this.scope = scope
    this.make = make
    if (inject === undefined) {
      this.inject = NONE
      this.keys = undefined
    } else if (Array.isArray(inject)) {
      this.inject = inject
      this.keys = undefined
    } else {
      this.keys = Object.keys(inject)
      this.inject = Object.values(inject)
    }
    this.dispose = options?.dispose
    this.settle = options?.settle
    this.needs = scopeBit(scope)
  }
}

/** The bit of a scope: none for those that are not short. */
export const scopeBit = (scope: Scope | undefined): number =>
  scope === 'request' ? REQUEST : scope === 'task' ? TASK : 0

/** How a binding is written in a path: with its scope, unless it lives as long as the application. */
export const label = (binding: Binding): string =>
  binding.scope === 'singleton' || binding.kind === 'entry' || binding.kind === 'lazy'
    ? binding.name
    : `${binding.name} (${binding.scope})`

/** Whether its service is built each time anew, whatever scope it is in. */
export const isTransient = (binding: Binding): boolean => binding.scope === 'transient'

export type { ShortScope }
