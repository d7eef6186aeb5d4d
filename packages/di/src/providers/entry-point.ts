/** Entry points: what a route or a task injects, declared to the container and opened for each request or task. */
import type { AnySeed, Inject, Outcome, SeedValues, Services } from './inject.ts'
import type { ShortScope } from './token.ts'

/** The declaration of an entry point. */
export interface PlanSpec<R extends Inject = Inject, S extends readonly AnySeed[] = readonly AnySeed[]> {
  /** The name in errors and graphs: `'GET /users/:id'`. */
  readonly name: string
  /** The injectables of the entry point. */
  readonly inject: R
  /** The scope that each opening is. Default: none, so that only singletons and transients can be injected. */
  readonly scope?: ShortScope
  /** The seeds that `open` takes, in this order. */
  readonly seeds?: S
}

/** A compiled entry point. */
export interface Plan<R extends Inject = Inject, S extends readonly AnySeed[] = readonly AnySeed[]> {
  /** The name in errors and graphs. */
  readonly name: string
  /** False if every opening has the same services: `open` then returns one shared constant. Known after `build`. */
  readonly scoped: boolean
  /**
   * True if one of the factories is an async function: `open` then returns a promise. If it is false, `open` returns a
   * promise only if a plain function does. Known after `build`.
   */
  readonly async: boolean
  /** Builds the singletons of the plan, also those behind lazy handles. After a failure it can be called again. */
  prepare(): Promise<void>
  /**
   * Returns the services of one request or task, synchronously if every factory is synchronous. Throws a
   * `ProviderFailedError` if a factory fails, after the services that were already built are disposed.
   */
  open(...seeds: SeedValues<S>): Opened<R> | Promise<Opened<R>>
}

/** The services of one opening of a plan. Disposable by `await using`. */
export interface Opened<R extends Inject = Inject> extends AsyncDisposable {
  /** The services, as a tuple or a record. */
  readonly values: Services<R>
  /** False if no service has to be settled or disposed. Both methods then do nothing. */
  readonly disposable: boolean
  /** Reports the outcome of the work to the services, once, latest built first. Call it before the result is sent. */
  settle(outcome: Outcome): void | Promise<void>
  /**
   * Settles the services that are not settled (as failed, unless an outcome is given) and disposes them, latest built
   * first. Returns a promise only if one of them does. Throws a `ServicesFailedError` after all have been tried.
   */
  dispose(outcome?: Outcome): void | Promise<void>
}
