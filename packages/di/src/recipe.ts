/** What one opening of an entry point takes, as a straight line: no lookup, no recursion, no decision is left. */
import type { Binding } from './binding.ts'
import { type Fault, noSeed } from './fault.ts'
import { hasEnd } from './lifetime.ts'

/** One place of the frame: a seed, a constant (it is the same for every opening), or what a step builds. */
export interface Cell {
  readonly binding: Binding
  /** The places of what it is built from; undefined unless it is a step. */
  readonly args?: readonly number[]
  /** Whether its service is kept for the end: surely, never, or if the instance has one. */
  readonly kept?: 'yes' | 'no' | 'maybe'
}

/** The straight line of one entry point. */
export interface Recipe {
  /** The places: first the seeds in their order, then what is needed in order of construction. */
  readonly cells: readonly Cell[]
  /** The places of the services that are given out. */
  readonly results: readonly number[]
  /** A handle to something short-lived builds by need: a straight line cannot. */
  readonly byNeed: boolean
  /** Seeds that are needed and not given. */
  readonly faults: readonly Fault[]
}

/** Works out the recipe of a linked entry point that is given `seeds`. */
export function recipeOf(entry: Binding, seeds: readonly Binding[]): Recipe {
  const cells: Cell[] = seeds.map((binding) => ({ binding }))
  const places = new Map<unknown, number>(seeds.map(({ token }, i) => [token, i]))
  const faults: Fault[] = []
  let byNeed = false

  const place = (binding: Binding, from: readonly Binding[]): number => {
    const { kind, scope, token } = binding
    const given = kind === 'seed' ? places.get(token) : places.get(binding)
    if (given !== undefined) return given
    const route = [...from, binding]
    if (kind === 'seed' && !binding.make) faults.push(() => noSeed(route))
    if (kind === 'lazy' && (binding.make as Binding).scope !== 'singleton') {
      byNeed = true
      // What it builds later needs its seeds as well.
      if (!from.includes(binding.make as Binding)) place(binding.make as Binding, route)
    }
    // A cycle is reported by linking: here it only must not run for ever.
    const constant = scope === 'singleton' || kind === 'seed' || kind === 'lazy' || from.includes(binding)
    const cell = constant
      ? { binding }
      : { binding, args: binding.edges.map((edge) => place(edge, route)), kept: kept(binding) }
    const at = cells.push(cell) - 1
    if (scope !== 'transient') places.set(binding, at)
    return at
  }

  const results = entry.edges.map((edge) => place(edge, [entry]))
  return { cells, results, byNeed, faults }
}

function kept(binding: Binding): Cell['kept'] {
  if (binding.kind === 'factory' && binding.options?.dispose === undefined) return 'maybe'
  return hasEnd(binding, undefined) ? 'yes' : 'no'
}
