// A model of an initialized application as plain data: the source of tables, plans and graphs.

import type { Application, Module } from '@myfy/core'
import { errorOf } from '@myfy/core/runtime'
import type { GraphData, GraphEdge, GraphNode } from '@myfy/di'
import type { InspectedApplication } from '../entry/inspect.ts'

/** A module of the application. */
export interface ModuleRow {
  readonly name: string
  /** The name of its class; undefined for a plain object. */
  readonly class?: string
  /** One more than the highest level of the modules that it requires. */
  readonly level: number
  readonly requires: readonly string[]
  /** The hooks that it implements. */
  readonly hooks: readonly string[]
  readonly transports: readonly string[]
  readonly commands: readonly string[]
  readonly exclusive: boolean
}

/** A provider, with the module that registered it if that is known. */
export interface ProviderRow extends GraphNode {
  readonly module?: string
  readonly injects: readonly string[]
}

/** An error in the configuration of the application. */
export interface ApplicationIssue {
  readonly code?: string
  readonly message: string
  /** The names of the providers from an entry point to the error. */
  readonly path: readonly string[]
}

/** An application: its modules, providers and the edges between them. */
export interface ApplicationModel {
  readonly modules: readonly ModuleRow[]
  readonly providers: readonly ProviderRow[]
  readonly edges: readonly GraphEdge[]
  readonly issues: readonly ApplicationIssue[]
}

const hookNames = ['configure', 'extend', 'finalize', 'start', 'ready', 'drain', 'stop', 'isHealthy'] as const

/** Returns the modules in start order; in the order of addition if the start order is not known. */
export function modulesOf(app: Application): readonly ModuleRow[] {
  const levels = new Map<Module, number>()
  const level = (module: Module, above: readonly Module[] = []): number => {
    const known = levels.get(module)
    if (known !== undefined) return known
    // Modules that require each other are shown although they have no level.
    const required = (app.requires.get(module) ?? []).filter((one) => !above.includes(one))
    const own = Math.max(-1, ...required.map((one) => level(one, [...above, module]))) + 1
    levels.set(module, own)
    return own
  }
  return app.modules.map((module) => {
    const type = module.constructor?.name
    return {
      name: module.name,
      ...(type && type !== 'Object' && { class: type }),
      level: level(module),
      requires: (module.requires ?? []).map((one) => (typeof one === 'string' ? one : nameOfClass(app, one))),
      hooks: hookNames.filter((name) => typeof module[name] === 'function'),
      transports: names(() => module.transports?.()),
      commands: names(() => module.commands?.()),
      exclusive: module.exclusive === true,
    }
  })
}

/** Transports and commands may read settings, which an invalid application does not have. */
function names(list: () => ReadonlyArray<{ readonly name: string }> | undefined): readonly string[] {
  try {
    return (list() ?? []).map(({ name }) => name)
  } catch {
    return []
  }
}

function nameOfClass(app: Application, type: abstract new (...args: never[]) => Module): string {
  return app.modules.find((module) => module instanceof type)?.name ?? type.name
}

/** Returns the model of an application. If its graph is invalid, the model is incomplete and has issues. */
export function modelOf({
  app,
  registrations,
  initializeError: problem,
}: InspectedApplication): ApplicationModel {
  const graph = graphOf(app)
  const names = new Map(graph.nodes.map((node) => [node.id, node.name]))
  const owners = ownersOf(graph.nodes, registrations)
  const injects = new Map<string, string[]>()
  for (const { from, to } of graph.edges) {
    const list = injects.get(from)
    if (list) list.push(names.get(to) ?? to)
    else injects.set(from, [names.get(to) ?? to])
  }
  return {
    modules: modulesOf(app),
    providers: graph.nodes.map((node) => ({
      ...node,
      ...(owners.has(node.id) && { module: owners.get(node.id) }),
      injects: injects.get(node.id) ?? [],
    })),
    edges: graph.edges,
    // Errors of hooks of the application.
    issues: app.redact(issuesOf(problem)),
  }
}

function graphOf(app: Application): GraphData {
  try {
    return app.container.graph()
  } catch {
    // Settings or modules are invalid, so that there is no container.
    return { nodes: [], edges: [] }
  }
}

function ownersOf(
  nodes: readonly GraphNode[],
  registrations: InspectedApplication['registrations'],
): ReadonlyMap<string, string> {
  const owners = new Map<string, string>()
  const left = new Map<string, string[]>()
  for (const [module, names] of registrations) {
    for (const name of names) left.set(name, [...(left.get(name) ?? []), module])
  }
  for (const node of nodes) {
    const owner = left.get(node.name)?.shift()
    if (owner !== undefined) owners.set(node.id, owner)
  }
  return owners
}

/** Returns the single issues in an error of `initialize()`. */
export function issuesOf(thrown: unknown): readonly ApplicationIssue[] {
  if (thrown === undefined) return []
  const error = errorOf(thrown)
  const { problems, path, code } = error as Error & {
    problems?: readonly unknown[]
    path?: unknown
    code?: unknown
  }
  if (Array.isArray(problems)) {
    return problems.flatMap((one) =>
      typeof one === 'string'
        ? { message: one, path: [], ...(typeof code === 'string' && { code }) }
        : issuesOf(one),
    )
  }
  const names = Array.isArray(path) ? path.map(String) : []
  return [{ message: error.message, path: names, ...(typeof code === 'string' && { code }) }]
}

/** Returns the names of the providers that have issues. */
export function namesInIssues(problems: ApplicationModel['issues']): ReadonlySet<string> {
  // In a path the name of a service is followed by its scope.
  return new Set(
    problems.flatMap(({ path }) => path.map((name) => name.replace(/ \((request|task|transient)\)$/, ''))),
  )
}
