/** Linking: finds the dependencies of bindings and verifies them, and reports every issue at once. */

import { Marker } from '../providers/inject.ts'
import { isAsyncFunction, isConstructor } from '../providers/provider.ts'
import { type Binding, fitsScope, isMarker, joinBounds } from './binding.ts'
import type { Graph } from './graph.ts'
import {
  asyncBehindLazy,
  captive,
  circular,
  conflicting,
  type GraphIssue,
  invalidProvider,
  missing,
} from './graph-issues.ts'

/** A binding on the current route, and which of its dependencies comes next. */
interface Step {
  readonly binding: Binding
  readonly dependencies: Binding[]
  next: number
}

/** The result of linking. */
export interface Linked {
  readonly issues: readonly GraphIssue[]
  /** The bindings that are linked now, each after its dependencies. */
  readonly bindings: readonly Binding[]
}

/** Links the bindings that `roots` lead to and that are not linked yet. */
export function link(graph: Graph, roots: readonly Binding[]): Linked {
  const { bindings, issues } = resolveDependencies(graph, roots)
  computeBounds(bindings)
  for (const binding of bindings) {
    if (binding.bound === 'conflict') issues.push(({ pathTo }) => conflicting(binding, pathTo(binding)))
    if (binding.kind === 'lazy') {
      const slow = asyncPart(binding.dependencies[0]!)
      if (slow) issues.push(({ pathTo }) => asyncBehindLazy(binding, slow, pathTo(binding)))
    }
    for (const dependency of binding.dependencies) {
      if (!fitsScope(dependency.bound, binding.scope) && dependency.bound !== 'conflict')
        issues.push(({ pathTo }) => captive(binding, dependency, pathTo(binding)))
    }
  }
  return { issues, bindings }
}

/** Follows `inject` from the roots, depth first and without recursion: a chain of 100,000 providers is valid. */
function resolveDependencies(graph: Graph, roots: readonly Binding[]) {
  const issues: GraphIssue[] = []
  const bindings: Binding[] = []
  const dependents = new Map<unknown, Binding[]>()
  const route: Step[] = []
  // Behind a lazy handle: part of the graph, but not of the order of construction.
  const deferred: Binding[] = []

  const enter = (binding: Binding): void => {
    binding.state = 'linking'
    verify(binding, issues)
    if (binding.kind === 'lazy' || binding.kind === 'deferred') deferred.push(...binding.dependencies)
    route.push({ binding, dependencies: [], next: 0 })
  }

  /** Returns the dependency at a place. A token without a provider is one issue, however many depend on it. */
  const dependencyAt = ({ binding, next }: Step): Binding => {
    const { inject, keys } = binding
    const found = graph.find(inject[next], keys?.[next])
    if (found) return found
    const item = inject[next]
    const token = item instanceof Marker ? item.token : item
    const known = token ? dependents.get(token) : undefined
    const all = known ?? [binding]
    if (known) known.push(binding)
    else issues.push((context) => missing(token, context, { dependents: all, at: next }))
    dependents.set(token, all)
    return graph.absent
  }

  const visit = (root: Binding): void => {
    if (root.state === 'new') enter(root)
    for (let step = route.at(-1); step; step = route.at(-1)) {
      const { binding, dependencies } = step
      const isMarked = isMarker(binding.kind)
      const { length } = isMarked ? binding.edges : binding.inject
      if (step.next === length) {
        if (!isMarked) binding.dependencies = dependencies
        binding.state = 'linked'
        bindings.push(binding)
        route.pop()
        continue
      }
      const dependency = isMarked ? binding.edges[step.next]! : dependencyAt(step)
      step.next++
      dependencies.push(dependency)
      if (dependency.state === 'new') enter(dependency)
      else if (dependency.state === 'linking') {
        const cycle = route.map(({ binding }) => binding)
        const places = [...cycle.slice(cycle.indexOf(dependency)), dependency]
        issues.push(() => circular(places))
      }
    }
  }

  for (const root of roots) visit(root)
  for (const target of deferred) visit(target)
  return { issues, bindings }
}

/**
 * Computes the bounds of transients and markers from those of their dependencies. A lazy handle can lead back, so that
 * this is repeated until nothing changes: a bound only ever becomes narrower.
 */
function computeBounds(bindings: readonly Binding[]): void {
  const transients = bindings.filter(({ scope }) => scope === 'transient')
  for (let changed = true; changed; ) {
    changed = false
    for (const binding of transients) {
      const bound = binding.dependencies.reduce(
        (bound, { bound: other }) => joinBounds(bound, other),
        binding.bound,
      )
      changed ||= bound !== binding.bound
      binding.bound = bound
    }
  }
}

/**
 * Finds an async function among the factories of a short-lived service: a lazy handle to it could not be read. Singletons
 * are built by `prepare`.
 */
function asyncPart(target: Binding, seen = new Set<Binding>()): Binding | undefined {
  if (seen.has(target) || target.scope === 'singleton') return undefined
  seen.add(target)
  if (target.kind === 'factory' && isAsyncFunction(target.make)) return target
  for (const edge of target.edges) {
    const found = asyncPart(edge, seen)
    if (found) return found
  }
  return undefined
}

const SCOPES = ['singleton', 'work', 'request', 'task', 'transient']

/** Adds the issues of a binding by itself. */
function verify(binding: Binding, issues: GraphIssue[]): void {
  const { kind, make, scope, options } = binding
  const add = (reason: string, fix: string): void => void issues.push(invalidProvider(binding, reason, fix))
  const isMissing =
    typeof make !== 'function' || (kind === 'class' && !('prototype' in make) && !isConstructor(make))
  if (isMissing && (kind === 'class' || kind === 'factory'))
    add('it has no class or factory', 'Give it a factory, a class or a value')
  if (!SCOPES.includes(scope)) add(`'${scope}' is not a scope`, `Use ${SCOPES.join(', ')}`)
  if (!options) return
  const { dispose, settle } = options
  if (dispose && typeof dispose !== 'function') add('dispose is not a function', 'Give dispose a function')
  if (settle && typeof settle !== 'function') add('settle is not a function', 'Give settle a function')
  if (settle && scope === 'singleton')
    add('settle needs an outcome, and a singleton has none', 'Use dispose, or another scope')
}
