/** Verifies who needs whom: one pass over everything that was not linked before, every fault reported. */
import { BITS, Binding } from './binding.ts'
import { Column } from './column.ts'
import type { DependencyError } from './errors.ts'
import type { Graph } from './graph.ts'
import { captive, circular, type GraphIssue, invalid, missing, mixed } from './graph-issues.ts'
import { Marker } from './inject.ts'

/** What linking came across. */
interface Linked {
  readonly issues: GraphIssue[]
  /** The places that were linked. */
  readonly places: Column<number>
  /** Those of values that have to be disposed. */
  readonly values: number[]
}

/** Places to link. */
export interface Roots {
  forEach(visit: (at: number) => void): void
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
export function link(graph: Graph, roots: Roots, handles = new Map<number, number>()): Linked {
  const faults: GraphIssue[] = []
  const places = new Column<number>()
  const values: number[] = []
  const dependents = new Map<unknown, Binding[]>()
  const targets: number[] = []
  // The way down to where linking is. No recursion: a chain of 100,000 providers must not overflow the stack. A step is
  // used again: thrown away for each provider, they were most of what the garbage collector had to do.
  const way: Step[] = []
  let depth = 0

  const enter = (at: number): void => {
    way[depth] ??= { binding: new Binding(graph), next: 0, needs: 0 }
    const step = way[depth++]!
    const { kind, scope, make, options, inject } = graph.describe(at, step.binding)
    step.next = 0
    step.needs = BITS[scope]
    graph.link(at, 1)
    places.push(at)
    if (kind === 'lazy') {
      targets.push(inject[0] as number)
      step.next = 1
      step.needs = handles.get(at) ?? 0
      handles.set(at, step.needs)
    }
    if ((kind === 'class' || kind === 'factory') && typeof make !== 'function')
      wrong(at, 'can neither be constructed nor called.', 'Give it a factory or a value.')
    if (step.needs === undefined)
      wrong(at, `has the scope ${scope}, which there is not.`, 'Use singleton, request, task or transient.')
    const { dispose, settle } = options ?? {}
    if (kind === 'value' && dispose) values.push(at)
    if ((dispose && typeof dispose !== 'function') || (settle && typeof settle !== 'function'))
      wrong(at, 'has a dispose or settle that cannot be called.', 'Give it a function.')
    if (settle && scope === 'singleton')
      wrong(at, 'has settle, but a singleton has no outcome.', 'Use dispose, or a request or task scope.')
  }

  /** Notes what is wrong with the provider at a place. */
  const fault = (at: number, tell: (binding: Binding, path: string[]) => DependencyError): void => {
    faults.push((pathTo) => tell(graph.at(at), pathTo(graph.at(at))))
  }

  const wrong = (at: number, why: string, remedy: string): void =>
    fault(at, (binding, path) => invalid(binding, path, why, remedy))

  /** The place of what is injected; one fault a token that nobody provides, however many need it. */
  const target = (binding: Binding, i: number): number => {
    const { at, inject } = binding
    const place = graph.edge(binding, i)
    if (place !== undefined) return place
    const item = inject[i]
    const token = item instanceof Marker ? item.token : item
    const known = token ? dependents.get(token) : undefined
    if (known) {
      known.push(graph.at(at))
    } else {
      const all = [graph.at(at)]
      dependents.set(token, all)
      fault(at, (_, path) => missing(graph, token, all, path, i))
    }
    return 0
  }

  /** A transient can live only where all it is built from can; of anything else the scope is known. */
  const join = (step: Step, edge: number): void => {
    const { at, scope } = step.binding
    const bound = graph.state(edge) & 3
    if (scope === 'transient') step.needs |= bound
    else if (bound & ~BITS[scope] && bound < 3)
      fault(at, (binding, path) => captive(binding, graph.at(edge), path))
  }

  const visit = (root: number): void => {
    if (!graph.state(root)) enter(root)
    while (depth) {
      const step = way[depth - 1]!
      const { binding, needs } = step
      if (step.next < binding.inject.length) {
        const edge = target(binding, step.next++)
        if (!graph.state(edge)) {
          enter(edge)
        } else if (graph.state(edge) === 1) {
          const cycle = way.slice(0, depth).map(({ binding }) => binding.at)
          const places = [...cycle.slice(cycle.indexOf(edge)), edge]
          faults.push(() => circular(places.map((at) => graph.at(at))))
        } else {
          join(step, edge)
        }
      } else {
        graph.link(binding.at, 4 | needs)
        if (needs === 3) fault(binding.at, mixed)
        if (--depth) join(way[depth - 1]!, binding.at)
      }
    }
  }

  roots.forEach(visit)
  for (const target of targets) visit(target)
  // A handle may lead to what is linked after it: then all is linked once more, with what is known now.
  let stale = false
  for (const [at, known] of handles) {
    const bound = graph.state(graph.at(at).inject[0] as number) & 3
    stale ||= bound !== known
    handles.set(at, bound)
  }
  if (!stale) return { issues: faults, places, values }
  graph.unlink(places)
  return link(graph, roots, handles)
}
