/** Stores: the services of a container or a scope, built when they are requested. */

import { ContainerStateError, InvalidProviderError, ScopeError } from '../errors.ts'
import { type Binding, fitsScope, label, UNSET } from '../graph/binding.ts'
import { circular, missingSeed, outsideScope } from '../graph/graph-issues.ts'
import { foreign, invalidArgument, isForeign } from '../providers/arguments.ts'
import type { Deferred, Injectable, Injected, Lazy } from '../providers/inject.ts'
import { isAsyncFunction } from '../providers/provider.ts'
import { type Scope, Seed, type SeedValue } from '../providers/token.ts'
import { ASYNC, BuildFailure, call, failed, Pending } from './construction.ts'
import { Lifetime } from './lifetime.ts'
import type { Lifetimes, OpenCount } from './lifetimes.ts'
import { isThenable } from './run-steps.ts'
import { CurrentScope } from './service-scope.ts'

/** Stands for a service that is being built. */
const BUILDING = Symbol('building')

/** The services of one lifetime, and the way to build those that are missing. */
export class Store extends Lifetime {
  readonly kind: Scope
  readonly #find: (token: unknown) => Binding
  readonly #root: Store
  /** Seeds by their token, services by their binding, and transients that are being built by a separate key. */
  readonly #memo = new Map<unknown, unknown>()

  constructor(
    kind: Scope,
    find: (token: unknown) => Binding,
    parent: { readonly lifetimes: Lifetimes; readonly open: OpenCount; readonly root?: Store },
    seeds: readonly SeedValue[] = [],
  ) {
    super(parent.lifetimes, parent.open)
    this.kind = kind
    this.#find = find
    this.#root = parent.root ?? this
    if (fitsScope('work', kind)) this.#memo.set(CurrentScope, this)
    for (const given of seeds) {
      checkSeedValue(given, kind)
      this.#memo.set(given.seed, given.value)
    }
  }

  /** Throws if nothing can be built any more. */
  assertOpen(): void {
    if (this.phase !== 'open') throw this.#disposed()
  }

  /** Throws if nothing can be read any more. While a scope ends, its services can read those that are built. */
  assertReadable(): void {
    if (this.phase === 'ended') throw this.#disposed()
  }

  get<I extends Injectable>(token: I): Injected<I> {
    const [store, binding] = this.#locate(token)
    const service = store.now(binding) as Injected<I>
    if (store !== this) store.#refuseOrphans(binding)
    return service
  }

  async resolve<I extends Injectable>(token: I): Promise<Injected<I>> {
    const [store, binding] = this.#locate(token)
    const service = (await store.later(binding)) as Injected<I>
    if (store !== this) store.#refuseOrphans(binding)
    return service
  }

  /** Returns a service synchronously. `from` is the entry point that needs it. */
  now(binding: Binding, from = binding): unknown {
    try {
      return this.obtain(binding, false)
    } catch (error) {
      throw failed(error, from)
    }
  }

  /** Resolves to a service. */
  async later(binding: Binding, from = binding): Promise<unknown> {
    try {
      const service = this.obtain(binding, true)
      if (!(service instanceof Pending)) return service
      service.isAwaited = true
      await service.promise
      return service.service
    } catch (error) {
      throw failed(error, from)
    }
  }

  /** Returns a service, or a `Pending` if it has to be awaited and the caller waits. */
  obtain(binding: Binding, wait: boolean): unknown {
    const { kind, scope, instance } = binding
    if (instance !== UNSET) return instance
    if (kind === 'lazy' || kind === 'deferred') return lazyHandle(this, binding.dependencies[0]!)
    const store = scope === 'singleton' ? this.#root : this
    const memo = store.#memo
    if (kind === 'seed') {
      store.assertReadable()
      if (!memo.has(binding.token) && !binding.optional) throw missingSeed([binding])
      return memo.get(binding.token)
    }
    const known = memo.get(binding)
    if (known === BUILDING) throw circular([binding, binding])
    if (known instanceof Pending && !wait) throw new BuildFailure(known.binding, ASYNC)
    if (known !== undefined || memo.has(binding)) return known
    store.assertOpen()
    return store.#memoize(binding, wait)
  }

  #memoize(binding: Binding, wait: boolean): unknown {
    const memo = this.#memo
    const key = binding.scope === 'transient' || binding.kind === 'entry' ? {} : binding
    const keep = (service: unknown): void => {
      if (key !== binding) memo.delete(key)
      else memo.set(key, service)
      if (binding.scope === 'singleton') binding.instance = service
    }
    memo.set(key, BUILDING)
    let built: unknown
    try {
      built = this.#build(binding, wait)
    } catch (error) {
      // A failure is not remembered, so that the next call tries again.
      memo.delete(key)
      throw error
    }
    if (!(built instanceof Pending)) {
      keep(built)
      return built
    }
    // Every caller in the meantime receives the same promise.
    memo.set(key, built)
    built.promise.then(
      () => keep(built.service),
      (error) => {
        memo.delete(key)
        // An error that reaches no caller must not be lost: it becomes an unhandled rejection.
        if (!built.isAwaited) throw failed(error, binding)
      },
    )
    if (!wait) throw new BuildFailure(built.binding, ASYNC)
    built.isAwaited = true
    return built
  }

  /** Construction that has begun ends before anything is disposed: its services have to be disposed as well. */
  protected override drain(): unknown {
    const pending = [...this.#memo.values()].filter((known) => known instanceof Pending)
    return pending.length && Promise.allSettled(pending.map(({ promise }) => promise))
  }

  protected override forget(): void {
    super.forget()
    this.#memo.clear()
  }

  /** Builds a service after its dependencies. Those that are built asynchronously are built side by side. */
  #build(binding: Binding, wait: boolean): unknown {
    const services = binding.edges.map((edge) => this.obtain(edge, wait))
    const pending = services.filter((service) => service instanceof Pending)
    if (!pending.length) return this.#construct(binding, services, wait)
    const ready = async (): Promise<unknown> => {
      await Promise.all(pending.map(({ promise }) => promise))
      const resolved = services.map((service) => (service instanceof Pending ? service.service : service))
      const built = this.#construct(binding, resolved, true)
      if (!(built instanceof Pending)) return built
      await built.promise
      return built.service
    }
    for (const part of pending) part.isAwaited = true
    return new Pending(pending[0]!.binding, ready())
  }

  /** Calls the constructor or factory. */
  #construct(binding: Binding, services: readonly unknown[], wait: boolean): unknown {
    this.assertOpen()
    const isFactory = binding.kind === 'factory'
    if (!wait && isFactory && isAsyncFunction(binding.make)) throw new BuildFailure(binding, ASYNC)
    const own = (service: unknown): unknown => {
      this.adopt(binding, service, services)
      return service
    }
    const fail = (cause: unknown): never => {
      throw new BuildFailure(binding, cause)
    }
    let built: unknown
    try {
      built = call(binding, services)
    } catch (error) {
      fail(error)
    }
    return isFactory && isThenable(built)
      ? new Pending(binding, Promise.resolve(built).then(own, fail))
      : own(built)
  }

  #disposed(): ContainerStateError {
    const what = fitsScope('work', this.kind)
      ? `${this.kind} scope`
      : this.kind === 'singleton'
        ? 'container'
        : 'opening'
    const ends = this.phase === 'ending' ? 'it is being disposed' : 'it is disposed'
    return new ContainerStateError(
      'MYFY_DI_DISPOSED',
      `Cannot use the ${what}: ${ends}. Request services before it ends.`,
    )
  }

  /** Returns the binding of an injectable, and the store that its service belongs to. */
  #locate(token: unknown): [Store, Binding] {
    const { kind } = this
    this.assertReadable()
    const binding = this.#find(token)
    if (binding.bound === 'conflict' || !fitsScope(binding.bound, kind))
      throw outsideScope(binding, kind === 'singleton' ? 'the container' : `a ${kind} scope`)
    // The container would keep a transient until it ends: one that is requested directly belongs to the caller.
    const isLoose = kind === 'singleton' && binding.scope === 'transient'
    if (!isLoose) return [this, binding]
    const { lifetimes } = this
    return [new Store(kind, this.#find, { lifetimes, open: lifetimes.detached, root: this }), binding]
  }

  /** Refuses a loose transient that is built from others to dispose: the caller has no access to those. */
  #refuseOrphans(binding: Binding): void {
    const orphans = this.owned.filter((owned) => owned.binding !== binding)
    if (!orphans.length) return
    const names = orphans.map(({ binding }) => binding.name)
    this.owned = orphans
    void Promise.resolve(this.dispose({ ok: true })).catch(() => {})
    throw new InvalidProviderError(
      'MYFY_DI_INVALID_PROVIDER',
      `Cannot get ${binding.name} from the container: nothing would dispose ${names.join(', ')}, which it is built from.`,
      [label(binding), ...names],
      "Get it from container.createScope('request'), or inject it into a service.",
    )
  }
}

function checkSeedValue(given: SeedValue, kind: Scope): void {
  if (isForeign(given?.seed)) throw foreign(`Cannot open a ${kind} scope`, given.seed)
  if (!(given?.seed instanceof Seed))
    throw invalidArgument('seeds', `a ${kind} scope`, given, 'a list of seed.of(…)')
  const { name, scope } = given.seed
  if (!fitsScope(scope, kind))
    throw new ScopeError(
      'MYFY_DI_SCOPE',
      `Cannot open a ${kind} scope: ${name} is a seed of ${scope} scopes.`,
      [name],
      `Open a ${scope} scope, or leave out the seed.`,
    )
}

/** Returns the handle of `lazy(…)`. */
function lazyHandle(store: Store, binding: Binding): Lazy<unknown> & Deferred<unknown> {
  let service: unknown = UNSET
  return {
    get value() {
      store.assertReadable()
      if (service === UNSET) service = store.now(binding)
      return service
    },
    async resolve() {
      store.assertReadable()
      if (service === UNSET) service = await store.later(binding)
      return service
    },
  }
}
