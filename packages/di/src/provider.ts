/** Provider values: a token that knows how its service is built. */
import { checkInject, unfit } from './graph-issues.ts'
import type {
  BoundOf,
  FactoryArguments,
  Inject,
  Injectable,
  Injected,
  MembersOf,
  Services,
} from './inject.ts'
import { type AbstractClass, type Class, type Scope, Token } from './token.ts'

/** How the work of a scope ended: what `settle` and `dispose` are told. */
export type Outcome = { readonly ok: true } | { readonly ok: false; readonly error: unknown }

/** What every provider may say about its service. */
export interface ProviderOptions<T> {
  /** How the service is called in errors and graphs. Default: the class, the factory, or the key it is injected as. */
  readonly name?: string
  /**
   * Releases the service when its scope ends, in reverse order of construction, each awaited.
   * Default: the instance's `Symbol.asyncDispose` or `Symbol.dispose`; `false` for none.
   */
  readonly dispose?: ((service: T, outcome: Outcome) => unknown) | false
  /**
   * Runs once when the result of the work is known and before it is handed out: here a transaction commits or rolls
   * back. What it throws becomes the error of the work. Only in `request` and `task` scopes.
   */
  readonly settle?: (service: T, outcome: Outcome) => unknown
}

/** How a service is built: the raw form of a provider value. */
export interface ProviderSpec {
  /** A constructor rather than a factory. */
  readonly construct: boolean
  /** The class or the factory. */
  readonly make: unknown
  /** What it is built from. */
  readonly inject: Inject | undefined
  /** The rest. */
  // biome-ignore lint/suspicious/noExplicitAny: the type of the service is known to the token, not here
  readonly options: ProviderOptions<any> | undefined
}

/**
 * A token that brings its own provider: whoever imports it can inject it, nothing has to be registered.
 * Made by `singleton`, `request`, `task` and `transient`.
 */
export class Provider<T, out Bound = unknown> extends Token<T, Bound> implements ProviderSpec {
  /** How long its service lives. */
  declare readonly scope: Scope
  // In the provider itself and not in an object of their own: of 100,000 providers that is seen.
  /** A constructor rather than a factory. */
  declare readonly construct: boolean
  /** The class or the factory. */
  declare readonly make: unknown
  /** What its service is built from. */
  declare readonly inject: Inject | undefined
  /** The rest. */
  // biome-ignore lint/suspicious/noExplicitAny: the type of the service is known to the token, not here
  declare readonly options: ProviderOptions<any> | undefined

  /** Use `singleton`, `request`, `task` or `transient`. */
  constructor(scope: Scope, spec: ProviderSpec) {
    const { construct, make, inject, options } = spec
    super(options?.name ?? ((make as { name?: string }).name || ''))
    this.scope = scope
    this.construct = construct
    this.make = make
    this.inject = inject
    this.options = options
  }
}

/** The scope of a provider value as its dependants see it: a transient is bound to what it injects. */
export type Binds<S extends Scope, R> = S extends 'request' | 'task'
  ? S
  : S extends 'singleton'
    ? never
    : BoundOf<MembersOf<R>>

/**
 * Nothing to object, or the sentence that says why a provider of scope `S` cannot have what `R` names. The sentences are
 * only worked out when there is one: the compiler pays for every type.
 */
export type Outlives<R, S extends Scope> = S extends 'transient'
  ? unknown
  : [Exclude<BoundOf<MembersOf<R>>, S>] extends [never]
    ? unknown
    : MembersOf<{
        [K in keyof R]: [Exclude<BoundOf<R[K]>, S>] extends [never]
          ? never
          : `${S extends 'singleton' ? 'a singleton' : `a ${S}-scoped provider`} cannot depend on the ${Exclude<BoundOf<R[K]>, S> & string}-scoped provider '${K & string}'`
      }>

/** Nothing to object, or the sentence that says which parameter of a constructor `R` does not fit. */
export type Fits<R extends readonly unknown[], A extends readonly unknown[]> =
  Services<R> extends A
    ? unknown
    : R['length'] extends A['length']
      ? Verdict<{
          [K in keyof R]: K extends keyof A
            ? [Injected<R[K]>] extends [A[K]]
              ? never
              : `inject[${K & string}] does not give what parameter ${K & string} of the constructor takes`
            : never
        }>
      : `the constructor takes ${A['length'] & number} services, inject names ${R['length'] & number}`

/** Whether a class with the parameters `A` can have what `R` names, in scope `S`: what is wrong, the last form tells. */
export type Suits<R extends readonly unknown[], A extends readonly unknown[], S extends Scope> =
  Services<R> extends A ? Outlives<R, S> : never

/** One sentence for the whole: of many errors in one call the compiler would choose a form that has fewer. */
type Verdict<Sentences> = [MembersOf<Sentences>] extends [never] ? unknown : MembersOf<Sentences>

/**
 * The forms of `singleton`, `request`, `task` and `transient`. Of a call that none of them takes the compiler tells what
 * the last one says, so that is one that knows them all.
 */
export interface Provide<S extends Scope> {
  /** A factory and what it is called with: a tuple as its parameters, a record as its one parameter. */
  <const R extends Inject, T>(
    inject: R & Outlives<R, S>,
    factory: (...services: FactoryArguments<R>) => T,
    options?: ProviderOptions<Awaited<T>>,
  ): Provider<Awaited<T>, Binds<S, R>>
  /** A class and the services for its constructor. */
  // biome-ignore lint/suspicious/noExplicitAny: as for Class
  <T, A extends any[], const R extends readonly Injectable[]>(
    implementation: new (...args: A) => T,
    inject: R & Suits<R, A, S>,
    options?: ProviderOptions<T>,
  ): Provider<T, Binds<S, R>>
  /** A class whose constructor, or a factory, that needs nothing. */
  <T>(
    make: (new () => T) | (() => T),
    options?: ProviderOptions<Awaited<T>>,
  ): Provider<Awaited<T>, Binds<S, []>>
  /** Any of them: only to say what is wrong. */
  <const A, const R, T>(
    first: A extends Inject ? A & Outlives<A, S> : A extends Class | (() => unknown) ? A : Inject,
    second: A extends Inject
      ? (...services: FactoryArguments<A>) => T
      : A extends Class
        ? R extends readonly Injectable[]
          ? R & Fits<R, ConstructorParameters<A>> & Outlives<R, S>
          : R extends readonly unknown[]
            ? readonly Injectable[]
            : ProviderOptions<InstanceType<A>> & Fits<[], ConstructorParameters<A>>
        : ProviderOptions<unknown>,
    options?: A extends Inject
      ? ProviderOptions<Awaited<T>>
      : A extends Class
        ? R extends readonly unknown[]
          ? ProviderOptions<InstanceType<A>>
          : undefined
        : undefined,
  ): Provider<unknown>
}

/** A class, as opposed to a function: the only kind of function whose `prototype` cannot be replaced. */
export const isClass = (value: unknown): value is AbstractClass =>
  typeof value === 'function' && Object.getOwnPropertyDescriptor(value, 'prototype')?.writable === false

const provide =
  (scope: Scope) =>
  (first: unknown, second?: unknown, third?: unknown): Provider<unknown> => {
    const construct = isClass(first)
    const alone = typeof first === 'function'
    const make = alone ? first : second
    const inject = (alone ? (Array.isArray(second) ? second : undefined) : first) as Inject | undefined
    const options = (alone && inject === undefined ? second : third) as ProviderOptions<unknown> | undefined
    if (typeof make !== 'function') throw unfit('factory', `a ${scope}`, make, 'a function or a class')
    if (!alone) checkInject(first, make)
    return new Provider(scope, { construct, make, inject, options })
  }

/**
 * A service that lives as long as the container and is built once.
 *
 * @example
 * ```ts
 * import { createContainer, singleton } from '@myfy/di'
 *
 * const clock = singleton(() => ({ now: () => Date.now() }))
 * const report = singleton({ clock }, ({ clock }) => `it is ${clock.now()}`)
 * createContainer().build().get(report)
 * ```
 */
export const singleton = /* @__PURE__ */ provide('singleton') as Provide<'singleton'>

/** A service that is built once for each request scope and ends with it. Takes what `singleton` takes. */
export const request = /* @__PURE__ */ provide('request') as Provide<'request'>

/** A service that is built once for each task scope and ends with it. Takes what `singleton` takes. */
export const task = /* @__PURE__ */ provide('task') as Provide<'task'>

/**
 * A service that is built anew wherever it is injected, and ends with what it was injected into. One that is asked
 * for by `container.get` belongs to the caller. Takes what `singleton` takes.
 */
export const transient = /* @__PURE__ */ provide('transient') as Provide<'transient'>
