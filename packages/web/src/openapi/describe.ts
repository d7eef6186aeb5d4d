// The description of an API as OpenAPI 3.1, from the routes and their schemas.

import type { Route } from '../routing/route-spec.ts'
import { Components, type Warn } from './components.ts'
import type { OpenAPIDocument, OpenAPIOptions } from './document.ts'
import { describeOperation, type OperationSource } from './operation.ts'
import { pathTemplates } from './path-template.ts'
import { PROBLEM_SCHEMA } from './problem-schema.ts'
import { schemesOf } from './security.ts'

/**
 * Describes routes. Hidden routes, WebSockets and mounted applications are left out.
 *
 * @param warn - receives the parts of schemas that JSON Schema cannot express, and that are described as any value
 */
export function describeAPI(
  routes: readonly Route[],
  options: OpenAPIOptions,
  warn: Warn = () => {},
): OpenAPIDocument {
  const { title = 'API', version = '0.0.0', description, license, security = [] } = options
  const securitySchemes = { ...schemesOf(routes), ...options.securitySchemes }
  const components = new Components({ Problem: PROBLEM_SCHEMA }, options.toJSONSchema, warn)
  const paths: Record<string, Record<string, object>> = {}
  for (const { path, ...source } of withOperationIds(uniqueOperations(routes))) {
    paths[path] ??= {}
    paths[path][source.route.method.toLowerCase()] = describeOperation(source, components)
  }
  const document: OpenAPIDocument = {
    openapi: '3.1.0',
    info: { title, version, ...(description !== undefined && { description }), ...(license && { license }) },
    servers: options.servers?.length ? options.servers : [{ url: '/' }],
    security,
    paths,
    components: {
      schemas: components.schemas,
      ...(Object.keys(securitySchemes).length > 0 && { securitySchemes }),
    },
  }
  return JSON.parse(JSON.stringify(document, plain)) as OpenAPIDocument
}

/** Defaults and constants of schemas may be values that JSON does not have. */
const plain = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? Number(value) : value)

interface Operation extends Omit<OperationSource, 'operationId'> {
  /** The path in the document. */
  readonly path: string
}

/**
 * Returns the operations of routes. Templates that differ in the names of their parameters are one path in OpenAPI; the
 * first one gives the names.
 */
function uniqueOperations(routes: readonly Route[]): Operation[] {
  const operations: Operation[] = []
  const paths = new Map<string, Pick<Operation, 'path' | 'names'>>()
  const taken = new Set<string>()
  for (const route of routes) {
    if (route.spec.hidden || route.websocket || route.method === 'ANY') continue
    for (const template of pathTemplates(route.pattern)) {
      const shape = template.path.replace(/\{[^}]*\}/g, '{}')
      const first = paths.get(shape) ?? {
        path: template.path,
        names: template.parameters.map((parameter) => parameter.name),
      }
      paths.set(shape, first)
      const key = `${route.method} ${shape}`
      if (!taken.has(key)) operations.push({ route, template, ...first })
      taken.add(key)
    }
  }
  return operations
}

/**
 * Adds the operation IDs: those of the routes, or of the method and the words of the path: `getUsersId` of
 * `GET /users/:id`. Where two are equal, `By` stands before parameters (`getUsersById`), and at last a number.
 */
function withOperationIds(operations: readonly Operation[]): Array<Operation & OperationSource> {
  const taken = new Set(operations.flatMap(({ route }) => route.spec.operationId ?? []))
  const count = new Map<string, number>()
  const short = operations.map(({ route, template }) => derivedId(route.method, template.path, ''))
  for (const id of short) count.set(id, (count.get(id) ?? 0) + 1)
  return operations.map((operation, i) => {
    const { route, template } = operation
    const own = route.spec.operationId
    // A route with an optional parameter has several operations.
    const isOwn = own !== undefined && operations.find((other) => other.route === route) === operation
    if (isOwn) return { ...operation, operationId: own }
    const candidate =
      own ?? (count.get(short[i]!) === 1 ? short[i]! : derivedId(route.method, template.path, 'By'))
    let operationId = candidate
    for (let n = 2; taken.has(operationId); n++) operationId = `${candidate}${n}`
    taken.add(operationId)
    return { ...operation, operationId }
  })
}

function derivedId(method: string, path: string, before: string): string {
  const words = path
    .replaceAll('{', `/${before}{`)
    .split(/[^\p{L}\p{N}_{]+/u)
    .filter(Boolean)
  const capitalized = words.map((word) => {
    const [, by = '', name = ''] = /^(By)?\{?(.*)$/u.exec(word) ?? []
    return by + name.charAt(0).toUpperCase() + name.slice(1)
  })
  return method.toLowerCase() + capitalized.join('').replace(/[^\w]/g, '')
}
