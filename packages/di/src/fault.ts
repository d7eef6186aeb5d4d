/** What can be wrong with a graph, as errors: the sentence, the path from an entry point, the remedy. */
import { BITS, type Binding, label, nameOf, reach } from './binding.ts'
import {
  CircularDependencyError,
  type DependencyError,
  DuplicateProviderError,
  InvalidProviderError,
  MissingProviderError,
  ScopeError,
} from './error.ts'
import type { Graph } from './graph.ts'
import { isForeign, type ShortScope } from './token.ts'

/** The way from an entry point to a binding, as it is written in errors. */
export type PathTo = (binding: Binding) => string[]

/** One thing that is wrong; it becomes an error when the whole graph is known. */
export type Fault = (pathTo: PathTo) => DependencyError

/** Who leads to each binding first: entry points, then what nobody needs, then the rest (cycles). */
export function pathsOf(bindings: readonly Binding[]): PathTo {
  const needed = new Set(bindings.flatMap(reach))
  const top = bindings.filter((binding) => !needed.has(binding))
  const parents = new Map<Binding, Binding | undefined>()
  for (const root of [...top.filter(({ kind }) => kind === 'entry'), ...top, ...bindings]) {
    if (parents.has(root)) continue
    const found = new Set([root])
    parents.set(root, undefined)
    for (const from of found) {
      for (const to of reach(from)) {
        if (parents.has(to)) continue
        parents.set(to, from)
        found.add(to)
      }
    }
  }
  return (binding) => {
    const path: string[] = []
    for (let at: Binding | undefined = binding; at; at = parents.get(at)) path.unshift(label(at))
    return path
  }
}

/** Nobody provides `item`, which the first of `needers` injects as `place`. */
export function missing(
  graph: Graph,
  item: unknown,
  needers: readonly Binding[] = [],
  path: readonly string[] = [],
  place = 'the token',
): DependencyError {
  const [first, ...others] = needers.map(({ name }) => name)
  const name = nameOf(item)
  const way = [...path, name]
  const needs = first
    ? `${first}${others.length ? ` (and ${others.slice(0, 3).join(', ')}${others.length > 3 ? ' …' : ''})` : ''} needs`
    : 'Asked for'
  if (item === undefined || item === null) {
    return new InvalidProviderError(
      'DI_UNDEFINED_TOKEN',
      `${place} ${first ? `of ${first} ` : ''}is ${item}.`,
      way,
      'Files that import each other leave an import undefined while they load: move what both need into a third.',
    )
  }
  if (isForeign(item)) {
    return new InvalidProviderError(
      'DI_TWO_COPIES',
      `${needs} ${name}, a token of another copy of @myfy/di.`,
      way,
      'Install one version: `npm ls @myfy/di` shows them.',
    )
  }
  return new MissingProviderError(
    'DI_MISSING_PROVIDER',
    `${needs} ${name}, which nobody provides.`,
    way,
    remedy(graph, item, name),
  )
}

function remedy(graph: Graph, item: unknown, name: string): string {
  if (graph.many.has(graph.key(item))) return `It has many providers: inject all(${name}).`
  let best = ''
  let least = Math.max(2, name.length / 3) + 1
  for (const known of graph.single.values()) {
    const far = distance(name.toLowerCase(), known.name.toLowerCase())
    if (far < least) {
      least = far
      best = known.name
    }
  }
  return best === name
    ? `Another token of that name is registered: is the file that defines ${name} loaded twice?`
    : best
      ? `Did you mean ${best}?`
      : `Register it: container.register(${name}, …).`
}

/** How many letters have to be inserted, removed or changed. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    }
    row = next
  }
  return row[b.length]!
}

/** The services of `cycle` need each other; its first is its last. */
export const circular = (cycle: readonly Binding[]): DependencyError =>
  new CircularDependencyError(
    'DI_CIRCULAR_DEPENDENCY',
    `${cycle[0]!.name} needs itself.`,
    cycle.map(label),
    'Move what both sides need into a service of its own, or inject lazy(…) on one side.',
  )

/** A longer-lived service needs a shorter-lived one, directly or through transients. */
export function captive(at: Binding, edge: Binding, path: readonly string[]): DependencyError {
  const route = [edge]
  let short = edge
  while (short.scope === 'transient') {
    const next = reach(short).find(({ needs }) => needs & ~BITS[at.scope])
    if (!next || route.includes(next)) break
    route.push(next)
    short = next
  }
  const entry = at.kind === 'entry'
  const single = at.scope === 'singleton'
  return new ScopeError(
    'DI_SCOPE',
    `${at.name} is ${entry ? 'opened ' : ''}${entry && single ? 'without a scope' : single ? 'a singleton' : `in a ${at.scope} scope`} and cannot depend on ${short.name}, which lives in a ${short.scope} scope.`,
    [...path, ...route.map(label)],
    single && !entry
      ? `Make ${at.name} ${short.scope}-scoped, or hand ${short.name} to its methods.`
      : entry && single
        ? `Open it with scope: '${short.scope}'.`
        : 'Request and task scopes do not see each other: share a singleton or a transient.',
  )
}

/** A transient needs both short scopes, which are never there together. */
export const mixed = ({ name }: Binding, path: readonly string[]): DependencyError =>
  new ScopeError(
    'DI_SCOPE',
    `${name} needs a request scope and a task scope at once.`,
    path,
    'Split it in two.',
  )

/** The last of `route` is a seed that the first does not bring. */
export function noSeed(route: readonly Binding[]): DependencyError {
  const { name, scope } = route[route.length - 1]!
  return new MissingProviderError(
    'DI_MISSING_SEED',
    `${name} is given when a ${scope} scope is opened, and here it is not.`,
    route.map(label),
    `Open the scope with ${name}.of(…), or inject optional(${name}).`,
  )
}

/** Two registrations of one token. */
export const duplicate = (binding: Binding): DependencyError =>
  new DuplicateProviderError(
    'DI_DUPLICATE_PROVIDER',
    `${binding.name} is registered twice.`,
    [label(binding)],
    'Remove one, or use a qualifier, registerMany, or override.',
  )

/** A registration that cannot work. */
export const invalid = (
  binding: Binding,
  path: readonly string[],
  why: string,
  remedy: string,
): DependencyError => new InvalidProviderError('DI_INVALID_PROVIDER', `${binding.name} ${why}`, path, remedy)

/** Something short-lived is asked for outside of its scope. */
export const outside = (binding: Binding, where: string): DependencyError => {
  const scope: ShortScope = binding.needs & BITS.request ? 'request' : 'task'
  return new ScopeError(
    'DI_SCOPE',
    `${binding.name} lives in a ${scope} scope and cannot be had from ${where}.`,
    [label(binding)],
    `Ask container.createScope('${scope}') for it.`,
  )
}
