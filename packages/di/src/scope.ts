/** A request or task scope that is filled by need, opened by `container.createScope`. */
import { BITS, type Binding } from './binding.ts'
import { ScopeError } from './error.ts'
import { outside } from './fault.ts'
import type { Injectable, Injected } from './inject.ts'
import type { Outcome } from './provider.ts'
import { Store } from './store.ts'
import type { SeedValue, ShortScope } from './token.ts'

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

/** A scope in the making: which scope, and the values of its seeds. */
export class ScopeStore extends Store implements ServiceScope {
  readonly kind: ShortScope
  readonly #seeds = new Map<unknown, unknown>()
  readonly #find: (token: unknown) => Binding

  constructor(kind: ShortScope, seeds: readonly SeedValue[], root: Store, find: (token: unknown) => Binding) {
    super(`${kind} scope`, root)
    this.kind = kind
    this.#find = find
    for (const { seed, value } of seeds) {
      if (seed.scope !== kind) {
        throw new ScopeError(
          'DI_SCOPE',
          `${seed.name} belongs to a ${seed.scope} scope, this is a ${kind} scope.`,
          [seed.name],
        )
      }
      this.#seeds.set(seed, value)
    }
  }

  get<I extends Injectable>(token: I): Injected<I> {
    return this.now(this.#fitting(token)) as Injected<I>
  }

  async resolve<I extends Injectable>(token: I): Promise<Injected<I>> {
    return (await this.later(this.#fitting(token))) as Injected<I>
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose()
  }

  protected override seed(binding: Binding): unknown {
    return this.#seeds.has(binding.token) ? this.#seeds.get(binding.token) : super.seed(binding)
  }

  #fitting(token: unknown): Binding {
    const binding = this.#find(token)
    if (binding.needs & ~BITS[this.kind]) throw outside(binding, `a ${this.kind} scope`)
    return binding
  }
}
