/** Injectables: what `inject` can list, and the services that result from it. */
import { type ClassToken, COPY, functionName, nameOf, type Scope, type Seed, Token } from './token.ts'

/** Everything that can be injected: a class, a token, a provider value, a seed, or one of these in a marker. */
export type Injectable<T = unknown> = Provider<T, unknown> | Token<T> | ClassToken<T> | Marker<T, unknown>

/** A token as it is registered or marked: a class, a token, a provider value or a seed. */
export type AnyToken<T = unknown> = Token<T> | ClassToken<T>

/** The service of an injectable: the instance of a class, the type of a token. */
export type Injected<I> =
  I extends Provider<infer T, unknown>
    ? T
    : I extends Token<infer T>
      ? T
      : I extends Marker<infer T, unknown>
        ? T
        : I extends abstract new (
              // biome-ignore lint/suspicious/noExplicitAny: as for Class
              ...args: any[]
            ) => infer T
          ? T
          : 'prototype' extends keyof I
            ? I['prototype' & keyof I]
            : never

/** The dependencies of a provider or an entry point: a tuple (by position) or a record (by name). */
export type Inject = readonly Injectable[] | { readonly [name: string]: Injectable }

/** The services of an `inject`: a tuple for a tuple, a record for a record. */
export type Services<R> = { -readonly [K in keyof R]: Injected<R[K]> }

/** The parameters of a factory: the services of a tuple one by one, the services of a record as one object. */
export type FactoryArguments<R> = R extends readonly unknown[] ? Services<R> : [services: Services<R>]

/** The outcome of the work of a scope, as `settle` and `dispose` receive it. */
export type Outcome = { readonly ok: true } | { readonly ok: false; readonly error: unknown }

/** The options of every provider. */
export interface ProviderOptions<T> {
  /** The name in errors and graphs. Default: that of the class or factory, or the key under which it is injected. */
  readonly name?: string
  /**
   * Releases the service when its scope ends. Disposers run in reverse order of construction, and each is awaited.
   * Default: `Symbol.asyncDispose` or `Symbol.dispose` of the instance, unless another provider owns the instance;
   * `false` for none.
   */
  readonly dispose?: ((service: T, outcome: Outcome) => unknown) | false
  /**
   * Runs once, after the outcome of the work is known and before the result is handed out: the place to commit or roll
   * back a transaction. An error that it throws becomes the error of the work. Not for singletons.
   */
  readonly settle?: (service: T, outcome: Outcome) => unknown
}

/** The content of a provider value. */
export interface ProviderSpec {
  /** True if `make` is a constructor rather than a factory. */
  readonly construct: boolean
  /** The class or the factory. */
  readonly make: unknown
  /** The arguments of `make`. */
  readonly inject: Inject | undefined
  /** The other options. */
  // biome-ignore lint/suspicious/noExplicitAny: the type of the service is known to the token, not here
  readonly options: ProviderOptions<any> | undefined
}

/**
 * A token that carries its own provider: it can be injected without being registered. Made by `singleton`, `request`,
 * `task`, `work` and `transient`.
 *
 * As an annotation, `Provider<T>` stands for a service that lives in no short-lived scope; one that does is a
 * `Provider<T, 'request'>`, so that the check of scopes is not lost.
 */
export class Provider<T, out Bound = never> extends Token<T, Bound> implements ProviderSpec {
  /** The lifetime of the service. */
  declare readonly scope: Scope
  /** True if `make` is a constructor rather than a factory. */
  declare readonly construct: boolean
  /** The class or the factory. */
  declare readonly make: unknown
  /** The arguments of `make`. */
  declare readonly inject: Inject | undefined
  /** The other options. */
  // biome-ignore lint/suspicious/noExplicitAny: the type of the service is known to the token, not here
  declare readonly options: ProviderOptions<any> | undefined
  readonly #origin: { readonly stack?: string } = {}

  /** Makes a provider value. Applications use `singleton`, `request`, `task`, `work` or `transient`. */
  constructor(scope: Scope, spec: ProviderSpec, caller: unknown = Provider) {
    const { construct, make, inject, options } = spec
    super(options?.name ?? functionName(make))
    this.scope = scope
    this.construct = construct
    this.make = make
    this.inject = inject
    this.options = options
    // The engine formats the stack when it is first read: only an error reads it.
    ;(Error as { captureStackTrace?: (target: object, caller: unknown) => void }).captureStackTrace?.(
      this.#origin,
      caller,
    )
  }

  /**
   * The place of that call in the code as it is loaded: with the query of the file, and without source maps, which may
   * give two files one name. It must be read before `place`.
   * @internal
   */
  get loadedPlace(): string | undefined {
    const engine = Error as { prepareStackTrace?: unknown }
    const { prepareStackTrace } = engine
    let frames: readonly unknown[] | undefined
    engine.prepareStackTrace = (_: unknown, given: readonly unknown[]): string => {
      frames = given
      return ['', ...given.map((frame) => `    at ${frame}`)].join('\n')
    }
    // The engine prepares the stack when it is first read.
    void this.#origin.stack
    engine.prepareStackTrace = prepareStackTrace
    const frame = frames?.[0] as LoadedFrame | undefined
    if (!frame) return this.place
    return `${frame.getScriptNameOrSourceURL()}:${frame.getLineNumber()}:${frame.getColumnNumber()}`
  }

  /** Returns the name, else the line that made the provider, for errors. @internal */
  override toString(): string {
    return this.name || unnamed(this)
  }

  /** The file, line and column of the call that made the provider, if the engine records them. */
  get place(): string | undefined {
    for (const line of this.#origin.stack?.split('\n') ?? []) {
      const place = /\(([^()]+:\d+:\d+)\)$/.exec(line) ?? /^\s*at (?:async )?(\S+:\d+:\d+)$/.exec(line)
      if (place) return place[1]!.replace(/^file:\/\//, '')
    }
    return undefined
  }
}

/** Describes a provider value without a name by the line that made it. */
export function unnamed({ scope, place }: Provider<unknown, unknown>): string {
  return place ? `the ${scope} of ${place.replace(/^.*[\\/]/, '')}` : `a ${scope}`
}

/** A frame of a stack as V8 gives it. */
interface LoadedFrame {
  getScriptNameOrSourceURL(): string | null
  getLineNumber(): number | null
  getColumnNumber(): number | null
}

/** The ways in which a marker changes an injection. */
export type MarkerKind = 'optional' | 'all' | 'lazy' | 'deferred'

/** An injectable with a modifier, made by `optional`, `all` or `lazy`. */
export class Marker<T, out Bound = never> {
  /** The type of the service. Exists only for the compiler. */
  declare protected readonly _type: T
  /** The scope of the service. Exists only for the compiler. */
  declare protected readonly _bound: Bound
  /** The modifier. */
  declare readonly kind: MarkerKind
  readonly #target: AnyToken | (() => AnyToken)

  /** Makes a marker. Applications use `optional`, `all` or `lazy`. */
  constructor(kind: MarkerKind, target: AnyToken | (() => AnyToken)) {
    this.kind = kind
    this.#target = target
  }

  /** The marked token. */
  get token(): AnyToken {
    return isArrow(this.#target) ? this.#target() : (this.#target as AnyToken)
  }

  /** @internal */
  get [COPY](): true {
    return true
  }

  /** Returns the call that made the marker, for errors. @internal */
  toString(): string {
    return `${this.kind}(${nameOf(this.token)})`
  }
}

/** Reports whether a value is an arrow function: unlike a class or a `function`, it has no prototype. */
const isArrow = (value: unknown): value is () => AnyToken =>
  typeof value === 'function' && !('prototype' in value)

/**
 * The short-lived scope that an injectable is known to live in: `never` for none, and if only `build` can tell. Provider
 * comes first although providers are tokens: the compiler infers from the arguments of the same class without comparing
 * members.
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

/** A handle to a service that is built when it is read for the first time. */
export interface Lazy<T> {
  /**
   * The service. Throws `ContainerStateError` if it is not built and its scope has ended, and `AsyncProviderError` if a
   * plain function turns out to return a promise.
   */
  readonly value: T
}

/** A handle to a service that is built, possibly asynchronously, when it is requested for the first time. */
export interface Deferred<T> {
  /** Builds the service if necessary and resolves to it. */
  resolve(): Promise<T>
}

/** Injects `undefined` instead of failing if no provider is registered for the token. */
export const optional = <I extends AnyToken>(token: I): Marker<Injected<I> | undefined, BoundOf<I>> =>
  new Marker('optional', token)

/** Injects the services of every provider of the token, in the order of registration. The list may be empty. */
export const all = <I extends AnyToken>(token: I): Marker<Injected<I>[], BoundOf<I>> =>
  new Marker('all', token)

/**
 * Injects a handle that builds the service when it is first read: for two services that depend on each other. A service
 * of a request or task that is built asynchronously needs `deferred`; singletons are built by `prepare`.
 * `lazy(() => other)` names a provider value that is declared further down or in a file that imports this one.
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
export const lazy: {
  <I extends AnyToken>(token: () => I): Marker<Lazy<Injected<I>>, BoundOf<I>>
  <I extends AnyToken>(token: I): Marker<Lazy<Injected<I>>, BoundOf<I>>
} = (token: AnyToken | (() => AnyToken)): never => new Marker('lazy', token) as never

/**
 * Injects a handle whose `resolve()` builds the service when it is first called: for an asynchronous service that not
 * every request needs, such as a transaction. Like `lazy`, it takes a token or a function that returns one.
 *
 * @example
 * ```ts
 * import { createContainer, deferred, request } from '@myfy/di'
 *
 * const transaction = request(async () => ({ insert: (row: object) => row }))
 * const orders = request({ transaction: deferred(transaction) }, ({ transaction }) => ({
 *   buy: async () => (await transaction.resolve()).insert({ id: 1 }),
 * }))
 * const scope = createContainer().build().createScope('request')
 * await scope.get(orders).buy()
 * ```
 */
export const deferred: {
  <I extends AnyToken>(token: () => I): Marker<Deferred<Injected<I>>, BoundOf<I>>
  <I extends AnyToken>(token: I): Marker<Deferred<Injected<I>>, BoundOf<I>>
} = (token: AnyToken | (() => AnyToken)): never => new Marker('deferred', token) as never

/** The values of a list of seeds, in their order. */
export type SeedValues<S extends readonly unknown[]> = { -readonly [K in keyof S]: Injected<S[K]> }

/** A seed of any type and scope. */
// biome-ignore lint/suspicious/noExplicitAny: `of` takes the value, so that no type but `any` stands for all seeds
export type AnySeed = Seed<any, unknown>
