/** The container: providers are registered, the graph is verified, then it gives out services. */
import { Binding, isUnset, nameOf } from './binding.ts'
import { describeGraph, type GraphData } from './diagram.ts'
import { ContainerStateError, GraphError } from './error.ts'
import { duplicate, type Fault, missing, outside, pathsOf } from './fault.ts'
import { Graph, provided } from './graph.ts'
import type { FactoryArguments, Inject, Injectable, Injected } from './inject.ts'
import { Marker } from './inject.ts'
import { EntryPlan, notBuilt, type Plan, type PlanSpec } from './plan.ts'
import { canGenerate } from './program.ts'
import { type Fits, Provider, type ProviderOptions } from './provider.ts'
import { ScopeStore, type ServiceScope } from './scope.ts'
import { Store } from './store.ts'
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
  /** A factory, or a value. */
  <T, const R extends Inject = []>(
    token: Token<T> | AbstractClass<T>,
    registration: FactoryRegistration<T, R> | ValueRegistration<T>,
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
   * the same plans run as closures.
   */
  readonly codegen?: boolean
}

/** How the succession of one container by another sees them. */
export const internals: unique symbol = Symbol('internals')

/** Something that was said to a container; of a plain registration its binding tells, and costs nothing. */
export type Entry = Binding | readonly ['register' | 'registerMany' | 'override' | 'plan', unknown, unknown]

/** What a container is made of. */
interface Internals {
  readonly graph: Graph
  readonly root: Store
  readonly journal: readonly Entry[]
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
  readonly #duplicates: Binding[] = []
  readonly #generate: boolean
  readonly #journal: Entry[] = []
  #ready: ReadonlyMap<unknown, Binding> = new Map()
  #built = false

  /** Makes an empty container. */
  constructor(options: ContainerOptions = {}) {
    this.#generate = options.codegen !== false && canGenerate()
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
    const binding = this.#bind('register', token, registration)
    const { single } = this.#graph
    const { size } = single
    if (single.set(binding.token, binding).size === size) this.#duplicates.push(binding)
    return this
  }

  /** Adds one of many providers of a token; `all(token)` injects them in the order of registration. */
  readonly registerMany: Register<this> = (token: unknown, registration: Registration = {}): this => {
    const binding = this.#bind('registerMany', token, registration)
    const { many } = this.#graph
    const known = many.get(binding.token)
    if (known) known.push(binding)
    else many.set(binding.token, [binding])
    return this
  }

  /** Replaces the provider of a token, wherever and whenever it is registered: for tests. Only before `build`. */
  readonly override: Register<this> &
    (<T>(token: Token<T> | AbstractClass<T>, provider: Provider<T>) => this) = (
    token: unknown,
    registration: Registration | Provider<unknown> = {},
  ): this => {
    const key = this.#open(token, registration instanceof Provider ? {} : registration)
    this.#journal.push(['override', token, registration])
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
    const entry = new Binding(undefined, 'entry', scope ?? 'singleton', undefined, inject, undefined, name)
    const plan = new EntryPlan(
      entry,
      seeds.map((seed) => this.#graph.find(seed)!),
      this.#root,
      (given) =>
        scope
          ? new ScopeStore(
              scope,
              seeds.map((seed, i) => seed.of(given[i])),
              this.#root,
              this.#find,
            )
          : new Store('opening', this.#root),
    )
    if (this.#built) this.#link([entry], [plan])
    this.#journal.push(['plan', name, spec])
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
      const binding = bindingOf(key, override, graph.single.get(key)?.scope)
      if (graph.many.has(key)) graph.many.set(key, [binding])
      else graph.single.set(key, binding)
    }
    this.#link(
      graph.all(),
      this.#plans,
      this.#duplicates
        .filter(({ token }) => !this.#overrides.has(token))
        .map((twice) => () => duplicate(twice)),
    )
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
    if (binding !== undefined && !isUnset(binding.instance)) return binding.instance as Injected<I>
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
    this.#verify()
    return new ScopeStore(kind, seeds, this.#root, this.#find)
  }

  /** The graph as data, for what `@myfy/di/diagram` draws. Complete after `build`. */
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

  /** @internal */
  [internals](): Internals {
    return { graph: this.#graph, root: this.#root, journal: this.#journal }
  }

  /** The key to register under. */
  #open(token: unknown, { qualifier }: Registration): unknown {
    if (this.#built) {
      throw new ContainerStateError(
        'DI_ALREADY_BUILT',
        `The container is built: register ${nameOf(token)} before build(), in configure().`,
      )
    }
    if (token === undefined || token === null) throw missing(this.#graph, token)
    return this.#graph.key(qualifier === undefined ? token : named(token as Token<unknown>, qualifier))
  }

  #bind(what: 'register' | 'registerMany', token: unknown, registration: Registration): Binding {
    const key = this.#open(token, registration)
    const binding = bindingOf(key, registration)
    this.#journal.push(what === 'register' && key === token ? binding : [what, token, registration])
    return binding
  }

  #link(roots: readonly Binding[], plans: readonly EntryPlan[], known: readonly Fault[] = []): void {
    const graph = this.#graph
    const faults = [...known, ...graph.link(roots), ...plans.flatMap((plan) => plan.analyse())]
    if (faults.length) {
      const paths = pathsOf([...graph.all(), ...roots])
      const problems = faults.map((fault) => fault(paths))
      graph.unlink()
      throw new GraphError(problems)
    }
    for (const value of graph.values) this.#root.adopt(value, value.instance)
    for (const plan of plans) plan.compile(this.#generate)
  }

  /** The binding of anything that can be injected, and the store that its service goes to. */
  #locate(token: unknown): [Binding, Store] {
    const binding = this.#find(token)
    if (binding.needs) throw outside(binding, 'the container')
    // A transient that is asked for by hand belongs to the caller: kept here, it would be kept for ever.
    return [binding, binding.scope === 'transient' ? new Store('container', this.#root) : this.#root]
  }

  readonly #find = (token: unknown): Binding => {
    this.#verify()
    const graph = this.#graph
    const marked = token instanceof Marker
    const binding = marked
      ? new Binding(undefined, 'entry', 'transient', undefined, [token as Injectable], undefined, token.kind)
      : graph.find(token)
    if (!binding) throw missing(graph, token)
    if (!binding.mark) this.#link([binding], [])
    return marked ? binding.edges[0]! : binding
  }

  #verify(): void {
    if (!this.#built) throw notBuilt()
    this.#root.alive()
  }
}

/** What a registration says; `usual` is the scope when it says none. */
function bindingOf(
  key: unknown,
  registration: Registration | Provider<unknown>,
  usual: Scope = 'singleton',
): Binding {
  if (registration instanceof Provider) return provided(key, registration, nameOf(key))
  const { factory, inject, scope = usual } = registration
  if (factory) return new Binding(key, 'factory', scope, factory, inject, registration)
  if ('value' in registration) {
    const binding = new Binding(key, 'value', 'singleton', undefined, undefined, registration)
    binding.instance = registration.value
    return binding
  }
  if (key instanceof Provider) return provided(key, key)
  return new Binding(key, 'class', scope, key instanceof Token ? key.base : key, inject, registration)
}

/** Makes an empty container; the same as `new Container(options)`. */
export const createContainer = (options?: ContainerOptions): Container => new Container(options)
