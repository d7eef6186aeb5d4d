/** Registrations: the forms in which a provider is given to `register`, `registerMany` and `override`. */
import type { AnyToken, FactoryArguments, Inject, Injected, Provider, ProviderOptions } from './inject.ts'
import type { ConstructorCheck, ScopeCheck } from './provider.ts'
import type { Class, ClassToken, NamedClass, Scope, Token } from './token.ts'

/** Refuses a token as a registration, although a token has a name and a qualifier as well. */
export interface NotAToken {
  /** Exists only for the compiler. */
  readonly base?: 'a token is not a registration: register a provider value alone, or use override(token, provider)'
}

/** The options of every registration of a service that the container builds. */
export interface RegistrationOptions<T, S extends Scope> extends Omit<ProviderOptions<T>, 'settle'> {
  /** See `ProviderOptions`. A singleton has no outcome. */
  readonly settle?: [S] extends ['singleton']
    ? 'a singleton has no outcome: use dispose'
    : ProviderOptions<T>['settle']
  /** The lifetime of the service. Default: `'singleton'`. */
  readonly scope?: S
  /** Registers under this qualifier of the token: `token.named(qualifier)`. */
  readonly qualifier?: string
}

/**
 * Part of the return type of a factory, so that the compiler keeps the literals and tuples in it: `() => 'test'` gives
 * `'test'`, `() => ['a', 1]` a tuple. The compiler looks for literal types in the type that it expects, and a type
 * parameter that it has yet to infer has none. No factory returns a value of this type: a boolean and an object would need
 * a property without a value.
 */
export type LiteralHint =
  | '\0'
  | 1.7976931348623157e308
  | (true & { readonly '\0': never })
  | [LiteralHint, ...LiteralHint[]]
  | { readonly '\0': never; readonly [key: string]: LiteralHint }
  | PromiseLike<LiteralHint>

/**
 * A service that a factory makes. `F` is the type that the factory returns: a separate parameter, so that `T` is
 * inferred from the token alone.
 */
export interface FactoryRegistration<T, F extends T, R extends Inject, S extends Scope = Scope>
  extends RegistrationOptions<NoInfer<T>, S> {
  /** The arguments of the factory. Write it before `factory`, so that the parameters are inferred. */
  readonly inject?: R & ScopeCheck<R, S>
  /**
   * Makes the service, or a promise of it. TypeScript 5 widens the literals of an asynchronous factory, which then needs
   * the type of its result: `async (): Promise<Mode> => 'test'`.
   */
  readonly factory: (...services: FactoryArguments<R>) => F | PromiseLike<F> | LiteralHint
}

/** A class that the container constructs for its own token. */
export interface ClassRegistration<C extends Class, R extends Inject, S extends Scope = Scope>
  extends NotAToken,
    RegistrationOptions<InstanceType<C>, S> {
  /** The arguments of the constructor. */
  readonly inject: R & ConstructorCheck<R, C> & ScopeCheck<R, S>
  /** Belongs to the other forms. */
  readonly factory?: undefined
  /** Belongs to the other forms. */
  readonly construct?: undefined
}

/** A class that the container constructs for the token of something it implements or extends. */
export interface ImplementationRegistration<T, C extends Class<T>, R extends Inject, S extends Scope = Scope>
  extends RegistrationOptions<T, S> {
  /** The class. */
  readonly construct: C
  /** The arguments of the constructor. Default: none. */
  readonly inject?: R & ConstructorCheck<R, C> & ScopeCheck<R, S>
}

/** A value. It is disposed only if `dispose` is given. */
export interface ValueRegistration<T> extends Pick<ProviderOptions<T>, 'name' | 'dispose'> {
  /** Registers under this qualifier of the token: `token.named(qualifier)`. */
  readonly qualifier?: string
  /** The service itself. */
  readonly value: T
}

/** A class whose constructor needs no arguments. */
export interface PlainRegistration<T, S extends Scope = Scope> extends NotAToken, RegistrationOptions<T, S> {
  /** Belongs to the other forms. */
  readonly inject?: undefined
  /** Belongs to the other forms. */
  readonly factory?: undefined
  /** Belongs to the other forms. */
  readonly construct?: undefined
}

/** The overloads of `register`, `registerMany` and, with a provider value for another token, `override`. */
export interface Register<This, Takes extends 'registrations' | 'providers' = 'registrations'> {
  /** Registers a provider value under its own token: needed only to verify it although nothing injects it yet. */
  (provider: Provider<unknown, unknown>): This
  /** Registers a factory or a value. */
  <T, const F extends T, const R extends Inject = [], const S extends Scope = 'singleton'>(
    token: AnyToken<T>,
    registration:
      | FactoryRegistration<T, F, R, S>
      | ValueRegistration<NoInfer<T>>
      | (Takes extends 'providers' ? Provider<NoInfer<T>, unknown> : never),
  ): This
  /** Registers a class that implements or extends the token. */
  <
    K extends AnyToken,
    C extends Class<Injected<K>>,
    const R extends Inject = [],
    const S extends Scope = 'singleton',
  >(
    token: K,
    registration: ImplementationRegistration<Injected<K>, C, R, S>,
  ): This
  /** Registers a class with the arguments of its constructor. */
  <C extends Class, const R extends Inject, const S extends Scope = 'singleton'>(
    token: C | NamedClass<C>,
    registration: ClassRegistration<C, R, S>,
  ): This
  /** Registers a class whose constructor needs no arguments. */
  <T, const S extends Scope = 'singleton'>(
    token: (new () => T) | NamedClass<new () => T>,
    registration?: PlainRegistration<T, S>,
  ): This
  /** Reports what is wrong with a call that no other overload accepts: the compiler prints the error of the last one. */
  <
    K extends Token<unknown> | ClassToken,
    const R = [],
    F = never,
    V extends Injected<K> = never,
    P = never,
    const S extends Scope = 'singleton',
  >(
    token: K & Complete<K, R, F, V | P>,
    registration?: AnyRegistration<K, R, F, P, S> &
      ([F] extends [never] ? unknown : { readonly factory: object }) &
      ([V] extends [never] ? unknown : { readonly value: V }),
  ): This
}

/** `unknown` if the call names a factory, a value or a constructible class; otherwise the sentence that says so. */
export type Complete<K, R, F, V> = [F | V] extends [never]
  ? K extends Class
    ? R extends []
      ? ConstructorCheck<R, K>
      : unknown
    : 'the token needs a factory or a value'
  : unknown

/** Everything that can be said of `K`. */
export interface AnyRegistration<K, R, F, P, S extends Scope>
  extends Omit<RegistrationOptions<Injected<K>, S>, 'scope' | 'qualifier'> {
  /** Exists only for the compiler, and before `inject`, which a provider value has as well. */
  readonly base?: [P] extends [never] ? P : NotAToken['base']
  /** The lifetime of the service. Default: `'singleton'`. */
  readonly scope?: S
  /** Registers under this qualifier. */
  readonly qualifier?: string
  /** The arguments of the factory or the constructor. */
  readonly inject?: R extends Inject
    ? R &
        ([F] extends [never] ? (K extends Class ? ConstructorCheck<R, K> : unknown) : unknown) &
        ScopeCheck<R, S>
    : Inject
  /** Makes the service, or a promise of it. */
  readonly factory?: F & ((...services: FactoryArguments<R>) => Injected<K> | PromiseLike<Injected<K>>)
}

/** A decorator: a factory that takes the service it wraps and returns the service to use instead. */
export interface Decoration<T, F extends T, R extends Inject> extends ProviderOptions<NoInfer<T>> {
  /** Further arguments of the factory. Write it before `factory`, so that the parameters are inferred. */
  readonly inject?: R
  /** Returns the service to use instead of `inner`, or a promise of it. */
  readonly factory: (inner: T, ...services: FactoryArguments<R>) => F | PromiseLike<F> | LiteralHint
}

/** A registration as the container reads it. */
export interface Registration extends ProviderOptions<unknown> {
  readonly scope?: Scope
  readonly qualifier?: string
  readonly inject?: Inject
  readonly factory?: unknown
  readonly construct?: unknown
  readonly value?: unknown
}
