/** The container: providers are registered, the graph is verified, then it gives out services. */
import { Binding, isTransient, UNSET } from './binding.ts'
import { describeGraph, type GraphData } from './diagram.ts'
import { ContainerStateError, GraphError } from './error.ts'
import { explain, type Fault, missing, outside } from './fault.ts'
import { Graph, nameOf, provided } from './graph.ts'
import type { FactoryArguments, Inject, Injectable, Injected } from './inject.ts'
import { Marker } from './inject.ts'
import { EntryPlan, type Plan, type PlanSpec } from './plan.ts'
import { canGenerate } from './program.ts'
import { type Fits, Provider, type ProviderOptions } from './provider.ts'
import { ScopeStore, type ServiceScope } from './scope.ts'
import { notBuilt, Store } from './store.ts'
import {
  type AbstractClass,
  type Class,
  named,
  type Scope,
  type Seed,
  type SeedValue,
  type ShortScope,
  Token,
} from './token.ts'

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
  extends ProviderOptions<InstanceType<C>> {
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
export interface PlainRegistration<T> extends ProviderOptions<T> {
  /** How long the service lives. Default: `'singleton'`. */
  readonly scope?: Scope
  /** Registers under this qualifier of the class: `named(Class, qualifier)`. */
  readonly qualifier?: string
}

/** The forms of a registration. */
export interface Register<This> {
  /** A provider value under its own token. Only needed to have it verified though nobody uses it yet. */
  (provider: Provider<unknown>): This
  /** A value. */
  <T>(token: Token<T> | AbstractClass<T>, value: ValueRegistration<T>): This
  /** A factory. */
  <T, const R extends Inject = []>(
    token: Token<T> | AbstractClass<T>,
    registration: FactoryRegistration<T, R>,
  ): This
  /** A class with the services for its constructor. */
  <C extends Class, const R extends readonly Injectable[]>(
    token: C,
    registration: ClassRegistration<C, R>,
  ): This
  /** A class whose constructor needs nothing. */
  <T>(token: new () => T, registration?: PlainRegistration<T>): This
}

/** Any of the registrations, as it is when it is read. */
interface Registration extends ProviderOptions<unknown> {
  readonly scope?: Scope
  readonly qualifier?: string
  readonly inject?: Inject
  readonly factory?: unknown
  readonly value?: unknown
}

/** Settings of a container. */
export interface ContainerOptions {
  /**
   * Whether plans are compiled to generated functions. Default: where the process allows code from strings. Without,
   * the same plans are interpreted.
   */
  readonly codegen?: boolean
}

/**
 * Registers providers, verifies their graph as a whole, and gives out services.
 *
 * @example
 * ```ts
 * import { Container } from '@myfy/di'
 *
 * class Clock { now() { return Date.now() } }
 * class Greeter {
 *   clock: Clock
 *   constructor(clock: Clock) { this.clock = clock }
 * }
 *
 * const container = new Container()
 *   .register(Clock)
 *   .register(Greeter, { scope: 'request', inject: [Clock] })
 *   .build()
 * await using scope = container.createScope('request')
 * scope.get(Greeter).clock.now()
 * ```
 */
export class Container implements AsyncDisposable {
  readonly #graph = new Graph()
  readonly #root = new Store('container')
  readonly #plans: EntryPlan[] = []
  readonly #overrides = new Map<unknown, Registration | Provider<unknown>>()
  readonly #duplicates: Fault[] = []
  readonly #generate: boolean
  #ready: ReadonlyMap<unknown, Binding> = new Map()
  #built = false

  /** Makes an empty container. */
  constructor(options: ContainerOptions = {}) {
    this.#generate = options.codegen ?? canGenerate()
  }

  /** True when the graph is verified: nothing can be registered any more. */
  get built(): boolean {
    return this.#built
  }

  /**
   * Says how the service of a token is built. A token that is registered twice is a problem of the graph.
   * Throws `DI_ALREADY_BUILT` after `build`, `DI_UNDEFINED_TOKEN` when the token is undefined.
   */
  readonly register: Register<this> = (token: unknown, registration: Registration = {}): this => {
    const key = this.#open(token, registration)
    const binding = this.#bind(key, registration)
    if (this.#graph.single.has(key)) this.#duplicates.push({ kind: 'duplicate', at: binding })
    else this.#graph.single.set(key, binding)
    return this
  }

  /** Adds one of many providers of a token; `all(token)` injects them in the order of registration. */
  readonly registerMany: Register<this> = (token: unknown, registration: Registration = {}): this => {
    const key = this.#open(token, registration)
    const known = this.#graph.many.get(key)
    const binding = this.#bind(key, registration)
    if (known) known.push(binding)
    else this.#graph.many.set(key, [binding])
    return this
  }

  /** Replaces the provider of a token, wherever and whenever it is registered: for tests. Only before `build`. */
  readonly override: Register<this> &
    (<T>(token: Token<T> | AbstractClass<T>, provider: Provider<T>) => this) = (
    token: unknown,
    registration: Registration | Provider<unknown> = {},
  ): this => {
    const key = this.#open(token, registration instanceof Provider ? {} : registration)
    this.#overrides.set(key, registration)
    return this
  }

  /** Whether somebody provides the token. A provider value provides itself. */
  has(token: Token<unknown> | AbstractClass): boolean {
    const key = this.#graph.key(token)
    return (
      key instanceof Provider ||
      this.#overrides.has(key) ||
      this.#graph.single.has(key) ||
      this.#graph.many.has(key)
    )
  }

  /**
   * Declares an entry point. Before `build` it is verified and compiled with the graph; afterwards at once, and throws a
   * `GraphError` with what is wrong.
   */
  plan<const R extends Inject, const S extends readonly Seed<unknown>[] = []>(
    spec: PlanSpec<R, S>,
  ): Plan<R, S> {
    this.#root.alive()
    const { name, inject, scope, seeds = [] } = spec
    const entry = new Binding(undefined, name, 'entry', scope ?? 'singleton', undefined, inject)
    const plan = new EntryPlan(entry, seeds, this.#root, (values) =>
      scope
        ? new ScopeStore(
            scope,
            seeds.map((seed, i) => seed.of(values[i])),
            this.#root,
            (token) => this.#find(token),
          )
        : new Store('opening', this.#root),
    )
    if (this.#built) this.#link([entry], [plan])
    this.#graph.entries.push(entry)
    this.#plans.push(plan)
    return plan as unknown as Plan<R, S>
  }

  /**
   * Verifies the whole graph and compiles the plans; the second call does nothing.
   * Throws a `GraphError` with every problem that there is.
   */
  build(): this {
    this.#root.alive()
    if (this.#built) return this
    const graph = this.#graph
    for (const [key, override] of this.#overrides) {
      const binding = this.#bind(key, override, graph.single.get(key)?.scope)
      if (graph.many.has(key)) graph.many.set(key, [binding])
      else graph.single.set(key, binding)
    }
    this.#link(
      graph.all(),
      this.#plans,
      this.#duplicates.filter(({ at }) => !this.#overrides.has(at.token)),
    )
    for (const binding of graph.all()) if (binding.kind === 'value') this.#root.adopt(binding)
    this.#built = true
    this.#ready = graph.single
    return this
  }

  /**
   * The service of a token. Throws `AsyncProviderError` when it has to be awaited, `MissingProviderError` when nobody
   * provides it, `ProviderFailedError` when it cannot be built.
   */
  get<I extends Injectable>(token: I): Injected<I> {
    const binding = this.#ready.get(token)
    if (binding !== undefined && binding.instance !== UNSET) return binding.instance as Injected<I>
    const [found, store] = this.#locate(token)
    return store.now(found) as Injected<I>
  }

  /** The service of a token, also one that is built asynchronously: once, however many ask at the same time. */
  async resolve<I extends Injectable>(token: I): Promise<Injected<I>> {
    const [found, store] = this.#locate(token)
    return (await store.later(found)) as Injected<I>
  }

  /** Opens a request or a task by hand. A plan does the same without looking anything up. */
  createScope(kind: ShortScope, seeds: readonly SeedValue[] = []): ServiceScope {
    if (!this.#built) throw notBuilt()
    this.#root.alive()
    return new ScopeStore(kind, seeds, this.#root, (token) => this.#find(token))
  }

  /** The graph as data, for `toMermaid`, `toDot` and `toJSON`. Complete after `build`. */
  graph(): GraphData {
    return describeGraph(this.#graph.all())
  }

  /**
   * Disposes the singletons, latest built first, each awaited. Throws an `AggregateError` when some of them fail, after
   * all have been tried. From the first call on nothing is given out any more.
   */
  async dispose(): Promise<void> {
    this.#ready = new Map()
    for (const plan of this.#plans) plan.close()
    await this.#root.dispose({ ok: true })
  }

  /** The same as `dispose`: `await using container = …`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  /** The key to register under. */
  #open(token: unknown, { qualifier }: Registration): unknown {
    if (this.#built) {
      throw new ContainerStateError(
        'DI_ALREADY_BUILT',
        `The container is built, so ${nameOf(token)} cannot be registered any more: register it in configure(), before build().`,
      )
    }
    if (token === undefined || token === null) throw missing(this.#graph, token, '', [])
    return this.#graph.key(qualifier === undefined ? token : named(token as Token<unknown>, qualifier))
  }

  #bind(key: unknown, registration: Registration | Provider<unknown>, usual?: Scope): Binding {
    if (registration instanceof Provider) return provided(key, registration, (key as Token<unknown>).name)
    const { value, factory, inject } = registration
    const scope = registration.scope ?? usual ?? 'singleton'
    const name = registration.name ?? nameOf(key)
    if ('value' in registration) {
      const binding = new Binding(key, name, 'value', 'singleton', undefined, undefined, registration)
      binding.instance = value
      return binding
    }
    if (factory) return new Binding(key, name, 'factory', scope, factory, inject, registration)
    if (key instanceof Provider) return provided(key, key)
    return new Binding(key, name, 'class', scope, key instanceof Token ? key.base : key, inject, registration)
  }

  #link(roots: readonly Binding[], plans: readonly EntryPlan[], known: readonly Fault[] = []): void {
    const faults = [...known, ...this.#graph.link(roots), ...plans.flatMap((plan) => plan.analyse())]
    if (faults.length) {
      const problems = explain(this.#graph, faults, roots)
      this.#graph.unlink()
      throw new GraphError(problems)
    }
    for (const plan of plans) plan.compile(this.#generate)
  }

  /** The binding of anything that can be injected, and the store that its service goes to. */
  #locate(token: unknown): [Binding, Store] {
    const binding = this.#find(token)
    if (binding.needs) throw outside(binding)
    // A transient that is asked for by hand belongs to the caller: kept here, it would be kept for ever.
    return [binding, isTransient(binding) ? new Store('container', this.#root) : this.#root]
  }

  #find(token: unknown): Binding {
    if (!this.#built) throw notBuilt()
    this.#root.alive()
    const graph = this.#graph
    const known = graph.single.get(token)
    if (known?.mark) return known
    const binding = graph.find(token) ?? (token instanceof Marker ? asked(token) : undefined)
    if (!binding) throw missing(graph, token, '', [])
    if (!binding.mark) this.#link([binding], [])
    return binding
  }
}

/** What is asked for with a marker is built like one service that is made of it. */
const asked = (marker: Marker<unknown>): Binding =>
  new Binding(
    undefined,
    `${marker.kind} ${nameOf(marker.token)}`,
    'factory',
    'transient',
    (service: unknown) => service,
    [marker],
    {
      dispose: false,
    },
  )

/** Makes an empty container; the same as `new Container(options)`. */
export const createContainer = (options?: ContainerOptions): Container => new Container(options)
