/** What can be wrong with a graph, as errors: the sentence, the path from an entry point, the remedy. */
import { BITS, type Binding, label, nameOf } from './binding.ts'
import {
  CircularDependencyError,
  type DependencyError,
  DuplicateProviderError,
  InvalidProviderError,
  MissingProviderError,
  ScopeError,
} from './errors.ts'
import type { Graph } from './graph.ts'
import { isForeign } from './token.ts'

/** The way from an entry point to a binding, as it is written in errors. */
export type PathTo = (binding: Binding) => string[]

/** One thing that is wrong; it becomes an error when the whole graph is known. */
export type GraphIssue = (pathTo: PathTo) => DependencyError

/** Who leads to each binding first: what nobody needs (entry points stand first), then the rest (cycles). */
export function pathsOf(bindings: readonly Binding[]): PathTo {
  const needed = new Set(bindings.flatMap(({ reach }) => reach.map(({ at }) => at)))
  const parents = new Map<number, Binding | undefined>()
  for (const root of [...bindings.filter(({ at }) => !needed.has(at)), ...bindings]) {
    if (parents.has(root.at)) continue
    parents.set(root.at, undefined)
    const found = [root]
    for (const from of found) {
      for (const to of from.reach) {
        if (parents.has(to.at)) continue
        parents.set(to.at, from)
        found.push(to)
      }
    }
  }
  return (binding) => {
    const path: string[] = []
    for (let at: Binding | undefined = binding; at; at = parents.get(at.at)) path.unshift(label(at))
    return path
  }
}

/** Nobody provides `item`, which the first of `needers` injects at a place. */
export function missing(
  graph: Graph,
  item: unknown,
  needers: readonly Binding[] = [],
  path: readonly string[] = [],
  place = 0,
): DependencyError {
  const [first, ...others] = needers.map(({ name }) => name)
  const name = nameOf(item)
  const way = [...path, name]
  if (item === undefined || item === null) {
    const key = needers[0]?.keys?.[place]
    return new InvalidProviderError(
      'DI_UNDEFINED_TOKEN',
      `${first ? `inject${key ? `.${key}` : `[${place}]`} of ${first}` : 'the token'} is ${item}.`,
      way,
      'Files that import each other leave an import undefined while they load: move what both need into a third.',
    )
  }
  const also = others.length ? ` (and ${others.slice(0, 3).join(', ')}${others[3] ? ' …' : ''})` : ''
  const needs = `${first ? `${first}${also} needs` : 'Asked for'} ${name},`
  return isForeign(item)
    ? new InvalidProviderError(
        'DI_TWO_COPIES',
        `${needs} a token of another copy of @myfy/di.`,
        way,
        'Install one version: `npm ls @myfy/di` shows them.',
      )
    : new MissingProviderError(
        'DI_MISSING_PROVIDER',
        `${needs} which nobody provides.`,
        way,
        remedy(graph, item, name),
      )
}

function remedy(graph: Graph, item: unknown, name: string): string {
  if (graph.many.has(graph.key(item))) return `It has many providers: inject all(${name}).`
  let best = ''
  let least = Math.max(2, name.length / 3) + 1
  for (const binding of graph.all()) {
    const far = binding.kind === 'entry' ? least : distance(name.toLowerCase(), binding.name.toLowerCase())
    if (far < least) {
      least = far
      best = binding.name
    }
  }
  return best === name
    ? `Another token of that name is registered: is the file that defines ${name} loaded twice?`
    : best
      ? `Did you mean ${best}?`
      : `Register it: container.register(${name}, …).`
}

/** How many letters have to be inserted, removed or changed: a row of the table for each letter of `a`. */
function distance(a: string, b: string): number {
  let row = [...Array(b.length + 1).keys()]
  for (let i = 0; i < a.length; i++) {
    const above = row
    row = [i + 1]
    for (let j = 0; j < b.length; j++)
      row.push(Math.min(row[j]! + 1, above[j + 1]! + 1, above[j]! + Number(a[i] !== b[j])))
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
export function captive(
  { name, kind, scope }: Binding,
  edge: Binding,
  path: readonly string[],
): DependencyError {
  const route = new Set([edge])
  let short = edge
  for (const at of route) {
    short = at
    const next = at.scope === 'transient' && at.reach.find(({ needs }) => needs & ~BITS[scope])
    if (next) route.add(next)
  }
  const entry = kind === 'entry'
  const [lives, remedy] =
    scope !== 'singleton'
      ? [
          `${entry ? 'opened ' : ''}in a ${scope} scope`,
          'Request and task scopes do not see each other: share a singleton or a transient.',
        ]
      : entry
        ? ['opened without a scope', `Open it with scope: '${short.scope}'.`]
        : ['a singleton', `Make ${name} ${short.scope}-scoped, or hand ${short.name} to its methods.`]
  return new ScopeError(
    'DI_SCOPE',
    `${name} is ${lives} and cannot depend on ${short.name}, which lives in a ${short.scope} scope.`,
    [...path, ...[...route].map(label)],
    remedy,
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
  const { name, scope } = route.at(-1)!
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

/** What the types refuse and JavaScript lets through. The value itself is not told: it may be a secret. */
export const unfit = (what: string, of: string, given: unknown, fit: string): DependencyError =>
  new InvalidProviderError(
    'DI_INVALID_PROVIDER',
    `${what} of ${of} cannot be ${given === null ? given : `of type ${typeof given}`}.`,
    [],
    `It has to be ${fit}.`,
  )

/** Whether a value has properties that can be read. */
export const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Refuses an `inject` that names nothing. */
export function checkInject(inject: unknown, by: { readonly name?: string }): void {
  if (!isObject(inject))
    throw unfit('inject', by.name || 'a provider', inject, 'a tuple or a record of tokens')
}

/** Something short-lived is asked for outside of its scope. */
export function outside(binding: Binding, where: string): DependencyError {
  const scope = binding.needs & BITS.request ? 'request' : 'task'
  return new ScopeError(
    'DI_SCOPE',
    `${binding.name} lives in a ${scope} scope and cannot be had from ${where}.`,
    [label(binding)],
    `Ask container.createScope('${scope}') for it.`,
  )
}
