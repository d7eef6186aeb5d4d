/** Verifies who needs whom: one pass over everything that was not linked before, every fault reported. */
import { BITS, type Binding } from './binding.ts'
import { captive, circular, type Fault, invalid, missing, mixed } from './fault.ts'
import type { Graph } from './graph.ts'
import { Marker } from './inject.ts'

/** What linking came across. */
interface Linked {
  readonly faults: Fault[]
  /** The places that were linked. */
  readonly places: number[]
  /** Those of values that have to be disposed. */
  readonly values: number[]
}

/** One on the way down: what of its `inject` is next, and the short scopes that are known to bind it. */
interface Step {
  readonly binding: Binding
  next: number
  needs: number
}

/**
 * Links what `roots` lead to. `handles` are lazy handles and the short scopes that their targets are known to need: what
 * they reach is part of the graph, but no part of the order of construction.
 */
export function link(graph: Graph, roots: readonly number[], handles = new Map<number, number>()): Linked {
  const { state } = graph
  const linked: Linked = { faults: [], places: [], values: [] }
  const { faults, places, values } = linked
  const needers = new Map<unknown, Binding[]>()
  const all = [...roots]
  // The way down to where linking is. No recursion: a chain of 100,000 providers must not overflow the stack.
  const way: Step[] = []

  const enter = (at: number): void => {
    const binding = graph.describe(at)
    const { kind, scope, make, options, inject } = binding
    const step = { binding, next: 0, needs: BITS[scope] }
    state[at] = 1
    way.push(step)
    places.push(at)
    if (kind === 'lazy') {
      all.push(inject[0] as number)
      step.next = 1
      step.needs = handles.get(at) ?? 0
      handles.set(at, step.needs)
    }
    if (kind === 'value' && options?.dispose) values.push(at)
    if ((kind === 'class' || kind === 'factory') && typeof make !== 'function')
      wrong(binding, 'can neither be constructed nor called.', 'Give it a factory or a value.')
    if (options?.settle && scope === 'singleton')
      wrong(
        binding,
        'has settle, but a singleton has no outcome.',
        'Use dispose, or a request or task scope.',
      )
  }

  const wrong = (binding: Binding, why: string, remedy: string): void => {
    faults.push((pathTo) => invalid(binding, pathTo(binding), why, remedy))
  }

  /** The place of what is injected; one fault a token that nobody provides, however many need it. */
  const target = (binding: Binding, i: number): number => {
    const place = graph.edge(binding, i)
    if (place !== undefined) return place
    const item = binding.inject[i]
    const token = item instanceof Marker ? item.token : item
    const known = token ? needers.get(token) : undefined
    if (known) {
      known.push(binding)
    } else {
      const all = [binding]
      needers.set(token, all)
      faults.push((pathTo) => missing(graph, token, all, pathTo(binding), i))
    }
    return 0
  }

  /** A transient can live only where all it is built from can; of anything else the scope is known. */
  const join = (step: Step, edge: number): void => {
    const { binding } = step
    const bound = state[edge]! & 3
    if (binding.scope === 'transient') step.needs |= bound
    else if (bound & ~BITS[binding.scope] && bound < 3)
      faults.push((pathTo) => captive(binding, graph.at(edge), pathTo(binding)))
  }

  for (const root of all) {
    if (!state[root]) enter(root)
    for (let step = way.at(-1); step; step = way.at(-1)) {
      const { binding, needs } = step
      if (step.next < binding.inject.length) {
        const edge = target(binding, step.next++)
        if (!state[edge]) {
          enter(edge)
        } else if (state[edge] === 1) {
          const cycle = way.map(({ binding }) => binding)
          const from = cycle.findIndex(({ at }) => at === edge)
          faults.push(() => circular([...cycle.slice(from), cycle[from]!]))
        } else {
          join(step, edge)
        }
      } else {
        state[binding.at] = 4 | needs
        if (needs === 3) faults.push((pathTo) => mixed(binding, pathTo(binding)))
        way.pop()
        if (way.length) join(way.at(-1)!, binding.at)
      }
    }
  }
  // A handle may lead to what is linked after it: then all is linked once more, with what is known now.
  let stale = false
  for (const [at, known] of handles) {
    const bound = state[graph.describe(at).inject[0] as number]! & 3
    stale ||= bound !== known
    handles.set(at, bound)
  }
  if (!stale) return linked
  graph.unlink(places)
  return link(graph, roots, handles)
}
