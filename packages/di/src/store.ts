/** Building by need: what `get` and `resolve` of a container or a scope do. */
import { type Binding, isTransient, label, UNSET } from './binding.ts'
import { AsyncProviderError, ContainerStateError, DependencyError, ProviderFailedError } from './error.ts'
import { circular, noSeed, routeTo } from './fault.ts'
import type { Lazy } from './inject.ts'
import { disposable, isThenable, Lifetime } from './lifetime.ts'

/** A service that is on its way. */
export class Pending {
  readonly promise: Promise<unknown>
  constructor(promise: Promise<unknown>) {
    this.promise = promise
    // Whoever waits for it gets the rejection; nobody has to wait.
    promise.catch(() => {})
  }
}

/** A factory or constructor threw: on the way out it becomes an error with the path from what was asked for. */
export class Failure {
  readonly binding: Binding
  readonly cause: unknown
  constructor(binding: Binding, cause: unknown) {
    this.binding = binding
    this.cause = cause
  }
}

/** Stands for a service whose construction is under way. */
const BUILDING = Symbol('building')

/** The services of one lifetime: those that are built, and how to build the others. */
export class Store extends Lifetime {
  /** The store of the singletons. */
  protected readonly root: Store
  readonly #what: string
  readonly #memo = new Map<Binding, unknown>()
  readonly #underWay = new Set<Promise<unknown>>()

  constructor(what: string, root?: Store) {
    super([], [])
    this.#what = what
    this.root = root ?? this
  }

  /** Throws when the lifetime is over. */
  alive(): void {
    if (this.ended)
      throw new ContainerStateError(
        'DI_DISPOSED',
        `The ${this.#what} is disposed: it gives out nothing any more.`,
      )
  }

  /** The service of a binding, now. */
  now(binding: Binding): unknown {
    this.alive()
    let value: unknown
    try {
      value = this.obtain(binding)
    } catch (error) {
      throw failed(error, [binding])
    }
    if (value instanceof Pending) throw notReady(binding)
    return value
  }

  /** The service of a binding, when it is there. */
  async later(binding: Binding): Promise<unknown> {
    this.alive()
    try {
      const value = this.obtain(binding)
      return value instanceof Pending ? await value.promise : value
    } catch (error) {
      throw failed(error, [binding])
    }
  }

  /** The service of a binding, or a `Pending`; throws a `Failure`. */
  obtain(binding: Binding): unknown {
    if (binding.instance !== UNSET) return binding.instance
    if (binding.kind === 'lazy') return new Handle(this, binding.make as Binding)
    if (binding.kind === 'seed') return this.seed(binding)
    if (isTransient(binding) || binding.kind === 'entry') return this.#construct(binding)
    return (binding.scope === 'singleton' ? this.root : this).#once(binding)
  }

  /** The value of a seed. */
  protected seed(binding: Binding): unknown {
    if (binding.make) return undefined
    throw noSeed([binding])
  }

  /** In-flight construction ends before anything is disposed: what it builds must be disposed too. */
  protected override drain(): Promise<unknown> | undefined {
    return this.#underWay.size ? Promise.allSettled(this.#underWay) : undefined
  }

  protected override forget(): void {
    super.forget()
    for (const binding of this.#memo.keys()) if (binding.scope === 'singleton') binding.instance = UNSET
    this.#memo.clear()
  }

  #once(binding: Binding): unknown {
    const memo = this.#memo
    const known = memo.get(binding)
    if (known === BUILDING) throw circular([binding, binding])
    if (known !== undefined || memo.has(binding)) return known
    this.alive()
    memo.set(binding, BUILDING)
    try {
      const value = this.#construct(binding)
      this.#keep(binding, value)
      if (value instanceof Pending) {
        value.promise.then(
          (instance) => this.#keep(binding, instance),
          () => memo.delete(binding),
        )
      }
      return value
    } catch (error) {
      memo.delete(binding)
      throw error
    }
  }

  #keep(binding: Binding, value: unknown): void {
    this.#memo.set(binding, value)
    if (binding.scope === 'singleton' && !(value instanceof Pending)) binding.instance = value
  }

  #construct(binding: Binding): unknown {
    const { edges } = binding
    const services = new Array<unknown>(edges.length)
    for (let i = 0; i < edges.length; i++) {
      const service = this.obtain(edges[i]!)
      if (service instanceof Pending) return this.#await(this.#constructLater(binding, services, i, service))
      services[i] = service
    }
    return this.#finish(binding, services)
  }

  async #constructLater(
    binding: Binding,
    services: unknown[],
    from: number,
    first: Pending,
  ): Promise<unknown> {
    services[from] = await first.promise
    for (let i = from + 1; i < services.length; i++) {
      const service = this.obtain(binding.edges[i]!)
      services[i] = service instanceof Pending ? await service.promise : service
    }
    const built = this.#finish(binding, services)
    return built instanceof Pending ? built.promise : built
  }

  #finish(binding: Binding, services: unknown[]): unknown {
    let built: unknown
    try {
      built = invoke(binding, services)
    } catch (error) {
      throw new Failure(binding, error)
    }
    if (binding.kind !== 'factory' || !isThenable(built)) return this.#own(binding, built, services)
    return this.#await(
      Promise.resolve(built).then(
        (instance) => this.#own(binding, instance, services),
        (error) => {
          throw new Failure(binding, error)
        },
      ),
    )
  }

  #await(promise: Promise<unknown>): Pending {
    const pending = new Pending(promise)
    const done = (): void => void this.#underWay.delete(promise)
    this.#underWay.add(promise)
    promise.then(done, done)
    return pending
  }

  /** Takes a value that it has to dispose although it did not build it. */
  adopt(binding: Binding): void {
    if (!binding.dispose) return
    this.owners.push(binding)
    this.owned.push(binding.instance)
  }

  #own(binding: Binding, instance: unknown, services: unknown[]): unknown {
    if (
      binding.dispose ||
      binding.settle ||
      (binding.dispose !== false && disposable(binding, instance) && !services.includes(instance))
    ) {
      this.owners.push(binding)
      this.owned.push(instance)
    }
    return instance
  }
}

/** The service behind `lazy(…)`. */
export class Handle implements Lazy<unknown> {
  readonly #store: Store
  readonly #binding: Binding
  #service: unknown = UNSET

  constructor(store: Store, binding: Binding) {
    this.#store = store
    this.#binding = binding
  }

  get value(): unknown {
    this.#store.alive()
    if (this.#service === UNSET) this.#service = this.#store.now(this.#binding)
    return this.#service
  }
}

/** Calls the constructor or factory. */
export function invoke(binding: Binding, services: unknown[]): unknown {
  const { keys } = binding
  const args = keys ? [record(keys, services)] : services
  // biome-ignore lint/suspicious/noExplicitAny: what a provider takes was checked where it was written
  const make = binding.make as any
  return binding.kind === 'class'
    ? new make(...args)
    : binding.kind === 'entry'
      ? keys
        ? args[0]
        : args
      : make(...args)
}

/** The services by their names; own properties only, whatever the names are. */
export const record = (keys: readonly string[], services: readonly unknown[]): Record<string, unknown> =>
  Object.fromEntries(keys.map((key, i) => [key, services[i]]))

/** The error for what was thrown on the way of `route`, which begins with what was asked for. */
export function failed(error: unknown, route: readonly Binding[]): unknown {
  if (!(error instanceof Failure)) return error
  const { binding, cause } = error
  const path = [...route.slice(0, -1), ...routeTo(route[route.length - 1]!, binding)].map(label)
  return new ProviderFailedError(
    'DI_PROVIDER_FAILED',
    `${binding.name} could not be built: ${cause instanceof DependencyError ? cause.name : String(cause)}`,
    path,
    '',
    { cause },
  )
}

/** A synchronous use of what is not there yet. */
export const notReady = (binding: Binding): AsyncProviderError =>
  new AsyncProviderError(
    'DI_ASYNC_PROVIDER',
    `${binding.name} is built asynchronously and is not there yet.`,
    [label(binding)],
    'Use `await resolve(…)` (or `await plan.prepare()`) once; afterwards it is there at once.',
  )

/** Ends what a failed opening has built so far; then the failure goes out, as a rejection if the end takes time. */
export function abandon(lifetime: Lifetime, error: unknown): Promise<never> {
  const out = (suppressed?: unknown): never => {
    if (suppressed && error instanceof ProviderFailedError) error.suppressed = suppressed
    throw error
  }
  try {
    const ending = lifetime.dispose({ ok: false, error })
    if (ending) return ending.then(() => out(), out)
  } catch (suppressed) {
    out(suppressed)
  }
  return out()
}

/** A use of what exists only after `build`. */
export const notBuilt = (): ContainerStateError =>
  new ContainerStateError(
    'DI_NOT_BUILT',
    'The container gives nothing out before it is built: call container.build() first.',
  )
