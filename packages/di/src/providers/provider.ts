/** The functions that define provider values, and the checks of their arguments by the compiler. */
import { checkInject, invalidArgument } from './arguments.ts'
import {
  type BoundOf,
  type FactoryArguments,
  type Inject,
  type Injectable,
  type MembersOf,
  Provider,
  type ProviderOptions,
  type Services,
} from './inject.ts'
import { checkOptions } from './known-options.ts'
import { type Class, isClass, nameOf, type Scope } from './token.ts'

/** The `Bound` of a provider: that of a transient is the one of its dependencies. */
export type BoundScope<S extends Scope, R> = S extends 'request' | 'task' | 'work'
  ? S
  : S extends 'singleton'
    ? never
    : BoundOf<MembersOf<R>>

/** The short-lived scopes whose services a service of scope `S` can depend on. */
export type ReachableScope<S extends Scope> = S extends 'request' | 'task'
  ? S | 'work'
  : S extends 'work'
    ? 'work'
    : never

/**
 * `unknown` if a provider of scope `S` outlives none of its dependencies `R`, otherwise the sentence that names the
 * dependency. The sentence is computed only in that case: the compiler pays for every type.
 */
export type ScopeCheck<R, S extends Scope> = S extends 'transient'
  ? unknown
  : [Exclude<BoundOf<MembersOf<R>>, ReachableScope<S>>] extends [never]
    ? unknown
    : MembersOf<{
        [K in keyof R]: [Exclude<BoundOf<R[K]>, ReachableScope<S>>] extends [never]
          ? never
          : `${S extends 'singleton' ? 'a singleton' : `a ${S}-scoped provider`} cannot depend on the ${Exclude<BoundOf<R[K]>, ReachableScope<S>> & string}-scoped provider '${K & string}'`
      }>

/**
 * `unknown` if the constructor of `C` accepts the services of `R`, otherwise the sentence that names the parameter. An
 * overloaded constructor accepts them if one of its signatures does.
 */
export type ConstructorCheck<R, C extends Class> = C extends new (
  ...args: FactoryArguments<R>
) => unknown
  ? unknown
  : R extends readonly unknown[]
    ? ParameterCheck<R, ConstructorParameters<C>>
    : 'a constructor with several parameters takes a tuple'

/** The sentence that names the first parameter which a tuple of services does not fit; `never` if all fit. */
export type ParameterCheck<
  R extends readonly unknown[],
  A extends readonly unknown[],
> = R['length'] extends A['length']
  ? MembersOf<{
      [K in keyof R]: K extends keyof A
        ? [Services<R>[K]] extends [A[K]]
          ? never
          : `inject[${K & string}] does not give what parameter ${K & string} of the constructor takes`
        : never
    }>
  : `the constructor takes ${A['length'] & number} services, inject names ${R['length'] & number}`

/** `R` with the check of its scopes if the constructor of `C` accepts its services, otherwise `never`. */
export type ConstructorArguments<R, C extends Class, S extends Scope> = C extends new (
  ...args: FactoryArguments<R>
) => unknown
  ? ScopeCheck<R, S>
  : never

/** The options of a provider of scope `S`: a singleton has no outcome. */
export type OptionsOf<T, S extends Scope> = S extends 'singleton'
  ? Omit<ProviderOptions<T>, 'settle'> & { readonly settle?: 'a singleton has no outcome: use dispose' }
  : ProviderOptions<T>

/**
 * The overloads of `singleton`, `request`, `task`, `work` and `transient`. The compiler prints the error of the last
 * overload, so that one describes all of them.
 */
export interface DefineProvider<S extends Scope> {
  /** Defines a service by a factory. A tuple gives its parameters one by one, a record as one object. */
  <const R extends Inject, T>(
    inject: R & ScopeCheck<R, S>,
    factory: (...services: FactoryArguments<R>) => T,
    options?: OptionsOf<Awaited<T>, S>,
  ): Provider<Awaited<T>, BoundScope<S, R>>
  /** Defines a service by a class and the arguments of its constructor. */
  <C extends Class, const R extends readonly Injectable[]>(
    implementation: C,
    inject: R & ConstructorArguments<R, C, S>,
    options?: OptionsOf<InstanceType<C>, S>,
  ): Provider<InstanceType<C>, BoundScope<S, R>>
  /** Defines a service by a class or a factory without parameters. */
  <T>(
    make: (new () => T) | (() => T),
    options?: OptionsOf<Awaited<T>, S>,
  ): Provider<Awaited<T>, BoundScope<S, []>>
  /** Reports what is wrong with a call that no other overload accepts. */
  <const A, const R, T>(
    first: A extends Inject ? A & ScopeCheck<A, S> : A extends Class | (() => unknown) ? A : Inject,
    second: A extends Inject
      ? (...services: FactoryArguments<A>) => T
      : A extends Class
        ? R extends readonly Injectable[]
          ? R & ConstructorCheck<R, A> & ScopeCheck<R, S>
          : R extends readonly unknown[]
            ? readonly Injectable[]
            : OptionsOf<InstanceType<A>, S> & ConstructorCheck<[], A>
        : OptionsOf<unknown, S>,
    options?: A extends Inject
      ? OptionsOf<Awaited<T>, S>
      : A extends Class
        ? R extends readonly unknown[]
          ? OptionsOf<InstanceType<A>, S>
          : undefined
        : undefined,
  ): Provider<unknown>
}

/** Reports whether `new` can be applied to a value. Nothing is called. */
export function isConstructor(value: unknown): value is Class {
  try {
    Reflect.construct(Object, [], value as Class)
    return true
  } catch {
    return false
  }
}

/** Reports whether a factory is an async function: calling it returns a promise. */
export const isAsyncFunction = (make: unknown): boolean =>
  Object.prototype.toString.call(make) === '[object AsyncFunction]'

/**
 * Reports whether a function is written as a constructor: a class, or a function that has methods or a superclass, or
 * whose name begins with a capital letter (a class compiled to ES5, EventEmitter, a class that a test mocks).
 */
function isWrittenAsConstructor(value: unknown): boolean {
  if (isClass(value)) return true
  const { prototype, name } = value as { prototype?: object; name: string }
  if (!isConstructor(value) || !prototype) return false
  const hasMembers = Object.getOwnPropertyNames(prototype).length > 1
  return hasMembers || Object.getPrototypeOf(prototype) !== Object.prototype || /^[A-Z]/.test(name)
}

const optionNames = ['name', 'dispose', 'settle']

function define<S extends Scope>(scope: S): DefineProvider<S> {
  const defineProvider = (first: unknown, second?: unknown, third?: unknown): Provider<unknown, never> => {
    const alone = typeof first === 'function'
    const make = alone ? first : second
    const inject = (alone ? (Array.isArray(second) ? second : undefined) : first) as Inject | undefined
    const options = (alone && inject === undefined ? second : third) as ProviderOptions<unknown> | undefined
    if (typeof make !== 'function')
      throw invalidArgument('factory', `a ${scope}`, make, 'a function or a class')
    if (!alone) checkInject(first, make)
    if (options !== undefined)
      checkOptions(() => `the ${scope} ${options.name ?? nameOf(make)}`, options, optionNames)
    // A function with a list of arguments is the second overload, which takes only constructors.
    const construct = alone && (inject ? isConstructor(first) : isWrittenAsConstructor(first))
    return new Provider(scope, { construct, make, inject, options }, defineProvider)
  }
  return defineProvider as never
}

/**
 * Defines a service that is built once and lives as long as the container.
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
export const singleton: DefineProvider<'singleton'> = /* @__PURE__ */ define('singleton')

/** Defines a service that is built once for each request scope and ends with it. Accepts what `singleton` accepts. */
export const request: DefineProvider<'request'> = /* @__PURE__ */ define('request')

/** Defines a service that is built once for each task scope and ends with it. Accepts what `singleton` accepts. */
export const task: DefineProvider<'task'> = /* @__PURE__ */ define('task')

/**
 * Defines a service that is built once for each request or task scope and ends with it: a transaction, a repository,
 * anything that serves requests and background work alike. Accepts what `singleton` accepts.
 *
 * @example
 * ```ts
 * import { createContainer, work } from '@myfy/di'
 *
 * const unit = work(() => ({ changes: [] as string[] }))
 * const container = createContainer().build()
 * container.createScope('request').get(unit)
 * container.createScope('task').get(unit)
 * ```
 */
export const work: DefineProvider<'work'> = /* @__PURE__ */ define('work')

/**
 * Defines a service that is built for every injection and ends with the service it is injected into. One that
 * `container.get` returns is disposed by the caller. Accepts what `singleton` accepts.
 */
export const transient: DefineProvider<'transient'> = /* @__PURE__ */ define('transient')
