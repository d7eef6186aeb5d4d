/** Graph issues: the problems of a graph, and the errors that describe them with the path and the fix. */

import {
  AsyncProviderError,
  CircularDependencyError,
  type DependencyError,
  DuplicateProviderError,
  InvalidProviderError,
  MissingProviderError,
  ScopeError,
} from '../errors.ts'
import { foreign, isForeign } from '../providers/arguments.ts'
import { Provider, unnamed } from '../providers/inject.ts'
import { nameOf } from '../providers/token.ts'
import { type Binding, fitsScope, label, located, placeOf } from './binding.ts'
import type { Entry } from './entry.ts'
import type { Graph } from './graph.ts'
import { fixesOf } from './suggestion.ts'

/** One problem of a graph. It becomes an error when the whole graph is known. */
export type GraphIssue = (context: IssueContext) => DependencyError

/** The context that describes the issues of one graph. */
export interface IssueContext {
  /** The path from an entry point to a binding. */
  pathTo(binding: Binding): string[]
  /** The fix for a token that has no provider. */
  fixFor(token: unknown): string
}

/** Returns the context of the issues of a graph. */
export function issueContext(graph: Graph): IssueContext {
  const bindings = graph.all()
  return { pathTo: pathsOf(bindings), fixFor: fixesOf(graph, bindings) }
}

/** Finds the shortest paths: from entry points and other bindings that nothing depends on, then from cycles. */
export function pathsOf(bindings: readonly Binding[]): IssueContext['pathTo'] {
  const needed = new Set(bindings.flatMap(({ dependencies }) => dependencies))
  const parents = new Map<Binding, Binding | undefined>()
  for (const root of [...bindings.filter((binding) => !needed.has(binding)), ...bindings]) {
    if (parents.has(root)) continue
    parents.set(root, undefined)
    const found = [root]
    for (const from of found) {
      for (const to of from.dependencies) {
        if (parents.has(to)) continue
        parents.set(to, from)
        found.push(to)
      }
    }
  }
  return (binding) => {
    const path: string[] = []
    for (let at: Binding | undefined = binding; at; at = parents.get(at)) path.unshift(label(at))
    return path
  }
}

/** Reports a token that nothing provides, and the bindings that depend on it. */
export function missing(
  token: unknown,
  context?: IssueContext,
  { dependents = [], at = 0 }: { dependents?: readonly Binding[]; at?: number } = {},
): DependencyError {
  const [first, ...others] = dependents
  const name = nameOf(token)
  const path = [...(first && context ? context.pathTo(first) : []), name]
  const action = first ? `build ${located(first)}` : `get ${name}`
  if (token === undefined || token === null) {
    const key = first?.keys?.[at]
    const place = first ? `inject${key ? `.${key}` : `[${at}]`}` : 'the token'
    return new InvalidProviderError(
      'MYFY_DI_UNDEFINED_TOKEN',
      `Cannot ${first ? action : 'use the token'}: ${place} is ${token}.`,
      path,
      'Files that import each other leave an import undefined while they load. Move what both need into a third file, ' +
        'or inject lazy(() => …).',
    )
  }
  if (isForeign(token)) return foreign(`Cannot ${action}`, token, path)
  const names = others.slice(0, 3).map((other) => other.name)
  const also = names.length ? ` (${[...names, ...(others[3] ? ['…'] : [])].join(', ')} too)` : ''
  return new MissingProviderError(
    'MYFY_DI_MISSING_PROVIDER',
    first
      ? `Cannot ${action}: it depends on ${name}${also}, but no provider is registered for it.`
      : `Cannot ${action}: no provider is registered for it.`,
    path,
    context?.fixFor(token),
  )
}

/** Reports services that depend on each other. The first of the cycle is also its last. */
export const circular = (cycle: readonly Binding[]): DependencyError =>
  new CircularDependencyError(
    'MYFY_DI_CIRCULAR_DEPENDENCY',
    `Cannot build ${located(cycle[0]!)}: it depends on itself.`,
    cycle.map(label),
    'Move what both sides need into a third service, or inject lazy(…) on one side.',
  )

/** Reports a service that depends on a shorter-lived one, directly or through transients. */
export const captive =
  (binding: Binding, dependency: Binding): GraphIssue =>
  ({ pathTo }) => {
    const { name, kind, scope } = binding
    const route = new Set([dependency])
    let short = dependency
    for (const at of route) {
      short = at
      const next = at.scope === 'transient' && at.dependencies.find(({ bound }) => !fitsScope(bound, scope))
      if (next) route.add(next)
    }
    const isEntry = kind === 'entry'
    const bound = short.scope === 'work' ? 'request or task' : short.scope
    const [lives, fix] =
      scope !== 'singleton'
        ? [
            isEntry ? `it opens a ${scope} scope` : `it lives in a ${scope} scope`,
            'A request scope and a task scope do not share services: share a singleton, a transient or a work-scoped service.',
          ]
        : isEntry
          ? [
              'it opens no scope',
              `Open it with scope: '${short.scope === 'work' ? 'request' : short.scope}'.`,
            ]
          : ['it is a singleton', `Make ${name} ${short.scope}-scoped, or pass ${short.name} to its methods.`]
    return new ScopeError(
      'MYFY_DI_SCOPE',
      `Cannot build ${located(binding)}: ${lives}, but depends on ${short.name}, which lives in a ${bound} scope.`,
      [...pathTo(binding), ...[...route].map(label)],
      fix,
    )
  }

/** Reports a transient that depends on a request and on a task. */
export const conflicting =
  (binding: Binding): GraphIssue =>
  ({ pathTo }) =>
    new ScopeError(
      'MYFY_DI_SCOPE',
      `Cannot build ${located(binding)}: it depends on a request scope and on a task scope, which are never open together.`,
      pathTo(binding),
      'Split it in two.',
    )

/** Reports a lazy handle to a service that has to be awaited. */
export const asyncBehindLazy =
  (handle: Binding, slow: Binding): GraphIssue =>
  ({ pathTo }) => {
    const name = nameOf(handle.token)
    const path = pathTo(handle)
    return new AsyncProviderError(
      'MYFY_DI_ASYNC_PROVIDER',
      `Cannot build ${path.at(-2) ?? name}: it injects lazy(${name}), but ${slow.name} is built asynchronously.`,
      [...path, label(slow)],
      `Inject ${name}, or inject deferred(${name}) and await its resolve().`,
    )
  }

/** Reports the seed at the end of a route that the scope at its beginning is not given. */
export function missingSeed(route: readonly Binding[]): DependencyError {
  const { name, scope } = route.at(-1)!
  const kind = scope === 'work' ? 'request or task' : scope
  return new MissingProviderError(
    'MYFY_DI_MISSING_SEED',
    `Cannot build ${located(route[0]!)}: the ${kind} scope is opened without a value for ${name}.`,
    route.map(label),
    `Open the scope with ${name}.of(…), or inject optional(${name}).`,
  )
}

/** Reports two registrations of one token. */
export const duplicate = ([first, second]: readonly [Entry, Entry]): DependencyError => {
  const name = nameOf(first.token)
  const places = [first, second].map(({ registrar }) => registrar).filter(Boolean)
  return new DuplicateProviderError(
    'MYFY_DI_DUPLICATE_PROVIDER',
    `Cannot register ${name}: it is registered twice${places.length ? ` (in ${[...new Set(places)].join(' and in ')})` : ''}.`,
    [name],
    'Remove one registration, or use a qualifier, registerMany or override.',
  )
}

/** Reports an override or a decorator of a token that nothing provides. */
export function unused({ call, token, registrar }: Entry, { fixFor }: IssueContext): DependencyError {
  const name = nameOf(token)
  const reason = call === 'decorate' ? 'nothing provides it' : 'nothing provides it and nothing injects it'
  return new MissingProviderError(
    'MYFY_DI_UNUSED_OVERRIDE',
    `Cannot ${call} ${name}${placeOf(registrar, undefined)}: ${reason}.`,
    [name],
    call === 'decorate' ? `Register it: container.register(${name}, …).` : fixFor(token),
  )
}

/**
 * Reports the provider values that one line of a file made twice, because the file is loaded by two paths: it has two
 * pools instead of one. Only values of the same name and content are compared: reading the place of a value is slow.
 *
 * @param added the bindings one of which is such a value
 */
export function loadedTwice(
  providers: readonly Provider<unknown, unknown>[],
  added: readonly Binding[],
): readonly GraphIssue[] {
  const names = new Set(added.flatMap(({ token }) => (token instanceof Provider ? token.name : [])))
  const groups = new Map<string, Provider<unknown, unknown>[]>()
  for (const provider of providers) {
    if (!names.has(provider.name)) continue
    const content = `${provider.name}\n${provider.make}`
    const group = groups.get(content) ?? []
    groups.set(content, group)
    group.push(provider)
  }
  return [...groups.values()].flatMap((group): readonly GraphIssue[] => {
    if (group.length < 2) return []
    const places = [...new Set(group.map(({ loadedPlace }) => loadedPlace?.replace(/^file:\/\//, '') ?? ''))]
    const lines = new Set(places.map((place) => place.replace(/^.*[\\/]/, '').replace(/\?[^:]*/, '')))
    if (places.length < 2 || lines.size === places.length) return []
    const name = group[0]!.name || unnamed(group[0]!)
    return [
      () =>
        new DuplicateProviderError(
          'MYFY_DI_LOADED_TWICE',
          `Cannot build ${name}: its file is loaded twice, as ${places.join(' and as ')}.`,
          [name],
          'Import the file by one path.',
        ),
    ]
  })
}

/** Reports a registration that cannot work. */
export const invalidProvider =
  (binding: Binding, reason: string, fix: string): GraphIssue =>
  ({ pathTo }) =>
    new InvalidProviderError(
      'MYFY_DI_INVALID_PROVIDER',
      `Cannot build ${located(binding)}: ${reason}.`,
      pathTo(binding),
      `${fix}.`,
    )

/** Reports a short-lived service that is requested outside its scope. */
export function outsideScope(binding: Binding, from: string): DependencyError {
  const kind = binding.bound === 'task' ? 'task' : 'request'
  const lives = binding.bound === 'work' ? 'request or task' : kind
  return new ScopeError(
    'MYFY_DI_SCOPE',
    `Cannot get ${located(binding)} from ${from}: it lives in a ${lives} scope.`,
    [label(binding)],
    `Get it from container.createScope('${kind}').`,
  )
}
