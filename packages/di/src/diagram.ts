/** Diagrams: the graph as data, and as text for Mermaid, Graphviz and machines: `@myfy/di/diagram`. */
import { type Binding, isMarker, label } from './graph/binding.ts'
import type { Scope } from './providers/token.ts'

/** One provider, seed or entry point of a graph. */
export interface GraphNode {
  /** Unique within the graph, in the order of registration: `'n0'`. */
  readonly id: string
  /** The name. */
  readonly name: string
  /** The kind of provider. */
  readonly kind: 'class' | 'factory' | 'value' | 'seed' | 'entry'
  /** The lifetime of the service. For an entry point: the scope that it opens, `'singleton'` for none. */
  readonly scope: Scope
}

/** One injection: `from` is built from `to`. */
export interface GraphEdge {
  /** The `id` of the node that injects. */
  readonly from: string
  /** The `id` of the node that is injected. */
  readonly to: string
  /** The kind of injection: of the service itself, as one of `all`, or through a `lazy` handle. */
  readonly kind: 'inject' | 'all' | 'lazy'
  /** The key, if the services are injected as a record. */
  readonly key?: string
}

/** The providers of a container and their dependencies. */
export interface GraphData {
  /** The providers, seeds and entry points. */
  readonly nodes: readonly GraphNode[]
  /** The injections. */
  readonly edges: readonly GraphEdge[]
}

/** Describes the graph of linked bindings. Markers (`all`, `lazy`) become kinds of edges. */
export function describeGraph(bindings: readonly Binding[]): GraphData {
  const described = bindings.filter(({ kind, optional }) => !isMarker(kind) && !optional)
  // An optional seed has a separate binding. An optional dependency without a provider has no node.
  const keyOf = (binding: Binding): unknown => (binding.kind === 'seed' ? binding.token : binding)
  const ids = new Map(described.map((binding, i) => [keyOf(binding), `n${i}`]))
  const edges: GraphEdge[] = []
  for (const binding of described) {
    for (const [i, to] of binding.dependencies.entries()) {
      const key = binding.keys && { key: binding.keys[i]! }
      const kind =
        to.kind === 'all' || to.kind === 'lazy' ? to.kind : to.kind === 'deferred' ? 'lazy' : 'inject'
      for (const end of kind === 'inject' ? [to] : to.dependencies) {
        const id = ids.get(keyOf(end))
        if (id) edges.push({ from: ids.get(binding)!, to: id, kind, ...key })
      }
    }
  }
  const nodes = described.map((binding) => ({
    id: ids.get(keyOf(binding))!,
    name: binding.name,
    kind: binding.kind as GraphNode['kind'],
    scope: binding.scope,
  }))
  return { nodes, edges }
}

/** Renders a graph as a Mermaid flowchart. */
export function toMermaid({ nodes, edges }: GraphData): string {
  const text = (node: GraphNode): string =>
    `"${label(node).replace(/["&<>\n]/g, (c) => `#${c.charCodeAt(0)};`)}"`
  return [
    'flowchart LR',
    ...nodes.map((node) => `  ${node.id}${node.kind === 'entry' ? `([${text(node)}])` : `[${text(node)}]`}`),
    ...edges.map(({ from, to, kind }) => `  ${from} ${kind === 'lazy' ? '-.->' : '-->'} ${to}`),
  ].join('\n')
}

/** Renders a graph in the DOT language of Graphviz. */
export const toDot = ({ nodes, edges }: GraphData): string =>
  [
    'digraph {',
    ...nodes.map((node) => `  ${node.id} [label=${JSON.stringify(label(node))}]`),
    ...edges.map(({ from, to, kind }) => `  ${from} -> ${to}${kind === 'lazy' ? ' [style=dashed]' : ''}`),
    '}',
  ].join('\n')

/** Renders a graph as JSON. Equal registrations give equal text. */
export const toJSON = (graph: GraphData): string => JSON.stringify(graph, null, 2)
