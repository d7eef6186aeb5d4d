// One operation of a description: its parameters, its body and its responses.

import { STATUS_CODES } from 'node:http'
import { isStandardSchema, type StandardSchema } from '@myfy/core'
import { alternativesOf } from '../auth/alternatives.ts'
import { FormSchema } from '../forms/form.ts'
import { formBody } from '../forms/form-body.ts'
import { PROBLEM_TYPE } from '../http/http-exception.ts'
import { schemaOf } from '../routing/responses.ts'
import type { ResponseDescription, Route, RouteSpec } from '../routing/route-spec.ts'
import type { JSONSchema } from '../validation/json-schema.ts'
import type { Components, SchemaPlace } from './components.ts'
import { namedParameters, pathParameters } from './parameters.ts'
import type { PathTemplate } from './path-template.ts'
import { securityOf } from './security.ts'

/** An operation to describe. */
export interface OperationSource {
  readonly route: Route
  readonly template: PathTemplate
  /** The names of the path parameters in the document. */
  readonly names: readonly string[]
  readonly operationId: string
}

/** Describes an operation as an operation object of OpenAPI. */
export function describeOperation(
  { route, template, names, operationId }: OperationSource,
  components: Components,
): object {
  const { method, spec } = route
  const place = (part: SchemaPlace['part']): SchemaPlace => ({
    operation: operationId,
    route: `${method} ${route.pattern}`,
    part,
  })
  const input = (part: 'params' | 'query' | 'headers' | 'body') =>
    spec[part] && components.convert(spec[part], 'input', place(part))
  const resolve = (schema: JSONSchema) => components.resolve(schema)
  const parameters = [
    ...pathParameters(template.parameters, names, input('params'), resolve),
    ...namedParameters('query', input('query'), resolve),
    ...namedParameters('header', input('headers'), resolve),
  ]
  const hasBody = spec.body !== undefined && method !== 'GET' && method !== 'HEAD'
  const isForm = spec.body instanceof FormSchema
  return {
    operationId,
    summary: spec.summary ?? `${method} ${template.path}`,
    ...(spec.description === undefined ? {} : { description: spec.description }),
    ...(spec.tags?.length ? { tags: spec.tags } : {}),
    ...(spec.deprecated ? { deprecated: true } : {}),
    ...securityOf(spec),
    ...(parameters.length ? { parameters } : {}),
    ...(hasBody && {
      requestBody:
        spec.body instanceof FormSchema
          ? formBody(
              spec.body,
              (schema, name) =>
                components.convert(schema, 'input', {
                  ...place('body'),
                  operation: `${operationId}${name.charAt(0).toUpperCase()}${name.slice(1)}`,
                }),
              acceptsUndefined,
            )
          : {
              required: !acceptsUndefined(spec.body),
              content: { 'application/json': { schema: input('body') ?? {} } },
            },
    }),
    responses: {
      ...successResponses(route, components, place('response')),
      ...(hasBody && {
        400: problem(isForm ? 'The form is malformed' : 'The body is not valid JSON'),
        413: problem('The body is too large'),
        415: problem(isForm ? 'The body is not a form, or a file has another type' : 'The body is not JSON'),
      }),
      ...(spec.params || spec.query || spec.headers || hasBody
        ? { 422: problem('The request does not match the schema') }
        : {}),
      ...(alternativesOf(spec.auth).length > 0 && {
        401: problem('The credentials are missing or not valid'),
      }),
      ...((spec.scopes?.length || spec.roles?.length) && { 403: problem('The identity may not do this') }),
      ...(method === 'GET' && spec.etag && { 304: { description: 'The client has this version' } }),
      ...(spec.rateLimit !== undefined && { 429: problem('Too many requests') }),
      ...furtherResponses(spec, components, place('response')),
      default: problem('An error'),
    },
  }
}

/**
 * The responses of a handler. Without a response schema and a status, the handler decides between 200 and 204 by its
 * value, which is described as any success.
 */
function successResponses(
  { method, spec }: Route,
  components: Components,
  place: SchemaPlace,
): Record<string, object> {
  const { response, status } = spec
  if (response === undefined) return { [status ?? '2XX']: { description: 'Success' } }
  const json = components.convert(response, 'output', place)
  const nothing = isNothing(response, json)
  const hasContent = method !== 'HEAD' && status !== 204 && !nothing
  const content = hasContent ? contentOf(json, components) : {}
  const success = { description: 'Success', ...(Object.keys(content).length > 0 && { content }) }
  if (status !== undefined) return { [status]: success }
  if (nothing) return { 204: success }
  return { 200: success, ...(acceptsUndefined(response) && { 204: { description: 'No content' } }) }
}

/** A string is sent as text, any other value as JSON. */
function contentOf(schema: JSONSchema | undefined, components: Components): Record<string, object> {
  if (schema === undefined) return { 'application/json': {} }
  const target = components.resolve(schema)
  const union = target.anyOf ?? target.oneOf
  const members = Array.isArray(union) && target.properties === undefined ? (union as JSONSchema[]) : [schema]
  const isText = (member: JSONSchema) => {
    const { type, const: constant, enum: values } = components.resolve(member)
    return type === 'string' || typeof constant === 'string' || isStrings(values)
  }
  const texts = members.filter(isText)
  const others = members.filter((member) => !isText(member))
  const whole = (list: JSONSchema[]) =>
    list.length === members.length ? schema : list.length === 1 ? list[0] : { anyOf: list }
  return {
    ...(texts.length > 0 && { 'text/plain': { schema: whole(texts) } }),
    ...(others.length > 0 && { 'application/json': { schema: whole(others) } }),
  }
}

const isStrings = (values: unknown): boolean =>
  Array.isArray(values) && values.length > 0 && values.every((value) => typeof value === 'string')

function furtherResponses(
  { responses = {} }: RouteSpec,
  components: Components,
  place: SchemaPlace,
): Record<string, object> {
  const describe = (status: string, declared: StandardSchema | ResponseDescription): object => {
    const { description, mediaType } = isStandardSchema(declared) ? ({} as ResponseDescription) : declared
    const schema = schemaOf(declared)
    const text = description ?? STATUS_CODES[status] ?? 'Response'
    if (schema === undefined && mediaType === undefined)
      return Number(status) >= 400 ? problem(text) : { description: text }
    const json =
      schema && components.convert(schema, 'output', { ...place, operation: `${place.operation}${status}` })
    if (mediaType === undefined) return { description: text, content: contentOf(json, components) }
    return { description: text, content: { [mediaType]: json ? { schema: json } : {} } }
  }
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => [status, describe(status, response)]),
  )
}

const problem = (description: string): object => ({
  description,
  content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
})

/** Reports whether a schema accepts that there is no value. An asynchronous schema is taken not to. */
function acceptsUndefined(schema: StandardSchema | undefined): boolean {
  try {
    const result = schema?.['~standard'].validate(undefined)
    if (!(result instanceof Promise)) return result !== undefined && result.issues === undefined
    result.catch(() => {})
  } catch {
    // A transform that expects a value.
  }
  return false
}

/** Reports whether a schema accepts nothing but `undefined`. */
function isNothing(schema: StandardSchema, json: JSONSchema | undefined): boolean {
  if (Object.keys(json ?? {}).length > 0 || !acceptsUndefined(schema)) return false
  return [null, {}, [], '', 0, false].every((value) => {
    try {
      const result = schema['~standard'].validate(value)
      return !(result instanceof Promise) && result.issues !== undefined
    } catch {
      return false
    }
  })
}
