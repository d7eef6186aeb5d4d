/** What opening an entry point gives: its services, and their end. */
import type { Binding } from './binding.ts'
import type { Inject, Services } from './inject.ts'
import { Lifetime } from './lifetime.ts'
import type { Outcome } from './provider.ts'

/** The services of one opening of a plan. */
export interface Opened<R extends Inject = Inject> {
  /** What the plan injects, as a tuple or a record. */
  readonly values: Services<R>
  /** False when nothing has to be settled or disposed: both calls are then empty. */
  readonly disposable: boolean
  /** Tells the services how the work ended, once, latest built first, before the result is handed out. */
  settle(outcome: Outcome): void | Promise<void>
  /**
   * Settles what is not settled (as failed, when no outcome is given) and disposes the services, latest built first.
   * Returns a promise only when one of them does. Throws an `AggregateError` after all have been tried.
   */
  dispose(outcome?: Outcome): void | Promise<void>
}

/** Nothing has an end. */
export class Free {
  readonly values: unknown
  constructor(values: unknown) {
    this.values = values
  }
  get disposable(): boolean {
    return false
  }
  settle(): void {}
  dispose(): void {}
}

/** Some services have an end. */
export class Owning extends Lifetime {
  readonly values: unknown
  constructor(values: unknown, owners: Binding[], owned: unknown[]) {
    super(owners, owned)
    this.values = values
  }
  get disposable(): boolean {
    return true
  }
}

/** The services live in a scope that is filled by need. */
export class Scoped {
  readonly values: unknown
  readonly #scope: Lifetime
  constructor(values: unknown, scope: Lifetime) {
    this.values = values
    this.#scope = scope
  }
  get disposable(): boolean {
    return true
  }
  settle(outcome: Outcome): void | Promise<void> {
    return this.#scope.settle(outcome)
  }
  dispose(outcome?: Outcome): void | Promise<void> {
    return this.#scope.dispose(outcome)
  }
}
