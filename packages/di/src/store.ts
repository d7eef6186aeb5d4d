/** Building by need: what `get` and `resolve` of a container or a scope do. */
import { type Binding, UNSET } from './binding.ts'
import { AsyncProviderError, ContainerStateError, ProviderFailedError } from './error.ts'
import { circular, noSeed, pathsOf } from './fault.ts'
import type { Lazy } from './inject.ts'
import { hasEnd, isThenable, kept, Lifetime } from './lifetime.ts'

/** Stands for a service whose construction is under way. */
const BUILDING = Symbol()

/** A service that is on its way. */
class Pending {
  readonly promise: Promise<unknown>
  constructor(promise: Promise<unknown>) {
    this.promise = promise
    // Whoever waits for it gets the rejection; nobody has to wait.
    promise.catch(() => {})
  }
}

/** A service cannot be had: on the way out it becomes an error with the path from what was asked for. */
export class Failure {
  readonly binding: Binding
  readonly cause: unknown
  constructor(binding: Binding, cause: unknown) {
    this.binding = binding
    this.cause = cause
  }
}

/** The services of one lifetime: those that are built, and how to build the others. */
export class Store extends Lifetime {
  readonly #what: string
  /** The store of the singletons. */
  readonly #root: Store
  readonly #memo = new Map<Binding, unknown>()
  readonly #underWay = new Set<Promise<unknown>>()
  override owners: Binding[] = []
  override owned: unknown[] = []

  constructor(what: string, root?: Store) {
    super([], [])
    this.#what = what
    this.#root = root ?? this
  }

  /** Throws when the lifetime is over. */
  alive(): void {
    if (this.ended) throw new ContainerStateError('DI_DISPOSED', `The ${this.#what} is disposed.`)
  }

  /** The service, now. `from` is the entry point on whose behalf it is asked for. */
  now(binding: Binding, from = binding): unknown {
    this.alive()
    try {
      return this.#obtain(binding)
    } catch (error) {
      throw failed(error, from)
    }
  }

  /** The service, when it is there. */
  async later(binding: Binding, from = binding): Promise<unknown> {
    this.alive()
    try {
      return await this.#await(binding)
    } catch (error) {
      throw failed(error, from)
    }
  }

  /** Takes a value that it has to dispose although it did not build it. */
  adopt(binding: Binding, service: unknown): void {
    this.owners.push(binding)
    this.owned.push(service)
  }

  /** The value of a seed. */
  protected seed(binding: Binding): unknown {
    if (binding.make) return undefined
    throw noSeed([binding])
  }

  /** Construction that is under way ends before anything is disposed: what it builds must be disposed too. */
  protected override drain(): Promise<unknown> | undefined {
    return this.#underWay.size ? Promise.allSettled(this.#underWay) : undefined
  }

  protected override forget(): void {
    super.forget()
    for (const binding of this.#memo.keys()) if (binding.scope === 'singleton') binding.instance = UNSET
    this.#memo.clear()
  }

  /** What is there without building: the service, a `Pending`, or `UNSET`. */
  #known(binding: Binding): unknown {
    if (binding.instance !== UNSET) return binding.instance
    if (binding.kind === 'lazy') return new Handle(this, binding.make as Binding)
    if (binding.kind === 'seed') return this.seed(binding)
    const known = this.#memo.get(binding)
    if (known === BUILDING) throw circular([binding, binding])
    return known !== undefined || this.#memo.has(binding) ? known : UNSET
  }

  #home({ scope }: Binding): Store {
    return scope === 'singleton' ? this.#root : this
  }

  #obtain(binding: Binding): unknown {
    const store = this.#home(binding)
    if (store !== this) return store.#obtain(binding)
    const known = this.#known(binding)
    if (known instanceof Pending) throw new Failure(binding, known)
    if (known !== UNSET) return known
    this.#keep(binding, BUILDING)
    try {
      const services = binding.edges.map((edge) => this.#obtain(edge))
      const built = this.#call(binding, services)
      if (binding.kind !== 'factory' || !isThenable(built)) return this.#own(binding, built, services)
      throw new Failure(binding, this.#pend(binding, this.#finish(binding, built, services)))
    } catch (error) {
      if (!(error instanceof Failure && error.binding === binding && error.cause instanceof Pending))
        this.#memo.delete(binding)
      throw error
    }
  }

  #await(binding: Binding): unknown {
    const store = this.#home(binding)
    if (store !== this) return store.#await(binding)
    const known = this.#known(binding)
    if (known === UNSET) return this.#pend(binding, this.#build(binding)).promise
    return known instanceof Pending ? known.promise : known
  }

  async #build(binding: Binding): Promise<unknown> {
    const services: unknown[] = []
    for (const edge of binding.edges) services.push(await this.#await(edge))
    return this.#finish(binding, this.#call(binding, services), services)
  }

  async #finish(binding: Binding, built: unknown, services: unknown[]): Promise<unknown> {
    try {
      built = await built
    } catch (error) {
      throw new Failure(binding, error)
    }
    return this.#own(binding, built, services)
  }

  /** Whoever asks in the meantime gets the same promise; a failed one is forgotten, so that it can be retried. */
  #pend(binding: Binding, promise: Promise<unknown>): Pending {
    const pending = new Pending(promise)
    this.#underWay.add(promise)
    this.#keep(binding, pending)
    const done = (): void => {
      this.#underWay.delete(promise)
      if (this.#memo.get(binding) === pending) this.#memo.delete(binding)
    }
    promise.then(done, done)
    return pending
  }

  #call(binding: Binding, services: unknown[]): unknown {
    this.alive()
    try {
      return call(binding, services)
    } catch (error) {
      throw new Failure(binding, error)
    }
  }

  #own(binding: Binding, service: unknown, services: unknown[]): unknown {
    if (hasEnd(binding, service)) this.adopt(binding, kept(binding, service, services))
    this.#keep(binding, service)
    if (binding.scope === 'singleton') binding.instance = service
    return service
  }

  #keep(binding: Binding, service: unknown): void {
    if (binding.scope !== 'transient' && binding.kind !== 'entry') this.#memo.set(binding, service)
  }
}

/** The service behind `lazy(…)`. */
class Handle implements Lazy<unknown> {
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
