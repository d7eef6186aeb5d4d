/** The graph as data and as text for Mermaid, Graphviz and machines. */
import type { Binding, Kind } from './binding.ts'
import { isTransient } from './binding.ts'
import type { Scope } from './token.ts'

/** One provider, seed or entry point of a graph. */
export interface GraphNode {
  /** Unique within the graph, in the order of registration: `'n0'`. */
  readonly id: string
  /** How it is called. */
  readonly name: string
  /** What it is. */
  readonly kind: Exclude<Kind, 'lazy'>
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
  const ids = new Map(bindings.map((binding, i) => [binding, `n${i}`]))
  const nodes = bindings.map(
    (b): GraphNode => ({ id: ids.get(b)!, name: b.name, kind: b.kind as GraphNode['kind'], scope: b.scope }),
  )
  const edges: GraphEdge[] = []
  for (const binding of bindings) {
    const add = (to: Binding, kind: GraphEdge['kind'], key: string | undefined): void => {
      const id = ids.get(to)
      if (id) edges.push({ from: ids.get(binding)!, to: id, kind, ...(key === undefined ? {} : { key }) })
      else if (to.kind === 'lazy') add(to.make as Binding, 'lazy', key)
      else if (isTransient(to)) for (const member of to.edges) add(member, 'all', key)
      // An optional seed is linked by a binding of its own.
      else if (to.kind === 'seed') add(bindings.find((b) => b.token === to.token)!, kind, key)
    }
    for (const [i, to] of binding.edges.entries()) add(to, 'inject', binding.keys?.[i])
  }
  return { nodes, edges }
}

/** The graph as a Mermaid flowchart. */
export function toMermaid({ nodes, edges }: GraphData): string {
  const text = (value: string): string => `"${value.replace(/["&<>\n]/g, (c) => `#${c.charCodeAt(0)};`)}"`
  return [
    'flowchart LR',
    ...nodes.map((node) => `  ${node.id}${shape(node, text(caption(node)))}`),
    ...edges.map(({ from, to, kind }) => `  ${from} ${kind === 'lazy' ? '-.->' : '-->'} ${to}`),
  ].join('\n')
}

/** The graph in the language of Graphviz. */
export function toDot({ nodes, edges }: GraphData): string {
  return [
    'digraph {',
    '  rankdir=LR',
    ...nodes.map((node) => `  ${node.id} [label=${JSON.stringify(caption(node))}]`),
    ...edges.map(({ from, to, kind }) => `  ${from} -> ${to}${kind === 'lazy' ? ' [style=dashed]' : ''}`),
    '}',
  ].join('\n')
}

/** The graph as JSON, the same for the same registrations. */
export const toJSON = (graph: GraphData): string => JSON.stringify(graph, null, 2)

const caption = ({ name, kind, scope }: GraphNode): string =>
  scope === 'singleton' || kind === 'entry' ? name : `${name} (${scope})`

const shape = ({ kind }: GraphNode, text: string): string =>
  kind === 'entry' ? `([${text}])` : kind === 'seed' ? `>${text}]` : `[${text}]`
