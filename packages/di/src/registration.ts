/** What can be said of a provider when it is registered. */
import type { FactoryArguments, Inject, Injectable, Injected } from './inject.ts'
import type { Fits, Provider, ProviderOptions } from './provider.ts'
import type { AbstractClass, Class, Scope, Token } from './token.ts'

/** Tokens, provider values among them, have a name and a qualifier too, but are no registration. */
export interface NoToken {
  /** Only for the compiler: what it says of a token. */
  readonly base?: 'a token is no registration: a provider value is registered alone, or overrides what gives the same'
}

/** How a service is registered by a factory. */
export interface FactoryRegistration<T, R extends Inject> extends ProviderOptions<T> {
  /** How long the service lives. Default: `'singleton'`. */
  readonly scope?: Scope
  /** Registers under this qualifier of the token: `token.named(qualifier)`. */
  readonly qualifier?: string
  /** What the factory is called with. Stands before `factory`, so that its parameters are inferred. */
  readonly inject?: R
  /** Makes the service, or a promise of it. */
  readonly factory: (...services: FactoryArguments<R>) => T | PromiseLike<T>
}

/** How a class is registered that is constructed by the container. */
export interface ClassRegistration<C extends Class, R extends readonly Injectable[]>
  extends NoToken,
    ProviderOptions<InstanceType<C>> {
  /** How long the service lives. Default: `'singleton'`. */
  readonly scope?: Scope
  /** Registers under this qualifier of the class: `named(Class, qualifier)`. */
  readonly qualifier?: string
  /** What the constructor is called with. */
  readonly inject: R & Fits<R, ConstructorParameters<C>>
}

/** How a value is registered. It is never disposed, unless `dispose` is given. */
export interface ValueRegistration<T> extends Pick<ProviderOptions<T>, 'name' | 'dispose'> {
  /** Registers under this qualifier of the token: `token.named(qualifier)`. */
  readonly qualifier?: string
  /** The service itself. */
  readonly value: T
}

/** How a class is registered whose constructor needs nothing. */
export interface PlainRegistration<T> extends NoToken, ProviderOptions<T> {
  /** How long the service lives. Default: `'singleton'`. */
  readonly scope?: Scope
  /** Registers under this qualifier of the class: `named(Class, qualifier)`. */
  readonly qualifier?: string
}

/** The forms of a registration. */
export interface Register<This> {
  /** A provider value under its own token. Only needed to have it verified though nobody uses it yet. */
  (provider: Provider<unknown>): This
  /** A factory, or a value. */
  <T, const R extends Inject = []>(
    token: Token<T> | AbstractClass<T>,
    registration: FactoryRegistration<NoInfer<T>, R> | ValueRegistration<NoInfer<T>>,
  ): This
  /** A class with the services for its constructor. */
  <C extends Class, const R extends readonly Injectable[]>(
    token: C,
    registration: ClassRegistration<C, R>,
  ): This
  /** A class whose constructor needs nothing. */
  <T>(token: new () => T, registration?: PlainRegistration<T>): This
  /** Any of them: only to say what is wrong. What is given must be there: `undefined` is no value and no factory. */
  <
    A extends Token<unknown> | AbstractClass,
    const R = [],
    F = never,
    V extends Injected<A> = never,
    P = never,
  >(
    token: A & Complete<A, R, F, V | P>,
    registration?: AnyRegistration<A, R, F, P> &
      ([F] extends [never] ? unknown : { readonly factory: object }) &
      ([V] extends [never] ? unknown : { readonly value: V }),
  ): This
}

/** Nothing to object, or what is missing when `A` is given no `inject`, factory or value. */
export type Complete<A, R, F, V> = [F | V] extends [never]
  ? A extends Class
    ? R extends []
      ? Fits<R, ConstructorParameters<A>>
      : unknown
    : 'it needs a factory or a value'
  : unknown

/** What can be said of `A`: of a call that no other form takes the compiler tells what this one says. */
export interface AnyRegistration<A, R, F, P> extends ProviderOptions<Injected<A>> {
  /** Only for the compiler; before `inject`, which a provider value has as well. */
  readonly base?: [P] extends [never] ? P : NoToken['base']
  /** How long the service lives. Default: `'singleton'`. */
  readonly scope?: Scope
  /** Registers under this qualifier. */
  readonly qualifier?: string
  /** What the factory or the constructor is called with. */
  readonly inject?: R extends Inject
    ? R &
        ([F, A] extends [never, Class]
          ? R extends readonly unknown[]
            ? Fits<R, ConstructorParameters<A & Class>>
            : 'a constructor takes a tuple'
          : unknown)
    : Inject
  /** Makes the service, or a promise of it. */
  readonly factory?: F & ((...services: FactoryArguments<R>) => Injected<A> | PromiseLike<Injected<A>>)
}

/** Any of the registrations, as it is when it is read. */
export interface Registration extends ProviderOptions<unknown> {
  readonly scope?: Scope
  readonly qualifier?: string
  readonly inject?: Inject
  readonly factory?: unknown
  readonly value?: unknown
}
