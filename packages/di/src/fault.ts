/** What can be wrong with a graph, and how it is told: the path from an entry point, the sentence, the remedy. */
import { type Binding, isTransient, label, REQUEST } from './binding.ts'
import {
  CircularDependencyError,
  type DependencyError,
  DuplicateProviderError,
  InvalidProviderError,
  MissingProviderError,
  ScopeError,
} from './error.ts'
import { type Graph, nameOf } from './graph.ts'
import { isForeign, type ShortScope } from './token.ts'

/** One thing that is wrong, as linking finds it. */
export type Fault =
  | { readonly kind: 'missing'; readonly at: Binding; readonly item: unknown; readonly i: number }
  | { readonly kind: 'cycle'; readonly at: Binding; readonly cycle: readonly Binding[] }
  | { readonly kind: 'captive'; readonly at: Binding; readonly edge: Binding }
  | { readonly kind: 'mixed'; readonly at: Binding }
  | { readonly kind: 'seed'; readonly at: Binding; readonly route: readonly Binding[] }
  | { readonly kind: 'duplicate'; readonly at: Binding }
  | { readonly kind: 'invalid'; readonly at: Binding; readonly why: string; readonly remedy: string }

/** The errors of faults, each with the way from an entry point to it. */
export function explain(
  graph: Graph,
  faults: readonly Fault[],
  roots: readonly Binding[],
): DependencyError[] {
  const parents = discover([...graph.entries, ...roots])
  const pathTo = (binding: Binding): string[] => {
    const path: string[] = []
    for (let at: Binding | undefined = binding; at; at = parents.get(at)) path.unshift(label(at))
    return path
  }
  return faults.map((fault) => describe(graph, fault, pathTo))
}

function describe(graph: Graph, fault: Fault, pathTo: (binding: Binding) => string[]): DependencyError {
  const { at } = fault
  switch (fault.kind) {
    case 'missing':
      return missing(graph, fault.item, at.name, pathTo(at), at.keys?.[fault.i] ?? fault.i)
    case 'cycle':
      return circular([...fault.cycle, at])
    case 'captive': {
      const route = [fault.edge]
      for (let last = fault.edge; isTransient(last); route.push(last)) {
        const through = last.kind === 'lazy' ? (last.make as Binding) : last.edges.find((edge) => edge.needs)
        if (!through || route.includes(through)) break
        last = through
      }
      const short = route[route.length - 1]!
      const life =
        at.kind === 'entry' ? entryLife(at) : at.scope === 'singleton' ? 'a singleton' : `${at.scope}-scoped`
      return new ScopeError(
        'DI_SCOPE',
        `${at.name} is ${life} and cannot depend on ${short.name}, which is ${short.scope}-scoped.`,
        [...pathTo(at), ...route.map(label)],
        at.kind === 'entry' || at.scope !== 'singleton'
          ? 'Request and task scopes do not see each other: move what both need into a singleton or a transient.'
          : `Make ${at.name} ${short.scope}-scoped, or hand ${short.name} to its methods as an argument.`,
      )
    }
    case 'mixed':
      return new ScopeError(
        'DI_SCOPE',
        `${at.name} is built from request-scoped and from task-scoped services, which never live in one scope.`,
        pathTo(at),
        'Split it in two.',
      )
    case 'seed':
      return noSeed(fault.route)
    case 'duplicate':
      return new DuplicateProviderError(
        'DI_DUPLICATE_PROVIDER',
        `${at.name} is registered twice.`,
        [label(at)],
        'Remove one; or tell them apart with a qualifier, collect them with registerMany, replace one with override.',
      )
    case 'invalid':
      return new InvalidProviderError('DI_INVALID_PROVIDER', fault.why, [label(at)], fault.remedy)
  }
}

const entryLife = (entry: Binding): string =>
  entry.scope === 'singleton' ? 'opened without a scope' : `opened in a ${entry.scope} scope`

/** Nobody provides `item`, which `who` injects as `place`. */
export function missing(
  graph: Graph,
  item: unknown,
  who: string,
  path: readonly string[],
  place?: string | number,
): DependencyError {
  const needs = who ? `${who} needs` : 'Asked for'
  if (item === undefined || item === null) {
    const where =
      typeof place === 'number' ? `inject[${place}]` : place === undefined ? 'the token' : `inject.${place}`
    return new InvalidProviderError(
      'DI_UNDEFINED_TOKEN',
      `${who ? `${where} of ${who}` : where} is ${item}.`,
      [...path, String(item)],
      'Two files that import each other leave an import undefined while they load: move what both need into a third.',
    )
  }
  const name = nameOf(item)
  if (isForeign(item)) {
    return new InvalidProviderError(
      'DI_TWO_COPIES',
      `${needs} ${name}, a token of another copy of @myfy/di.`,
      [...path, name],
      'Install one version only: `npm ls @myfy/di` shows who brings the other.',
    )
  }
  const known = graph.all().filter((binding) => binding.token !== undefined && binding.kind !== 'entry')
  const remedy = graph.many.has(graph.key(item))
    ? `It has many providers: inject all(${name}).`
    : known.some((binding) => binding.name === name)
      ? `Another token of the same name is registered: is the file that defines ${name} loaded twice?`
      : similar(name, known) || `Register it: container.register(${name}, …).`
  return new MissingProviderError(
    'DI_MISSING_PROVIDER',
    `${needs} ${name}, which nobody provides.`,
    [...path, name],
    remedy,
  )
}

/** The services of `cycle` need each other. */
export const circular = (cycle: readonly Binding[]): DependencyError =>
  new CircularDependencyError(
    'DI_CIRCULAR_DEPENDENCY',
    `${cycle[0]!.name} needs itself.`,
    cycle.map(label),
    'Move what both sides need into a service of its own, or inject lazy(…) on one side.',
  )

/** The last of `route` is a seed that the first does not bring. */
export const noSeed = (route: readonly Binding[]): DependencyError => {
  const { name, scope } = route[route.length - 1]!
  return new MissingProviderError(
    'DI_MISSING_SEED',
    `${name} is a value that comes with a ${scope} scope, and this one does not bring it.`,
    route.map(label),
    `Open the scope with ${name}.of(…), or inject optional(${name}).`,
  )
}

/** The first who leads to each binding: entry points first, then what nobody needs, then the rest (cycles). */
function discover(bindings: readonly Binding[]): Map<Binding, Binding | undefined> {
  const needed = new Set(bindings.flatMap(reach))
  const parents = new Map<Binding, Binding | undefined>()
  const first = bindings.filter((binding) => !needed.has(binding))
  for (const root of [...first.filter(({ kind }) => kind === 'entry'), ...first, ...bindings]) {
    if (parents.has(root)) continue
    parents.set(root, undefined)
    const queue = [root]
    for (const from of queue) {
      for (const to of reach(from)) {
        if (parents.has(to)) continue
        parents.set(to, from)
        queue.push(to)
      }
    }
  }
  return parents
}

/** Whom a binding leads to: also the target of a lazy handle. */
export const reach = (binding: Binding): readonly Binding[] =>
  binding.kind === 'lazy' ? [binding.make as Binding] : binding.edges

/** The shortest way from one binding to another. */
export function routeTo(from: Binding, to: Binding): Binding[] {
  const parents = new Map<Binding, Binding | undefined>([[from, undefined]])
  for (const at of parents.keys()) {
    if (at === to) break
    for (const next of reach(at)) if (!parents.has(next)) parents.set(next, at)
  }
  const route: Binding[] = []
  for (let at: Binding | undefined = to; at; at = parents.get(at)) route.unshift(at)
  return route[0] === from ? route : [from, to]
}

/** "Did you mean": the registered name that is nearest, if it is near. */
function similar(name: string, known: readonly Binding[]): string | undefined {
  let best: string | undefined
  let least = Math.max(2, name.length / 3) + 1
  for (const candidate of known) {
    const far = distance(name.toLowerCase(), candidate.name.toLowerCase())
    if (far < least) {
      least = far
      best = candidate.name
    }
  }
  return best && `Did you mean ${best}?`
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

/** Something short-lived is asked for outside of its scope. */
export const outside = (binding: Binding, inside?: ShortScope): DependencyError => {
  const needs = binding.needs === REQUEST ? 'request' : 'task'
  return new ScopeError(
    'DI_SCOPE',
    `${binding.name} lives in a ${needs} scope and cannot be had ${inside ? `in a ${inside} scope` : 'from the container'}.`,
    [label(binding)],
    `Ask a scope for it: container.createScope('${needs}').get(…).`,
  )
}
