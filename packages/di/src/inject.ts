/** What can stand in `inject`, and what comes out of it. */
import type { Provider } from './provider.ts'
import type { AbstractClass, Seed, Token } from './token.ts'

/** Anything that can be injected: a class, a token, a provider value, a seed, or one of these in a marker. */
export type Injectable<T = unknown> = Provider<T> | Token<T> | AbstractClass<T> | Marker<T>

/** What an injectable gives: the instance of a class, the type of a token. */
export type Injected<I> =
  I extends Provider<infer T>
    ? T
    : I extends Token<infer T>
      ? T
      : I extends Marker<infer T>
        ? T
        : I extends AbstractClass<infer T>
          ? T
          : never

/** The `inject` of a provider or an entry point: a tuple (positional) or a record (by name). */
export type Inject = readonly Injectable[] | { readonly [name: string]: Injectable }

/** The services that an `inject` gives: a tuple for a tuple, a record for a record. */
export type Services<R> = { -readonly [K in keyof R]: Injected<R[K]> }

/** The parameters of a factory: a tuple is spread, a record is the one parameter. */
export type FactoryArguments<R> = R extends readonly unknown[] ? Services<R> : [services: Services<R>]

/** How a marker changes what is injected. */
export type MarkerKind = 'optional' | 'all' | 'lazy'

/** An injectable with a twist, made by `optional`, `all` or `lazy`. */
export class Marker<T, out Bound = unknown> {
  /** Only for the compiler: what is injected. */
  declare protected readonly _type: T
  /** Only for the compiler: the scope it is bound to. */
  declare protected readonly _bound: Bound
  /** Which twist. */
  declare readonly kind: MarkerKind
  /** What is marked. */
  declare readonly token: Token<unknown> | AbstractClass

  /** Use `optional`, `all` or `lazy`. */
  constructor(kind: MarkerKind, token: Token<unknown> | AbstractClass) {
    this.kind = kind
    this.token = token
  }
}

/**
 * The short scope an injectable is known to live in: `never` for none, and when only `build` can tell. Provider values
 * are asked first, though they are tokens: the arguments of the same class the compiler reads off.
 */
export type BoundOf<I> =
  I extends Provider<unknown, infer B>
    ? unknown extends B
      ? never
      : B
    : I extends Token<unknown, infer B> | Marker<unknown, infer B>
      ? unknown extends B
        ? never
        : B
      : never

/** The members of a record or tuple. */
export type MembersOf<R> = R extends readonly unknown[] ? R[number] : R[keyof R]

/** A handle to a service that is built when `value` is read for the first time. */
export interface Lazy<T> {
  /** The service. Throws when it is asked for while it is itself being built, or after its scope has ended. */
  readonly value: T
}

/** Injects `undefined` instead of failing when nobody provides the token. */
export const optional = <I extends Token<unknown> | AbstractClass>(
  token: I,
): Marker<Injected<I> | undefined, BoundOf<I>> => new Marker('optional', token)

/** Injects every provider of the token, in the order of registration; an empty array when there is none. */
export const all = <I extends Token<unknown> | AbstractClass>(token: I): Marker<Injected<I>[], BoundOf<I>> =>
  new Marker('all', token)

/**
 * Injects a handle that builds the service when it is first read: for two services that really need each other.
 *
 * @example
 * ```ts
 * import { createContainer, lazy, type Lazy } from '@myfy/di'
 *
 * class Parent {
 *   child: Child
 *   constructor(child: Child) { this.child = child }
 * }
 * class Child {
 *   parent: Lazy<Parent>
 *   constructor(parent: Lazy<Parent>) { this.parent = parent }
 * }
 * const container = createContainer()
 *   .register(Parent, { inject: [Child] })
 *   .register(Child, { inject: [lazy(Parent)] })
 *   .build()
 * container.get(Child).parent.value // the Parent
 * ```
 */
export const lazy = <I extends Token<unknown> | AbstractClass>(
  token: I,
): Marker<Lazy<Injected<I>>, BoundOf<I>> => new Marker('lazy', token)

/** The values that seeds give, in their order. */
export type SeedValues<S extends readonly Seed<unknown>[]> = { -readonly [K in keyof S]: Injected<S[K]> }
