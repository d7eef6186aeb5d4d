// The description of the API as OpenAPI 3.1, from the schemas of the routes.

import type { StandardSchema } from '@myfy/core'
import { PROBLEM_TYPE } from '../http/http-exception.ts'
import type { Route } from '../routing/route-spec.ts'
import type { OpenAPIDocument, OpenAPIOptions } from './document.ts'

/** Describes routes. Hidden ones and WebSockets are left out. */
export function describeAPI(routes: readonly Route[], options: OpenAPIOptions): OpenAPIDocument {
  const schemas: Record<string, object> = { Problem: PROBLEM }
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    if (route.spec.hidden || route.websocket || route.method === 'ANY') continue
    const path = route.pattern.replace(PARAMETER, '{$1}')
    paths[path] ??= {}
    paths[path][route.method.toLowerCase()] = describeRoute(
      route,
      new OperationSchemas(schemas, operationId(route), options.toJSONSchema),
    )
  }
  const { title = 'API', version = '0.0.0', description, servers } = options
  return {
    openapi: '3.1.0',
    info: { title, version, ...(description === undefined ? {} : { description }) },
    ...(servers && { servers }),
    paths,
    components: { schemas },
  }
}

const PARAMETER = /(?:\*\*)?:([A-Za-z_]\w*)(?:\([^)]*\))?[?+*]?/g

const PROBLEM = {
  type: 'object',
  description: 'What went wrong (RFC 9457).',
  required: ['type', 'title', 'status'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['in', 'path', 'detail'],
        properties: { in: { type: 'string' }, path: { type: 'string' }, detail: { type: 'string' } },
      },
    },
  },
}

function operationId({ method, pattern }: Route): string {
  const words = pattern.split(/\W+/).filter(Boolean)
  return method.toLowerCase() + words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('')
}

function describeRoute({ method, pattern, spec }: Route, schemas: OperationSchemas): object {
  const parameters = [
    ...pathParameters(pattern, spec.params && schemas.of(spec.params, 'input', 'Params')),
    ...namedParameters('query', spec.query && schemas.of(spec.query, 'input', 'Query')),
    ...namedParameters('header', spec.headers && schemas.of(spec.headers, 'input', 'Headers')),
  ]
  const refuses = spec.params ?? spec.query ?? spec.headers ?? spec.body
  const answer = spec.response && schemas.of(spec.response, 'output', 'Response')
  const status = spec.status ?? 200
  return {
    operationId: schemas.operation,
    ...(spec.summary === undefined ? {} : { summary: spec.summary }),
    ...(spec.description === undefined ? {} : { description: spec.description }),
    ...(spec.tags?.length ? { tags: spec.tags } : {}),
    ...(parameters.length ? { parameters } : {}),
    ...(spec.body && method !== 'GET' && method !== 'HEAD'
      ? {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemas.of(spec.body, 'input', 'Body') ?? {} } },
          },
        }
      : {}),
    responses: {
      [status]: {
        description: 'Success',
        ...(answer && { content: { 'application/json': { schema: answer } } }),
      },
      ...(refuses ? { 422: problem('The request does not have the expected form') } : {}),
      default: problem('An error'),
    },
  }
}

const problem = (description: string): object => ({
  description,
  content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
})

function pathParameters(pattern: string, schema: JSONSchema | undefined): object[] {
  return [...pattern.matchAll(PARAMETER)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: schema?.properties?.[name!] ?? { type: 'string' },
  }))
}

function namedParameters(place: 'query' | 'header', schema: JSONSchema | undefined): object[] {
  return Object.entries(schema?.properties ?? {}).map(([name, one]) => ({
    name,
    in: place,
    required: schema?.required?.includes(name) ?? false,
    schema: one,
  }))
}

interface JSONSchema {
  readonly properties?: Readonly<Record<string, object>>
  readonly required?: readonly string[]
}

/** The schemas of one operation. Those that refer to parts of themselves move to the components, where references hold. */
class OperationSchemas {
  readonly operation: string
  readonly #shared: Record<string, object>
  readonly #adapter: OpenAPIOptions['toJSONSchema']

  constructor(shared: Record<string, object>, operation: string, adapter: OpenAPIOptions['toJSONSchema']) {
    this.#shared = shared
    this.operation = operation
    this.#adapter = adapter
  }

  of(schema: StandardSchema, side: 'input' | 'output', part: string): JSONSchema | undefined {
    const json = toJSONSchema(schema, side, this.#adapter)
    if (json === undefined) return undefined
    const {
      $schema: _dialect,
      $defs,
      ...rest
    } = json as { $schema?: unknown; $defs?: Record<string, object> }
    if (!JSON.stringify(json).includes('"$ref"')) return rest
    const name = this.operation + part
    const moved = (value: object): object =>
      JSON.parse(JSON.stringify(value), (key, ref: unknown) => {
        if (key !== '$ref' || typeof ref !== 'string') return ref
        return ref === '#'
          ? `#/components/schemas/${name}`
          : ref.replace('#/$defs/', `#/components/schemas/${name}_`)
      })
    for (const [key, definition] of Object.entries($defs ?? {}))
      this.#shared[`${name}_${key}`] = moved(definition)
    const whole = moved(rest)
    this.#shared[name] = whole
    return whole as JSONSchema
  }
}

/** By the library itself where it can, else by the adapter. Undefined where neither can: a transform, a date. */
function toJSONSchema(
  schema: StandardSchema,
  side: 'input' | 'output',
  adapter: OpenAPIOptions['toJSONSchema'],
): object | undefined {
  const { jsonSchema } = schema['~standard'] as {
    jsonSchema?: Record<'input' | 'output', (options: { target: string }) => object>
  }
  for (const attempt of [
    () => jsonSchema?.[side]({ target: 'draft-2020-12' }),
    () => adapter?.(schema, side),
  ]) {
    try {
      const json = attempt()
      if (json !== undefined) return json
    } catch {
      // The operation is described without it.
    }
  }
  return undefined
}
