/** The container: providers are registered, the graph is verified, then it gives out services. */
import { BITS, type Binding, isUnset, nameOf } from './binding.ts'
import { describeGraph, type GraphData } from './diagram.ts'
import { ContainerStateError, GraphError, ScopeError } from './errors.ts'
import { type Definition, Graph, NONE } from './graph.ts'
import { checkInject, duplicate, type GraphIssue, isObject, missing, pathsOf, unfit } from './graph-issues.ts'
import type { Inject, Injectable, Injected } from './inject.ts'
import { link, type Roots } from './link.ts'
import { type EntryPlan, entryPlan, notBuilt, type Plan, type PlanSpec } from './plan.ts'
import { canGenerate } from './program.ts'
import { Provider } from './provider.ts'
import type { Register, Registration } from './registration.ts'
import { type ServiceScope, Store } from './store.ts'
import { type AbstractClass, named, Seed, type SeedValue, type ShortScope, Token } from './token.ts'

/** Settings of a container. */
export interface ContainerOptions {
  /**
   * Whether plans are compiled to generated functions. Default: where the process allows code from strings. Without,
   * the same plans run as closures.
   */
  readonly codegen?: boolean
}

/** How the reuse of one container by another sees them. */
export const internals: unique symbol = Symbol('internals')

/** What a container is made of. */
interface Internals {
  readonly graph: Graph
  readonly root: Store
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
  readonly #root: Store
  readonly #plans: EntryPlan[] = []
  readonly #overrides = new Map<unknown, Definition>()
  readonly #generate: boolean
  #built = false

  /** Makes an empty container. */
  constructor(options: ContainerOptions = {}) {
    this.#generate = options.codegen !== false && canGenerate()
    this.#root = new Store('singleton', this.#find)
  }

  /** True when the graph is verified: nothing can be registered any more. */
  get built(): boolean {
    return this.#built
  }

  /**
   * Says how the service of a token is built. A token that is registered twice is a problem of the graph.
   * Throws `DI_ALREADY_BUILT` after `build`, `DI_UNDEFINED_TOKEN` when the token is undefined, `DI_INVALID_PROVIDER`
   * when what is registered cannot be read as a registration.
   */
  readonly register: Register<this> = (token: unknown, registration: Registration = NONE): this => {
    const key = this.#open(token, registration)
    this.#graph.add('register', key, registration, key)
    return this
  }

  /** Adds one of many providers of a token; `all(token)` injects them in the order of registration. */
  readonly registerMany: Register<this> = (token: unknown, registration: Registration = NONE): this => {
    const { many } = this.#graph
    const key = this.#open(token, registration)
    const at = this.#graph.add('registerMany', key, registration)
    many.set(key, [...(many.get(key) ?? []), at])
    return this
  }

  /** Replaces the provider of a token, wherever and whenever it is registered: for tests. Only before `build`. */
  readonly override: (<T>(token: Token<T> | AbstractClass<T>, provider: Provider<T>) => this) &
    Register<this> = (token: unknown, registration: Registration | Provider<unknown> = NONE): this => {
    const key = this.#open(token, registration)
    this.#graph.add('override', key, registration)
    this.#overrides.set(key, registration)
    return this
  }

  /** Whether somebody provides the token. A provider value provides itself. */
  has(token: Token<unknown> | AbstractClass): boolean {
    const key = this.#graph.key(token)
    return (
      key instanceof Provider ||
      this.#overrides.has(key) ||
      this.#graph.place(key) !== undefined ||
      this.#graph.many.has(key)
    )
  }

  /**
   * Declares an entry point. Before `build` it is verified and compiled with the graph; afterwards at once, and throws a
   * `GraphError` with what is wrong. Throws `DI_INVALID_PROVIDER` when `inject` or `seeds` cannot be read.
   */
  plan<const R extends Inject, const S extends readonly Seed<unknown>[] = []>(
    spec: PlanSpec<R, S>,
  ): Plan<R, S> {
    this.#root.alive()
    const graph = this.#graph
    const { name, scope = 'transient', seeds = [] } = spec
    checkInject(spec.inject, spec)
    if (!Array.isArray(seeds) || !seeds.every((seed) => seed instanceof Seed))
      throw unfit('seeds', name, seeds, 'a list of seeds')
    const at = graph.add('plan', undefined, spec as PlanSpec)
    const entry = entryPlan(
      graph.at(at),
      seeds.map((seed) => graph.at(graph.find(seed)!)),
      this.#root,
      (given) =>
        new Store(
          scope,
          this.#find,
          this.#root,
          seeds.map((seed, i) => seed.of(given[i])),
        ),
    )
    try {
      if (this.#built) this.#link([at], [entry])
    } catch (error) {
      graph.drop(at)
      throw error
    }
    this.#plans.push(entry)
    return entry.plan as unknown as Plan<R, S>
  }

  /**
   * Verifies the whole graph and compiles the plans; the second call does nothing.
   * Throws a `GraphError` with every problem that there is.
   */
  build(): this {
    this.#root.alive()
    if (this.#built) return this
    const graph = this.#graph
    for (const [key, how] of this.#overrides) {
      const [first = graph.find(key), ...others] = graph.many.get(key) ?? []
      if (first === undefined) graph.add('implicit', key, how, key)
      else
        graph.definitions.set(
          first,
          how instanceof Provider ? how : { scope: graph.describe(first).scope, ...how },
        )
      for (const at of others) graph.drop(at)
      if (others.length) graph.many.set(key, [first!])
    }
    graph.refresh()
    this.#link(
      graph,
      this.#plans,
      graph.duplicates
        .filter((at) => !this.#overrides.has(graph.tokens.at(at)))
        .map((at) => () => duplicate(graph.at(at))),
    )
    this.#built = true
    return this
  }

  /**
   * The service of a token. Throws `AsyncProviderError` when it has to be awaited, `MissingProviderError` when nobody
   * provides it, `ProviderFailedError` when it cannot be built.
   */
  get<I extends Injectable>(token: I): Injected<I> {
    const binding = this.#graph.known(token)
    if (binding !== undefined && !isUnset(binding.instance)) return binding.instance as Injected<I>
    return this.#root.get(token)
  }

  /** The service of a token, also one that is built asynchronously: once, however many ask at the same time. */
  resolve<I extends Injectable>(token: I): Promise<Injected<I>> {
    return this.#root.resolve(token)
  }

  /**
   * Opens a request or a task by hand. A plan does the same without looking anything up. Throws `DI_SCOPE` for another
   * kind of scope or a seed of one, `DI_INVALID_PROVIDER` for what is no seed.
   */
  createScope(kind: ShortScope, seeds: readonly SeedValue[] = []): ServiceScope {
    this.#verify()
    if (!BITS[kind])
      throw new ScopeError('DI_SCOPE', `There is no ${kind} scope.`, [], 'Open request or task.')
    return new Store(kind, this.#find, this.#root, seeds) as Store & ServiceScope
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
    this.#graph.clear()
    for (const plan of this.#plans) plan.close()
    await this.#root.dispose({ ok: true })
  }

  /** The same as `dispose`: `await using container = …`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  /** @internal */
  [internals](): Internals {
    return { graph: this.#graph, root: this.#root }
  }

  /** The key to register under. */
  #open(token: unknown, registration: Registration): unknown {
    if (this.#built) {
      throw new ContainerStateError(
        'DI_ALREADY_BUILT',
        `The container is built: register ${nameOf(token)} before build(), in configure().`,
      )
    }
    if (token === undefined || token === null) throw missing(this.#graph, token)
    if (!isObject(registration) || (registration instanceof Token && !(registration instanceof Provider)))
      throw unfit('registration', nameOf(token), registration, '{ factory }, { value } or { inject }')
    const { inject = NONE, qualifier } = registration
    checkInject(inject, token as Token<unknown>)
    return this.#graph.key(qualifier === undefined ? token : named(token as Token<unknown>, qualifier))
  }

  #link(roots: Roots, plans: readonly EntryPlan[], known: readonly GraphIssue[] = []): void {
    const graph = this.#graph
    const { issues: faults, places, values } = link(graph, roots)
    const all = [...known, ...faults, ...plans.flatMap((plan) => plan.compile(this.#generate))]
    if (all.length) {
      const paths = pathsOf(graph.all())
      const problems = all.map((fault) => fault(paths))
      graph.unlink(places)
      throw new GraphError(problems)
    }
    for (const at of values) this.#root.adopt(graph.at(at), graph.at(at).instance)
  }

  readonly #find = (token: unknown): Binding => {
    this.#verify()
    const graph = this.#graph
    const known = graph.known(token)
    if (known && graph.state(known.at)) return known
    const at = graph.find(token)
    if (at === undefined) throw missing(graph, token)
    if (!graph.state(at)) this.#link([at], [])
    const binding = graph.at(at)
    if (typeof token === 'function') graph.asked.set(token, binding)
    return binding
  }

  #verify(): void {
    if (!this.#built) throw notBuilt()
    this.#root.alive()
  }
}

/** Makes an empty container; the same as `new Container(options)`. */
export const createContainer = (options?: ContainerOptions): Container => new Container(options)
