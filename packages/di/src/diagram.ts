/** The graph as data, and as text for Mermaid, Graphviz and machines: `@myfy/di/diagram`. */
import { type Binding, type Kind, label } from './binding.ts'
import type { Scope } from './token.ts'

/** One provider, seed or entry point of a graph. */
export interface GraphNode {
  /** Unique within the graph, in the order of registration: `'n0'`. */
  readonly id: string
  /** How it is called. */
  readonly name: string
  /** What it is. */
  readonly kind: Exclude<Kind, 'lazy' | 'all'>
  /** How long it lives; of an entry point, the scope that it opens (`'singleton'` for none). */
  readonly scope: Scope
}

/** One injection: `from` is built from `to`. */
export interface GraphEdge {
  /** Who injects. */
  readonly from: string
  /** What is injected. */
  readonly to: string
  /** How: as it is, as one of `all`, or by a `lazy` handle. */
  readonly kind: 'inject' | 'all' | 'lazy'
  /** Under which name, when the services are injected as a record. */
  readonly key?: string
}

/** A container's providers and who is built from whom. */
export interface GraphData {
  /** The providers, seeds and entry points. */
  readonly nodes: readonly GraphNode[]
  /** The injections. */
  readonly edges: readonly GraphEdge[]
}

/** The graph of linked bindings; those that linking made (`all`, `lazy`) become kinds of edges. */
export function describeGraph(bindings: readonly Binding[]): GraphData {
  // An optional seed has a binding of its own; something optional that is not there is no node.
  const ids = new Map<unknown, string>()
  for (const [i, { at, kind, token }] of bindings.entries()) ids.set(kind === 'seed' ? token : at, `n${i}`)
  const idOf = ({ at, kind, token }: Binding): string => ids.get(kind === 'seed' ? token : at)!
  const edges: GraphEdge[] = []
  for (const binding of bindings) {
    for (const [i, to] of binding.edges.entries()) {
      const key = binding.keys && { key: binding.keys[i]! }
      const kind = to.kind === 'all' || to.kind === 'lazy' ? to.kind : 'inject'
      for (const end of kind === 'inject' ? [to] : to.reach)
        if (idOf(end)) edges.push({ from: idOf(binding), to: idOf(end), kind, ...key })
    }
  }
  const nodes = bindings.map((b) => ({
    id: idOf(b),
    name: b.name,
    kind: b.kind as GraphNode['kind'],
    scope: b.scope,
  }))
  return { nodes, edges }
}

/** The graph as a Mermaid flowchart. */
export function toMermaid({ nodes, edges }: GraphData): string {
  const text = (node: GraphNode): string =>
    `"${label(node).replace(/["&<>\n]/g, (c) => `#${c.charCodeAt(0)};`)}"`
  return [
    'flowchart LR',
    ...nodes.map((node) => `  ${node.id}${node.kind === 'entry' ? `([${text(node)}])` : `[${text(node)}]`}`),
    ...edges.map(({ from, to, kind }) => `  ${from} ${kind === 'lazy' ? '-.->' : '-->'} ${to}`),
  ].join('\n')
}

/** The graph in the language of Graphviz. */
export const toDot = ({ nodes, edges }: GraphData): string =>
  [
    'digraph {',
    ...nodes.map((node) => `  ${node.id} [label=${JSON.stringify(label(node))}]`),
    ...edges.map(({ from, to, kind }) => `  ${from} -> ${to}${kind === 'lazy' ? ' [style=dashed]' : ''}`),
    '}',
  ].join('\n')

/** The graph as JSON, the same for the same registrations. */
export const toJSON = (graph: GraphData): string => JSON.stringify(graph, null, 2)
