/** Entry points: what a route or a task injects, validated and compiled when the container is built. */
import type { Binding } from './binding.ts'
import { ContainerStateError } from './errors.ts'
import type { GraphIssue } from './graph-issues.ts'
import type { Inject, SeedValues, Services } from './inject.ts'
import { abandon } from './lifetime.ts'
import { compile, type Open, type Program } from './program.ts'
import type { Outcome } from './provider.ts'
import { failed, Pending, type Store } from './store.ts'
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

/** A plan, and what only its container does with it. */
export interface EntryPlan {
  /** What the user has of it. */
  readonly plan: { -readonly [K in keyof Plan]: Plan[K] }
  /** Makes the graph of a linked entry point a straight line; the seeds it lacks are faults. */
  compile(generate: boolean): readonly GraphIssue[]
  /** From now on it refuses to open. */
  close(): void
}

/** A plan from its declaration to its end; `scopeOf` opens a scope that builds by need. */
export function entryPlan(
  entry: Binding,
  seeds: readonly Binding[],
  root: Store,
  scopeOf: (given: readonly unknown[]) => Store,
): EntryPlan {
  let program: Program | undefined
  let preparing: Promise<void> | undefined

  const constants = (): Program['constants'] => {
    if (!program) throw notBuilt()
    root.alive()
    return program.constants
  }
  const start = (frame: readonly unknown[]): void => {
    const open: Open = program!.byNeed ? byNeed : program!.start(frame)
    const constant = plan.scoped ? undefined : open()
    plan.open = (constant ? () => constant : open) as Plan['open']
  }
  const prepare = async (): Promise<void> => {
    const frame: unknown[] = []
    for (const binding of constants()) frame.push(binding && (await root.later(binding, entry)))
    root.alive()
    start(frame)
  }
  /** The way with handles to what is short-lived: a scope that builds on demand. */
  const byNeed: Open = (...given) => {
    const scope = scopeOf(given)
    const opened = (values: unknown): Store => {
      scope.values = values
      return scope
    }
    const undo = (error: unknown): unknown => abandon(scope, failed(error, entry))
    try {
      const values = scope.obtain(entry, true)
      return values instanceof Pending ? values.then(opened, undo) : opened(values)
    } catch (error) {
      return undo(error)
    }
  }
  const plan: EntryPlan['plan'] = {
    name: entry.name,
    scoped: false,
    async: false,
    open: (...given) => {
      start(constants().map((binding) => binding && root.now(binding, entry)))
      return plan.open(...given)
    },
    prepare: () => {
      preparing ??= prepare().catch((error) => {
        preparing = undefined
        throw error
      })
      return preparing
    },
  }
  return {
    plan,
    compile: (generate) => {
      program = compile(entry, seeds, generate)
      plan.scoped = program.scoped
      plan.async = program.async
      return program.issues
    },
    close: () => {
      plan.open = () => root.alive() as never
    },
  }
}

/** A use of what exists only after `build`. */
export const notBuilt = (): ContainerStateError =>
  new ContainerStateError('DI_NOT_BUILT', 'The container is not built: call build() first.')
