/** Plans: the entry points of one container, from their declaration to their end. */

import { ContainerStateError } from '../errors.ts'
import { type Binding, isUnset } from '../graph/binding.ts'
import type { GraphIssue } from '../graph/graph-issues.ts'
import type { Plan } from '../providers/entry-point.ts'
import { failed, Pending } from '../scopes/construction.ts'
import { abandon } from '../scopes/lifetime.ts'
import type { Store } from '../scopes/store.ts'
import { generate, sourceOf } from './codegen.ts'
import { interpret } from './interpret.ts'
import { type Layout, layoutOf, lazySingletons } from './layout.ts'
import { type Open, Openings } from './opening.ts'

/** A plan as its container sees it. */
export interface EntryPlan {
  /** The plan that the caller receives. */
  readonly plan: { -readonly [K in keyof Plan]: Plan[K] }
  /** Lays out the linked entry point. Returns an issue for each missing seed. */
  compile(entry: Binding, seeds: readonly Binding[], generates: boolean): readonly GraphIssue[]
  /** Makes `open` fail from now on. */
  close(): void
}

/** Makes the plan of an entry point. `scopeOf` opens a scope whose services are built when they are first read. */
export function entryPlan(
  name: string,
  root: Store,
  scopeOf: (seeds: readonly unknown[]) => Store,
): EntryPlan {
  const { lifetimes } = root
  const count = lifetimes.count(name)
  let layout: Layout | undefined
  let compiled: ((constants: readonly unknown[]) => Open) | undefined
  let preparing: Promise<void> | undefined

  const usable = (): Layout => {
    if (!layout) throw notBuilt()
    root.assertOpen()
    return layout
  }
  const start = (constants: readonly unknown[]): void => {
    const open = compiled!(constants)
    const shared = plan.scoped ? undefined : open()
    plan.open = (shared ? () => shared : open) as Plan['open']
  }
  /** Builds the constants, side by side where they do not depend on each other. */
  const prepare = async (): Promise<void> => {
    const layout = usable()
    const { constants, entry } = layout
    const wanted = [...constants, ...lazySingletons(layout)]
    const instances = wanted.map((binding) => binding?.instance)
    // Most plans of an application share what the first ones have built.
    const services = instances.some(isUnset)
      ? await Promise.all(wanted.map((binding) => binding && root.later(binding, entry)))
      : instances
    root.assertOpen()
    start(services.slice(0, constants.length))
  }
  /** Opens a scope that is filled when its services are first read. */
  const openOnDemand: Open = (...seeds) => {
    const { entry } = usable()
    const scope = scopeOf(seeds)
    const opened = (values: unknown): Store => {
      scope.values = values
      return scope
    }
    const undo = (error: unknown): unknown => abandon(scope, failed(error, entry))
    try {
      const values = scope.obtain(entry, true)
      return values instanceof Pending
        ? values.promise.then(() => opened(values.service), undo)
        : opened(values)
    } catch (error) {
      return undo(error)
    }
  }
  const plan: EntryPlan['plan'] = {
    name,
    scoped: false,
    async: false,
    open: (...seeds) => {
      const { constants, entry } = usable()
      start(constants.map((binding) => binding && root.now(binding, entry)))
      return plan.open(...seeds)
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
    compile: (entry, seeds, generates) => {
      layout = layoutOf(entry, seeds)
      plan.scoped = layout.scoped
      plan.async = layout.async
      if (layout.issues.length || layout.isOnDemand) {
        compiled = () => openOnDemand
        return layout.issues
      }
      const openings = new Openings(layout, lifetimes, count)
      const source = generates ? sourceOf(openings) : undefined
      compiled = (constants) =>
        source ? generate(openings, source, constants) : interpret(openings, constants)
      return []
    },
    close: () => {
      plan.open = () => root.assertOpen() as never
    },
  }
}

/** The error of a container that is used before `build`. */
export const notBuilt = (): ContainerStateError =>
  new ContainerStateError(
    'MYFY_DI_NOT_BUILT',
    'Cannot use the container: it is not built. Call build() first.',
  )
