/** A provider as one container knows it, linked to the providers it is built from. */
import type { Inject } from './inject.ts'
import type { ProviderOptions } from './provider.ts'
import type { Scope } from './token.ts'

/** Stands for "not built yet" where `undefined` is a legal service. */
export const UNSET: unique symbol = Symbol()

/** What a binding is, and so how its service comes about. */
export type Kind = 'class' | 'factory' | 'value' | 'seed' | 'all' | 'lazy' | 'entry'

/** The short scopes as bits, so that those of a whole subgraph are one number. */
export const BITS: Readonly<Record<Scope, number>> = { singleton: 0, transient: 0, request: 1, task: 2 }

/** A provider, seed, entry point or marker. */
export interface Binding {
  readonly token: unknown
  readonly name: string
  readonly kind: Kind
  readonly scope: Scope
  /** The class or factory; of a lazy handle its target; of a seed, whether it may be absent. */
  readonly make: unknown
  readonly inject: readonly unknown[]
  /** The names of what is injected, when it is injected as one record. */
  readonly keys: readonly string[] | undefined
  // biome-ignore lint/suspicious/noExplicitAny: the type of the service is known to the token, not here
  readonly options: ProviderOptions<any> | undefined
  /** The service, when it is a value, or a singleton that is built. */
  instance: unknown
  /** What it is built from, one for each of `inject`. */
  edges: readonly Binding[]
  /** The short scopes that it can only live in, of a transient those of what it is built from. */
  needs: number
  /** How far linking has come with it: 0 not begun, 1 under way, 2 done. */
  mark: number
}

const NONE: readonly never[] = []

/** Makes a binding that is not linked yet. */
export const bind = (
  token: unknown,
  name: string,
  kind: Kind,
  scope: Scope,
  make?: unknown,
  inject: Inject = NONE,
  options?: Binding['options'],
): Binding => {
  const tuple = Array.isArray(inject)
  return {
    token,
    name,
    kind,
    scope,
    make,
    inject: tuple ? inject : Object.values(inject),
    keys: tuple ? undefined : Object.keys(inject),
    options,
    instance: UNSET,
    edges: NONE,
    needs: BITS[scope],
    mark: 0,
  }
}

/** What is injected for something optional that nobody provides. */
export const NOTHING: Binding = { ...bind(0, 'nothing', 'value', 'singleton'), instance: undefined, mark: 2 }

/** Whom a binding leads to: also the target of a lazy handle. */
export const reach = ({ kind, make, edges }: Binding): readonly Binding[] =>
  kind === 'lazy' ? [make as Binding] : edges

/** How a binding is written in a path: with its scope, unless it lives as long as the application. */
export const label = ({ name, kind, scope }: Pick<Binding, 'name' | 'kind' | 'scope'>): string =>
  scope === 'singleton' || kind === 'entry' ? name : `${name} (${scope})`
