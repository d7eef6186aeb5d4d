/** Entry points: what a route or a task injects, validated and compiled when the container is built. */
import type { Binding } from './binding.ts'
import type { Fault } from './fault.ts'
import type { Inject, SeedValues } from './inject.ts'
import { type Opened, Scoped } from './opened.ts'
import { type Open, Program } from './program.ts'
import { Recipe } from './recipe.ts'
import { abandon, failed, notBuilt, notReady, Pending, type Store } from './store.ts'
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

/** A plan from its declaration to its end. */
export class EntryPlan {
  readonly name: string
  readonly entry: Binding
  scoped = false
  async = false
  open: Open
  readonly #seeds: readonly Seed<unknown>[]
  readonly #root: Store
  readonly #scope: (values: readonly unknown[]) => Store
  #recipe: Recipe | undefined
  #program: Program | undefined
  #preparing: Promise<void> | undefined

  constructor(
    entry: Binding,
    seeds: readonly Seed<unknown>[],
    root: Store,
    scope: (values: readonly unknown[]) => Store,
  ) {
    this.name = entry.name
    this.entry = entry
    this.#seeds = seeds
    this.#root = root
    this.#scope = scope
    this.open = (...given) => this.#first(given)
  }

  /** Works out the straight line; the seeds it lacks are faults. */
  analyse(): readonly Fault[] {
    const recipe = new Recipe(this.entry, this.#seeds)
    this.#recipe = recipe
    this.scoped = recipe.scoped
    this.async = recipe.async
    return recipe.faults
  }

  /** Makes the straight line a function. */
  compile(generate: boolean): void {
    this.#program = new Program(this.entry, this.#recipe!, generate)
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
    const constants: unknown[] = []
    for (const binding of this.#constants()) {
      try {
        const service = this.#root.obtain(binding)
        constants.push(service instanceof Pending ? await service.promise : service)
      } catch (error) {
        throw failed(error, [this.entry, binding])
      }
    }
    this.#root.alive()
    this.#start(constants)
  }

  /** The first opening, when nobody has prepared the plan. */
  #first(given: readonly unknown[]): unknown {
    const constants = this.#constants().map((binding) => {
      let service: unknown
      try {
        service = this.#root.obtain(binding)
      } catch (error) {
        throw failed(error, [this.entry, binding])
      }
      if (service instanceof Pending) throw notReady(binding)
      return service
    })
    this.#start(constants)
    return this.open(...given)
  }

  #constants(): readonly Binding[] {
    if (!this.#program) throw notBuilt()
    this.#root.alive()
    return this.#recipe!.constants
  }

  #start(constants: readonly unknown[]): void {
    if (this.#recipe!.byNeed) {
      this.open = (...given) => this.#openByNeed(given)
      return
    }
    const open = this.#program!.start(constants)
    const constant = this.scoped ? undefined : open()
    this.open = constant ? () => constant : open
  }

  /** The way with handles to short-lived services: a scope that builds on demand. */
  #openByNeed(given: readonly unknown[]): unknown {
    const scope = this.#scope(given)
    const opened = (values: unknown): Scoped => new Scoped(values, scope)
    const undo = (thrown: unknown): unknown => abandon(scope, failed(thrown, [this.entry]))
    try {
      const values = scope.obtain(this.entry)
      return values instanceof Pending ? values.promise.then(opened, undo) : opened(values)
    } catch (error) {
      return undo(error)
    }
  }
}
