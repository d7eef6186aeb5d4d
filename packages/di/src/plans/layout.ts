/** Layouts: the services of an entry point in order of construction, with a place for each. */
import type { Binding } from '../graph/binding.ts'
import { type GraphIssue, missingSeed } from '../graph/graph-issues.ts'
import { isAsyncFunction } from '../providers/provider.ts'
import { CurrentScope } from '../scopes/service-scope.ts'

/** The services of one opening, by place: first the seeds, then the others in order of construction. */
export type Frame = unknown[]

/** One place of a frame: a seed, a constant (the same for every opening), or a step that builds a service. */
export interface Cell {
  readonly binding: Binding
  /** The places of the arguments of a step. */
  readonly args?: readonly number[]
}

/** The layout of one entry point. */
export interface Layout {
  readonly entry: Binding
  /** Required seeds that the entry point is not given. */
  readonly issues: readonly GraphIssue[]
  readonly cells: readonly Cell[]
  /** The number of seeds, which take the first places. */
  readonly seedCount: number
  /** The places of the steps, in order. */
  readonly steps: readonly number[]
  /** The places of the services of the entry point. */
  readonly results: readonly number[]
  /** True if services are built when they are first read: a lazy handle or the current scope is injected. */
  readonly isOnDemand: boolean
  /** True if two openings can have different services. */
  readonly scoped: boolean
  /** True if one of the factories is an async function. */
  readonly async: boolean
  /** The bindings that are the same for every opening, by place. */
  readonly constants: readonly (Binding | undefined)[]
}

/**
 * Returns the singletons that an entry point reaches through lazy handles. A handle can only be read synchronously, so
 * that they are built with the others.
 */
export function lazySingletons({ entry }: Layout): readonly Binding[] {
  const found = new Set<Binding>()
  const seen = new Set<Binding>([entry])
  for (const binding of seen) {
    const { kind, dependencies } = binding
    for (const dependency of dependencies) {
      seen.add(dependency)
      if ((kind === 'lazy' || kind === 'deferred') && dependency.scope === 'singleton') found.add(dependency)
    }
  }
  return [...found]
}

/** Lays out a linked entry point that is given `seeds`. */
export function layoutOf(entry: Binding, seeds: readonly Binding[]): Layout {
  const cells: Cell[] = seeds.map((binding) => ({ binding }))
  const places = new Map<unknown, number>(seeds.map(({ token }, i) => [token, i]))
  const issues: GraphIssue[] = []
  let isOnDemand = false

  const place = (binding: Binding, from: readonly Binding[]): number => {
    const { kind, scope, token, optional, dependencies } = binding
    const key = kind === 'seed' ? token : binding
    const known = places.get(key)
    if (known !== undefined) return known
    const route = [...from, binding]
    if (token === CurrentScope) isOnDemand = true
    else if (kind === 'seed' && !optional) issues.push(() => missingSeed(route))
    const isHandle = kind === 'lazy' || kind === 'deferred'
    if (isHandle && dependencies[0]!.scope !== 'singleton') {
      isOnDemand = true
      // The target is built later, but from the seeds of the same opening.
      if (!from.includes(dependencies[0]!)) place(dependencies[0]!, route)
    }
    // Linking reports cycles. Here they only must not recurse without end.
    const isStep = scope !== 'singleton' && kind !== 'seed' && !isHandle && !from.includes(binding)
    const cell = isStep ? { binding, args: dependencies.map((part) => place(part, route)) } : { binding }
    const at = cells.push(cell) - 1
    if (scope !== 'transient') places.set(key, at)
    return at
  }

  const results = entry.dependencies.map((dependency) => place(dependency, [entry]))
  const steps = [...cells.keys()].filter((at) => cells[at]!.args)
  const seedCount = seeds.length
  const isShort = ({ bound, scope }: Binding): boolean => bound !== 'any' || scope === 'transient'
  return {
    entry,
    issues,
    cells,
    seedCount,
    steps,
    results,
    isOnDemand,
    scoped: isOnDemand || steps.length > 0 || results.some((at) => at < seedCount),
    async: steps.some((at) => isAsyncFunction(cells[at]!.binding.make)),
    constants: cells.map(({ binding, args }, at) =>
      args || at < seedCount || (isOnDemand && isShort(binding)) ? undefined : binding,
    ),
  }
}
