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
  /** The dependencies, as far as they are found. */
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
    if (binding.bound === 'conflict') issues.push(conflicting(binding))
    const slow = binding.kind === 'lazy' ? asyncPart(binding.dependencies[0]!) : undefined
    if (slow) issues.push(asyncBehindLazy(binding, slow))
    for (const dependency of binding.dependencies) {
      if (!fitsScope(dependency.bound, binding.scope) && dependency.bound !== 'conflict')
        issues.push(captive(binding, dependency))
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
    // Of the final length: an array that grows reserves space for 17 dependencies.
    const dependencies = isMarker(binding.kind) ? [...binding.edges] : new Array(binding.inject.length)
    route.push({ binding, dependencies, next: 0 })
  }

  /** Notes a token without a provider: one issue, however many depend on it. */
  const lacking = ({ binding, next }: Step): Binding => {
    const item = binding.inject[next]
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
      const { binding, dependencies, next } = step
      if (next === dependencies.length) {
        if (!isMarker(binding.kind)) binding.dependencies = dependencies
        binding.state = 'linked'
        bindings.push(binding)
        route.pop()
        continue
      }
      const dependency =
        dependencies[next] ?? graph.find(binding.inject[next], binding.keys?.[next]) ?? lacking(step)
      dependencies[next] = dependency
      step.next++
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
  const isMissing =
    typeof make !== 'function' || (kind === 'class' && !('prototype' in make) && !isConstructor(make))
  if (isMissing && (kind === 'class' || kind === 'factory'))
    issues.push(
      invalidProvider(binding, 'it has no class or factory', 'Give it a factory, a class or a value'),
    )
  if (!SCOPES.includes(scope))
    issues.push(invalidProvider(binding, `'${scope}' is not a scope`, `Use ${SCOPES.join(', ')}`))
  if (options) verifyOptions(binding, options, issues)
}

function verifyOptions(
  binding: Binding,
  { dispose, settle }: NonNullable<Binding['options']>,
  issues: GraphIssue[],
): void {
  const add = (reason: string, fix: string): void => void issues.push(invalidProvider(binding, reason, fix))
  if (dispose && typeof dispose !== 'function') add('dispose is not a function', 'Give dispose a function')
  if (settle && typeof settle !== 'function') add('settle is not a function', 'Give settle a function')
  if (settle && binding.scope === 'singleton')
    add('settle needs an outcome, and a singleton has none', 'Use dispose, or another scope')
}
