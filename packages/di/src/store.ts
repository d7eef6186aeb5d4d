/** Building by need: what `get` and `resolve` of a container or a scope do. */
import { BITS, type Binding, UNSET } from './binding.ts'
import { AsyncProviderError, ContainerStateError, ProviderFailedError, ScopeError } from './errors.ts'
import { circular, noSeed, outside, pathsOf, unfit } from './graph-issues.ts'
import type { Injectable, Injected, Lazy } from './inject.ts'
import { isThenable, Lifetime } from './lifetime.ts'
import type { Outcome } from './provider.ts'
import { type Scope, Seed, type SeedValue, type ShortScope } from './token.ts'

/** One request or task: its services are built when they are asked for and end with it. */
export interface ServiceScope extends AsyncDisposable {
  /** Which kind of scope it is. */
  readonly kind: ShortScope
  /** The service of a token; throws when it has to be awaited. */
  get<I extends Injectable>(token: I): Injected<I>
  /** The service of a token, also one that is built asynchronously. */
  resolve<I extends Injectable>(token: I): Promise<Injected<I>>
  /** Tells the services how the work ended, once, latest built first. Call it before the result is handed out. */
  settle(outcome: Outcome): void | Promise<void>
  /**
   * Ends the scope: settles what is not settled (as failed, when no outcome is given) and disposes its services, latest
   * built first. Throws an `AggregateError` when some of them fail, after all have been tried.
   */
  dispose(outcome?: Outcome): void | Promise<void>
}

/** Stands for a service whose construction is under way. */
const BUILDING = Symbol()

/** A service that is on its way, because this binding is built asynchronously. */
export class Pending extends Promise<unknown> {
  declare binding?: Binding

  static of(promise: PromiseLike<unknown>, binding: Binding): Pending {
    const pending = Pending.resolve(promise) as Pending
    pending.binding = binding
    return pending
  }
}

/** A service cannot be had: on the way out it becomes an error with the path from what was asked for. */
export class Failure {
  declare readonly binding: Binding
  declare readonly cause: unknown
  constructor(binding: Binding, cause: unknown) {
    this.binding = binding
    this.cause = cause
  }
}

/** The services of one lifetime: those that are built, and how to build the others. */
export class Store extends Lifetime {
  declare readonly kind: Scope
  readonly #find: (token: unknown) => Binding
  /** The store of the singletons. */
  readonly #root: Store
  /** Seeds by their token, what is built by its binding, and a transient that is on its way by itself. */
  readonly #memo = new Map<unknown, unknown>()

  constructor(
    kind: Scope,
    find: (token: unknown) => Binding,
    root?: Store,
    seeds: readonly SeedValue[] = [],
  ) {
    super()
    this.kind = kind
    this.#find = find
    this.#root = root ?? this
    for (const given of seeds) {
      if (!(given?.seed instanceof Seed))
        throw unfit('seeds', `a ${kind} scope`, given, 'a list of seed.of(…)')
      const { seed, value } = given
      const { name, scope } = seed
      if (scope !== kind)
        throw new ScopeError('DI_SCOPE', `${name} belongs to a ${scope} scope, this is a ${kind} scope.`, [
          name,
        ])
      this.#memo.set(seed, value)
    }
  }

  /** Throws when the lifetime is over. */
  alive(): void {
    if (this.ended) throw new ContainerStateError('DI_DISPOSED', `The ${this.#what} is disposed.`)
  }

  get<I extends Injectable>(token: I): Injected<I> {
    const [store, binding] = this.#locate(token)
    return store.now(binding) as Injected<I>
  }

  async resolve<I extends Injectable>(token: I): Promise<Injected<I>> {
    const [store, binding] = this.#locate(token)
    return (await store.later(binding)) as Injected<I>
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose()
  }

  /** The service, now. `from` is the entry point on whose behalf it is asked for. */
  now(binding: Binding, from = binding): unknown {
    this.alive()
    try {
      return this.obtain(binding, false)
    } catch (error) {
      throw failed(error, from)
    }
  }

  /** The service, when it is there. */
  async later(binding: Binding, from = binding): Promise<unknown> {
    this.alive()
    try {
      return await this.obtain(binding, true)
    } catch (error) {
      throw failed(error, from)
    }
  }

  /** The service, or `Pending` for one to `wait` for. */
  obtain(binding: Binding, wait: boolean): unknown {
    const { kind, scope, instance } = binding
    if (instance !== UNSET) return instance
    if (kind === 'lazy') return handle(this, binding.reach[0]!)
    const store = scope === 'singleton' ? this.#root : this
    const memo = store.#memo
    if (kind === 'seed') {
      if (!memo.has(binding.token) && !binding.make) throw noSeed([binding])
      return memo.get(binding.token)
    }
    let known = memo.get(binding)
    if (known === BUILDING) throw circular([binding, binding])
    if (known === undefined && !memo.has(binding)) {
      const key = scope === 'transient' || kind === 'entry' ? {} : binding
      const done = (service: unknown): void => {
        if (key !== binding) memo.delete(key)
        else memo.set(key, service)
        if (scope === 'singleton') binding.instance = service
      }
      // Whoever asks in the meantime gets the same promise; what failed is forgotten, so that it can be retried.
      const undo = (): unknown => memo.delete(key)
      memo.set(key, BUILDING)
      try {
        known = store.#build(binding, [], wait)
      } catch (error) {
        undo()
        throw error
      }
      if (known instanceof Pending) {
        memo.set(key, known)
        known.then(done, undo)
      } else {
        done(known)
      }
    }
    if (known instanceof Pending && !wait) throw new Failure(known.binding!, known)
    return known
  }

  /** Construction that is under way ends before anything is disposed: what it builds must be disposed too. */
  protected override drain(): unknown {
    const busy = [...this.#memo.values()].filter((known) => known instanceof Pending)
    return busy.length && Promise.allSettled(busy)
  }

  protected override forget(): void {
    super.forget()
    this.#memo.clear()
  }

  #build(binding: Binding, services: unknown[], wait: boolean): unknown {
    const { edges } = binding
    while (services.length < edges.length) {
      const service = this.obtain(edges[services.length]!, wait)
      const add = (service: unknown): unknown => this.#build(binding, [...services, service], wait)
      if (service instanceof Pending) return Pending.of(service.then(add), service.binding!)
      services.push(service)
    }
    this.alive()
    const fail = (cause: unknown): never => {
      throw new Failure(binding, cause)
    }
    const own = (service: unknown): unknown => {
      this.adopt(binding, service, services)
      return service
    }
    let built: unknown
    try {
      built = call(binding, services)
    } catch (error) {
      fail(error)
    }
    return binding.kind === 'factory' && isThenable(built)
      ? Pending.of(Pending.resolve(built).then(own, fail), binding)
      : own(built)
  }

  get #what(): string {
    return BITS[this.kind] ? `${this.kind} scope` : this.kind === 'singleton' ? 'container' : 'opening'
  }

  /** The binding of anything that can be injected, and the store that its service goes to. */
  #locate(token: unknown): [Store, Binding] {
    const { kind } = this
    const binding = this.#find(token)
    if (binding.needs & ~BITS[kind])
      throw outside(binding, kind === 'singleton' ? 'the container' : `a ${kind} scope`)
    // A transient that is asked for by hand belongs to the caller: kept by the container, it would be kept for ever.
    const loose = kind === 'singleton' && binding.scope === 'transient'
    return [loose ? new Store(kind, this.#find, this) : this, binding]
  }
}

/** The service behind `lazy(…)`. */
function handle(store: Store, binding: Binding): Lazy<unknown> {
  let service: unknown = UNSET
  return {
    get value() {
      store.alive()
      if (service === UNSET) service = store.now(binding)
      return service
    },
  }
}

/** Calls the constructor or factory with its services; of an entry point or a list they are the service. */
export function call({ kind, keys, make }: Binding, services: readonly unknown[]): unknown {
  // biome-ignore lint/suspicious/noExplicitAny: what a provider takes was checked where it was written
  const maker = make as any
  const args = keys ? [Object.fromEntries(keys.map((key, i) => [key, services[i]]))] : services
  return kind === 'class' ? new maker(...args) : kind === 'factory' ? maker(...args) : keys ? args[0] : args
}

/** The error for a failure on the way from what was asked for. */
export function failed(error: unknown, from: Binding): unknown {
  if (!(error instanceof Failure)) return error
  const { binding, cause } = error
  const path = pathsOf([from])(binding)
  return cause instanceof Pending
    ? new AsyncProviderError(
        'DI_ASYNC_PROVIDER',
        `${binding.name} is built asynchronously and is not there yet.`,
        path,
        'Await resolve(…), or prepare() of the plan, before.',
      )
    : new ProviderFailedError(
        'DI_PROVIDER_FAILED',
        `${binding.name} could not be built: ${cause}`,
        path,
        '',
        { cause },
      )
}
