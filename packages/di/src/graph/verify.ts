/** Verification: links a graph and throws one error with every problem. */
import { GraphError } from '../errors.ts'
import type { Binding } from './binding.ts'
import type { Graph } from './graph.ts'
import { duplicate, type GraphIssue, issueContext, loadedTwice, unused } from './graph-issues.ts'
import { link } from './link.ts'

/** The checks of a verification beyond the links. */
export interface Verification {
  /** True if `roots` are the whole graph: then some issues show that a part does not have. */
  readonly isWhole: boolean
  /** Receives the bindings that are linked now, before entry points are compiled. */
  readonly linked?: (bindings: readonly Binding[]) => void
  /** Compiles entry points after they are linked. Returns their issues. */
  readonly compile: () => readonly GraphIssue[]
}

/** Links the bindings that `roots` lead to and returns those that are new. Throws a `GraphError` with every problem. */
export function verify(
  graph: Graph,
  roots: readonly Binding[],
  { isWhole, linked, compile }: Verification,
): readonly Binding[] {
  const duplicates = isWhole ? graph.duplicates.map((pair) => () => duplicate(pair)) : []
  const { issues, bindings } = link(graph, roots)
  linked?.(bindings)
  const all = [
    ...duplicates,
    ...issues,
    ...loadedTwice(graph.providerValues, bindings),
    // A second registration can be a mistyped override, so that what is unused is not certain.
    ...(isWhole && !duplicates.length ? unusedOf(graph) : []),
    ...compile(),
  ]
  if (!all.length) return bindings
  const context = issueContext(graph)
  const problems = all.map((issue) => issue(context))
  graph.unlink(bindings)
  throw new GraphError(problems)
}

function unusedOf(graph: Graph): readonly GraphIssue[] {
  return graph.unused.map(
    (entry): GraphIssue =>
      (context) =>
        unused(entry, context),
  )
}
