/** The container: takes registrations, verifies their graph, returns services. */

import type { BuildOptions, ContainerOptions, DisposeOptions } from './container-options.ts'
import { describeGraph, type GraphData } from './diagram.ts'
import { ContainerStateError, ScopeError } from './errors.ts'
import { type Binding, isUnset } from './graph/binding.ts'
import { checkCall, checkPlan } from './graph/check-call.ts'
import type { Call, Entry } from './graph/entry.ts'
import { Graph } from './graph/graph.ts'
import { type GraphIssue, issueContext, missing } from './graph/graph-issues.ts'
import { link } from './graph/link.ts'
import { verify } from './graph/verify.ts'
import { canGenerate } from './plans/codegen.ts'
import { type EntryPlan, entryPlan, notBuilt } from './plans/plan.ts'
import { foreign, invalidArgument, isForeign, isObject } from './providers/arguments.ts'
import type { Plan, PlanSpec } from './providers/entry-point.ts'
import {
  type AnySeed,
  type AnyToken,
  type Inject,
  type Injectable,
  type Injected,
  Marker,
} from './providers/inject.ts'
import { checkOptions } from './providers/known-options.ts'
import type { ScopeCheck } from './providers/provider.ts'
import type { Decoration, Register } from './providers/registration.ts'
import { nameOf, type SeedValue, type ShortScope } from './providers/token.ts'
import { disposerOf } from './scopes/disposer.ts'
import { disposeFailed } from './scopes/lifetime.ts'
import { Lifetimes, type OpenCount } from './scopes/lifetimes.ts'
import type { ServiceScope } from './scopes/service-scope.ts'
import { Store } from './scopes/store.ts'

/** The key of the parts of a container that `@myfy/di/reuse` works with. */
export const internals: unique symbol = Symbol('internals')

interface Internals {
  readonly graph: Graph
  readonly root: Store
}

/**
 * Takes registrations, verifies their graph as a whole, and returns services. Services can inject the container itself:
 * `inject: [Container]`.
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
 * const scope = container.createScope('request')
 * scope.get(Greeter).clock.now()
 * await scope.dispose()
 * ```
 */
export class Container implements AsyncDisposable {
  readonly #graph: Graph
  readonly #lifetimes: Lifetimes
  readonly #root: Store
  readonly #plans = new Map<Entry, EntryPlan>()
  /** The bindings of the tokens that were requested: a small map is faster than one of everything. */
  readonly #requested = new Map<unknown, Binding>()
  /** The open scopes of each kind. */
  readonly #scopes: ReadonlyMap<string, OpenCount>
  readonly #generates: boolean
  #around: BuildOptions['around']
  #isBuilt = false
  #disposing: Promise<void> | undefined

  /** Makes an empty container. */
  constructor(options: ContainerOptions = {}) {
    checkOptions(() => 'the container', options, ['codegen', 'onConstruct', 'onWarning'])
    this.#generates = options.codegen !== false && canGenerate()
    this.#graph = new Graph(new Map([[containerToken(), this]]), options.onConstruct)
    this.#lifetimes = new Lifetimes(options.onWarning)
    this.#scopes = new Map(['request', 'task'].map((kind) => [kind, this.#lifetimes.count(`${kind} scope`)]))
    this.#root = new Store('singleton', this.#find, {
      lifetimes: this.#lifetimes,
      open: this.#lifetimes.detached,
    })
    this.#lifetimes.root = this.#root
  }

  /** True if the graph is verified. Nothing can be registered any more. */
  get built(): boolean {
    return this.#isBuilt
  }

  /**
   * Registers the provider of a token. Two providers of one token are a problem of the graph. Throws
   * `MYFY_DI_ALREADY_BUILT` after `build`, `MYFY_DI_UNDEFINED_TOKEN` if the token is undefined, `MYFY_DI_INVALID_PROVIDER`
   * if the registration has the wrong form, `MYFY_DI_TWO_COPIES` for a token of another copy of the package.
   */
  readonly register: Register<this> = (token: unknown, registration?: unknown): this =>
    this.#add('register', token, registration)

  /** Registers one of several providers of a token. `all(token)` injects their services in the order of registration. */
  readonly registerMany: Register<this> = (token: unknown, registration?: unknown): this =>
    this.#add('registerMany', token, registration)

  /**
   * Replaces the provider of a token, whether it is registered before or after: for tests. The service keeps its scope
   * unless another is given. An override of a token that nothing provides and nothing injects is a problem of the graph.
   */
  readonly override: Register<this, 'providers'> = (token: unknown, registration?: unknown): this =>
    this.#add('override', token, registration)

  /**
   * Wraps the service of a token, whichever module registers it: for tracing, caching, or a fake around the real
   * service. Decorators apply in the order of the calls, to each provider of `registerMany`, and also to an override.
   * The decorated service is disposed as before; the decorator itself as every other service, unless its disposer is
   * that of the decorated one (a proxy).
   *
   * @example
   * ```ts
   * import { createContainer, token } from '@myfy/di'
   *
   * const Greeting = token<(name: string) => string>('Greeting')
   * const container = createContainer()
   *   .register(Greeting, { value: (name) => `hello ${name}` })
   *   .decorate(Greeting, { factory: (inner) => (name) => inner(name).toUpperCase() })
   *   .build()
   * container.get(Greeting)('Ada') // 'HELLO ADA'
   * ```
   */
  decorate<T, const F extends T, const R extends Inject = []>(
    token: AnyToken<T>,
    decoration: Decoration<T, F, R>,
  ): this {
    if (!isObject(decoration) || typeof decoration.factory !== 'function')
      throw invalidArgument('decorator', nameOf(token), decoration, '{ factory: (inner) => … }')
    return this.#add('decorate', token, decoration)
  }

  /** Reports whether a token has a provider. A provider value has one always. */
  has(token: AnyToken): boolean {
    return this.#graph.has(this.#graph.key(token))
  }

  /**
   * Declares an entry point. It is verified and compiled by `build`, or at once after `build`: then a `GraphError` is
   * thrown if it has problems. Throws `MYFY_DI_INVALID_PROVIDER` if `inject` or `seeds` have the wrong form.
   */
  plan<
    const R extends Inject,
    const S extends readonly AnySeed[] = [],
    const K extends ShortScope | 'singleton' = 'singleton',
  >(
    spec: Omit<PlanSpec<R, S>, 'inject' | 'scope'> & {
      readonly inject: R & ScopeCheck<R, K>
      readonly scope?: K & ShortScope
    },
  ): Plan<R, S> {
    this.#root.assertOpen()
    const { name, scope = 'transient' } = spec as PlanSpec
    const seeds: readonly AnySeed[] = spec.seeds ?? []
    checkPlan(spec as PlanSpec)
    const entry = this.#graph.add('plan', undefined, spec as PlanSpec)
    const open = this.#lifetimes.count(name)
    const plan = entryPlan(name, this.#root, (given) => {
      const parent = { lifetimes: this.#lifetimes, open, root: this.#root }
      return new Store(
        scope,
        this.#find,
        parent,
        seeds.map((seed, i) => seed.of(given[i])),
      )
    })
    this.#plans.set(entry, plan)
    try {
      if (this.#isBuilt) this.#verify([this.#graph.entryPoint(entry)], [entry])
    } catch (error) {
      this.#plans.delete(entry)
      this.#graph.remove(entry)
      throw error
    }
    // The plan holds its services untyped. The types of `spec` name them.
    return plan.plan as unknown as Plan<R, S>
  }

  /** Verifies the whole graph and compiles the plans. Throws a `GraphError` with every problem. A second call does nothing. */
  build(options: BuildOptions = {}): this {
    const { around } = options
    checkOptions(() => 'build', options, ['around'])
    this.#root.assertOpen()
    if (this.#isBuilt) return this
    this.#around = around
    const graph = this.#graph
    graph.unlink()
    for (const binding of this.#verify(graph.all(), [...this.#plans.keys()])) this.#adoptValue(binding)
    this.#isBuilt = true
    return this
  }

  /**
   * Returns the service of a token. Throws `AsyncProviderError` if it has to be awaited, `MissingProviderError` if no
   * provider is registered, `ProviderFailedError` if its constructor or factory fails.
   */
  get<I extends Injectable>(token: I): Injected<I> {
    const binding = this.#requested.get(token)
    if (binding !== undefined && !isUnset(binding.instance)) return binding.instance as Injected<I>
    return this.#root.get(token)
  }

  /** Resolves to the service of a token, also if it is built asynchronously. Concurrent calls build it once. */
  resolve<I extends Injectable>(token: I): Promise<Injected<I>> {
    return this.#root.resolve(token)
  }

  /**
   * Opens a request or task scope. A plan does the same without lookups. Call `settle` with the outcome of the work
   * before `dispose`: a scope that is disposed without it rolls back, and warns if a service has `settle`. Throws
   * `MYFY_DI_SCOPE` for another kind of scope or for a seed of one, `MYFY_DI_INVALID_PROVIDER` for anything but a seed.
   */
  createScope(kind: ShortScope, seeds: readonly SeedValue[] = []): ServiceScope {
    this.#assertBuilt()
    this.#root.assertOpen()
    const open = this.#scopes.get(kind)
    if (!open)
      throw new ScopeError(
        'MYFY_DI_SCOPE',
        `Cannot open a scope: '${kind}' is not a kind of scope.`,
        [],
        "Use 'request' or 'task'.",
      )
    const parent = { lifetimes: this.#lifetimes, open, root: this.#root }
    return new Store(kind, this.#find, parent, seeds) as Store & ServiceScope
  }

  /** Returns the graph as data, which `@myfy/di/diagram` renders. It is complete after `build`. */
  graph(): GraphData {
    // Before `build`, dependencies without a provider are left out.
    if (!this.#isBuilt) link(this.#graph, this.#graph.all())
    return describeGraph(this.#graph.all())
  }

  /**
   * Waits until open scopes are disposed, then disposes the singletons, latest built first, each awaited. Throws a
   * `ServicesFailedError` after all have been tried: if some fail, or if a scope is still open after `timeoutMs`, a
   * `ContainerStateError` that names it. Nothing new can be built after the call.
   */
  dispose(options: DisposeOptions = {}): Promise<void> {
    checkOptions(() => 'dispose', options, ['timeoutMs'])
    this.#disposing ??= this.#dispose(options)
    return this.#disposing
  }

  async #dispose({ timeoutMs = 5000 }: DisposeOptions): Promise<void> {
    for (const plan of this.#plans.values()) plan.close()
    const errors: unknown[] = []
    if (this.#lifetimes.open.length)
      await this.#lifetimes.closed(timeoutMs).catch((error) => errors.push(error))
    try {
      await this.#root.dispose({ ok: true })
    } catch (error) {
      errors.push(error)
    } finally {
      this.#requested.clear()
      this.#graph.unlink()
    }
    if (errors.length > 1) throw disposeFailed(['the container'], errors)
    if (errors.length) throw errors[0]
  }

  /** Disposes the container: `await using container = …`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose()
  }

  /** @internal */
  [internals](): Internals {
    return { graph: this.#graph, root: this.#root }
  }

  #add(call: Call, token: unknown, definition?: unknown): this {
    const graph = this.#graph
    if (this.#isBuilt) {
      throw new ContainerStateError(
        'MYFY_DI_ALREADY_BUILT',
        `Cannot ${call} ${nameOf(token)}: the container is built. Call ${call} before build(), in configure().`,
      )
    }
    const entry = checkCall(graph, call, token, definition)
    graph.add(call, entry.token, entry.definition)
    return this
  }

  /** Links bindings and compiles plans. Throws a `GraphError` with the problems of both. */
  #verify(roots: readonly Binding[], plans: readonly Entry[]): readonly Binding[] {
    const compile = () => plans.flatMap((entry) => this.#compile(entry))
    const around = this.#around
    const linked = (bindings: readonly Binding[]) => {
      if (around !== undefined) for (const binding of bindings) surround(binding, around)
    }
    return verify(this.#graph, roots, { isWhole: !this.#isBuilt, linked, compile })
  }

  #compile(entry: Entry): readonly GraphIssue[] {
    const graph = this.#graph
    const { seeds = [] } = entry.definition as PlanSpec
    const bindings = seeds.map((seed) => graph.find(seed)!)
    return this.#plans.get(entry)!.compile(graph.entryPoint(entry), bindings, this.#generates)
  }

  /** Values are disposed only if they say how. Otherwise they belong to the caller. */
  #adoptValue(binding: Binding): void {
    const { kind, instance, options } = binding
    if (kind !== 'value') return
    if (options?.dispose) this.#root.adopt(binding, instance, [])
    if (disposerOf(instance)) this.#lifetimes.owners.set(instance as object, this.#root)
  }

  readonly #find = (token: unknown): Binding => {
    this.#assertBuilt()
    const known = this.#requested.get(token)
    if (known) return known
    const graph = this.#graph
    if (isForeign(token)) throw foreign('Cannot get a service', token)
    const binding = graph.find(token)
    if (!binding) throw missing(token instanceof Marker ? token.token : token, issueContext(graph))
    if (binding.state !== 'linked') this.#verify([binding], [])
    // Markers and qualified tokens are often made for one call: they must not pile up.
    if (graph.key(token) === token) this.#requested.set(token, binding)
    return binding
  }

  #assertBuilt(): void {
    if (!this.#isBuilt) throw notBuilt()
    this.#root.assertReadable()
  }
}

/** Calls the factory of a binding inside a function. */
function surround(binding: Binding, around: NonNullable<BuildOptions['around']>): void {
  if (binding.kind !== 'factory') return
  const { scope } = binding
  const make = binding.make as (...services: unknown[]) => unknown
  binding.run = (...services: unknown[]) => around({ name: binding.name, scope }, () => make(...services))
}

/** Makes an empty container: `new Container(options)`. */
export const createContainer = (options?: ContainerOptions): Container => new Container(options)

/** Outside of the class, because the compiler renames a class that refers to itself: its name is shown to users. */
function containerToken(): typeof Container {
  return Container
}
