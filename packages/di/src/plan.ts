/** Entry points: what a route or a task injects, validated and compiled when the container is built. */
import { BITS, type Binding } from './binding.ts'
import { AsyncProviderError, ContainerStateError } from './error.ts'
import type { Fault } from './fault.ts'
import type { Inject, SeedValues, Services } from './inject.ts'
import { type Open, Program } from './program.ts'
import type { Outcome } from './provider.ts'
import { type Recipe, recipeOf } from './recipe.ts'
import { abandon, type Store } from './store.ts'
import type { Seed, ShortScope } from './token.ts'

/** What an entry point is called, injects, and is given. */
export interface PlanSpec<
  R extends Inject = Inject,
  S extends readonly Seed<unknown>[] = readonly Seed<unknown>[],
> {
  /** How it is called in errors and graphs: `'GET /users/:id'`. */
  readonly name: string
  /** What it injects. */
  readonly inject: R
  /** The scope that each opening is. Default: none, only singletons and transients can be injected. */
  readonly scope?: ShortScope
  /** The seeds that `open` is given, in this order. */
  readonly seeds?: S
}

/** A compiled entry point. */
// biome-ignore lint/suspicious/noExplicitAny: a plan whose seeds are not known takes any
export interface Plan<R extends Inject = Inject, S extends readonly Seed<any>[] = readonly Seed<any>[]> {
  /** How it is called in errors and graphs. */
  readonly name: string
  /** False when every opening gives the same services: `open` then returns one shared constant. Known from `build` on. */
  readonly scoped: boolean
  /**
   * True when a factory on the way is an async function: `open` then returns a promise. With false it returns one only
   * when a plain function gives a promise. Known from `build` on.
   */
  readonly async: boolean
  /** Builds the singletons it needs, once; after a failure it can be called again. */
  prepare(): Promise<void>
  /**
   * The services for one piece of work. What is synchronous is returned at once. A factory that fails throws a
   * `ProviderFailedError`, after what was already built is disposed.
   */
  open(...seeds: SeedValues<S>): Opened<R> | Promise<Opened<R>>
}

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

/** A plan from its declaration to its end. */
export class EntryPlan {
  readonly name: string
  readonly entry: Binding
  scoped = false
  async = false
  open: Open = (...given) => this.#first(given)
  readonly #seeds: readonly Binding[]
  readonly #root: Store
  readonly #scope: (given: readonly unknown[]) => Store
  #recipe: Recipe | undefined
  #program: Program | undefined
  #preparing: Promise<void> | undefined

  constructor(
    entry: Binding,
    seeds: readonly Binding[],
    root: Store,
    scope: (given: readonly unknown[]) => Store,
  ) {
    this.name = entry.name
    this.entry = entry
    this.#seeds = seeds
    this.#root = root
    this.#scope = scope
  }

  /** Works out the straight line; the seeds it lacks are faults. */
  analyse(): readonly Fault[] {
    const { cells, results, byNeed, faults } = recipeOf(this.entry, this.#seeds)
    this.#recipe = { cells, results, byNeed, faults }
    this.scoped = byNeed || results.some((i) => i < this.#seeds.length) || cells.some(({ args }) => args)
    this.async = cells.some(
      ({ binding, args }) =>
        args && Object.prototype.toString.call(binding.make) === '[object AsyncFunction]',
    )
    return faults
  }

  /** Makes the straight line a function. */
  compile(generate: boolean): void {
    this.#program = new Program(this.entry, this.#recipe!, this.#seeds.length, generate)
  }

  prepare(): Promise<void> {
    this.#preparing ??= this.#prepare().catch((error) => {
      this.#preparing = undefined
      throw error
    })
    return this.#preparing
  }

  /** From now on it refuses to open. */
  close(): void {
    this.open = () => this.#root.alive()
  }

  async #prepare(): Promise<void> {
    const frame: unknown[] = []
    for (const binding of this.#constants())
      frame.push(binding && (await this.#root.later(binding, this.entry)))
    this.#root.alive()
    this.#start(frame)
  }

  /** The first opening, when nobody has prepared the plan. */
  #first(given: readonly unknown[]): unknown {
    this.#start(this.#constants().map((binding) => binding && this.#root.now(binding, this.entry)))
    return this.open(...given)
  }

  /** For each place of the frame the binding that is the same for every opening, if it is. */
  #constants(): (Binding | undefined)[] {
    if (!this.#program) throw notBuilt()
    this.#root.alive()
    const { cells, byNeed } = this.#recipe!
    return cells.map(({ binding, args }, i) =>
      args ||
      i < this.#seeds.length ||
      (byNeed && BITS[binding.scope] + Number(binding.scope === 'transient'))
        ? undefined
        : binding,
    )
  }

  #start(frame: readonly unknown[]): void {
    const open = this.#recipe!.byNeed
      ? (...given: unknown[]) => this.#byNeed(given)
      : this.#program!.start(frame)
    const constant = this.scoped ? undefined : open()
    this.open = constant ? () => constant : open
  }

  /** The way with handles to what is short-lived: a scope that builds on demand. */
  #byNeed(given: readonly unknown[]): unknown {
    const scope = this.#scope(given)
    const opened = (values: unknown): Store => {
      scope.values = values
      return scope
    }
    const undo = (error: unknown): unknown => abandon(scope, error)
    if (this.async) return scope.later(this.entry).then(opened, undo)
    try {
      return opened(scope.now(this.entry))
    } catch (error) {
      return error instanceof AsyncProviderError ? scope.later(this.entry).then(opened, undo) : undo(error)
    }
  }
}

/** A use of what exists only after `build`. */
export const notBuilt = (): ContainerStateError =>
  new ContainerStateError('DI_NOT_BUILT', 'The container is not built: call build() first.')
