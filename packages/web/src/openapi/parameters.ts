// Parameters of an operation from the JSON Schema of the query, the headers and the path.

import type { JSONSchema } from '../validation/json-schema.ts'
import type { PathParameter } from './path-template.ts'

/** A parameter object of OpenAPI. */
export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly deprecated?: boolean
  readonly style?: 'form'
  readonly explode?: boolean
  readonly schema: object
}

type Resolve = (schema: JSONSchema) => JSONSchema

/** The parameters of a path template. Without a schema they are strings. */
export function pathParameters(
  parameters: readonly PathParameter[],
  names: readonly string[],
  schema: JSONSchema | undefined,
  resolve: Resolve,
): Parameter[] {
  const properties: Readonly<Record<string, JSONSchema>> =
    schema === undefined ? {} : membersOf(schema, resolve).properties
  return parameters.map(({ name, pattern, multiple }, i) => {
    const { description, ...declared } = (properties[name] ?? {
      type: 'string',
      ...(pattern === undefined ? {} : { pattern }),
    }) as JSONSchema
    const notes = [description, multiple ? 'May contain slashes.' : undefined].filter(Boolean).join(' ')
    return {
      name: names[i] ?? name,
      in: 'path',
      required: true,
      ...(notes === '' ? {} : { description: notes }),
      schema: declared,
    }
  })
}

/** The parameters of a query or of headers: the properties of an object, of each member of a union. */
export function namedParameters(
  place: 'query' | 'header',
  schema: JSONSchema | undefined,
  resolve: Resolve,
): Parameter[] {
  if (schema === undefined) return []
  const { properties, required, open } = membersOf(schema, resolve)
  const parameters = Object.entries(properties)
    .filter(([name]) => place === 'query' || !RESERVED_HEADERS.has(name.toLowerCase()))
    .map(([name, property]): Parameter => {
      const { description, deprecated, ...rest } = property
      return {
        name,
        in: place,
        required: required.has(name),
        ...(typeof description === 'string' && { description }),
        ...(deprecated === true && { deprecated }),
        schema: rest,
      }
    })
  if (open === undefined || place === 'header') return parameters
  return [
    ...parameters,
    {
      name: 'parameters',
      in: 'query',
      required: false,
      style: 'form',
      explode: true,
      schema: { type: 'object', additionalProperties: open },
    },
  ]
}

/** Headers that OpenAPI describes by other means (3.1.0, 4.8.12.1). */
const RESERVED_HEADERS: ReadonlySet<string> = new Set(['accept', 'authorization', 'content-type'])

interface Members {
  readonly properties: Record<string, JSONSchema>
  readonly required: Set<string>
  /** The schema of names that are not declared, of a record. */
  readonly open: object | undefined
}

/**
 * The members of an object schema. In a union, a member that only some alternatives have is optional, and one that has
 * several schemas has any of them.
 */
function membersOf(schema: JSONSchema, resolve: Resolve): Members {
  const target = resolve(schema)
  const { properties = {}, required = [], additionalProperties } = target
  const own: Members = {
    properties: { ...properties },
    required: new Set(required),
    open:
      typeof additionalProperties === 'object' && additionalProperties !== null
        ? additionalProperties
        : undefined,
  }
  const all = alternatives(target.allOf).map((part) => membersOf(part, resolve))
  const one = [...alternatives(target.oneOf), ...alternatives(target.anyOf)].map((part) =>
    membersOf(part, resolve),
  )
  const combined = [own, ...all, ...(one.length > 0 ? [unite(one)] : [])]
  return {
    properties: Object.assign({}, ...combined.map((members) => members.properties)),
    required: new Set(combined.flatMap((members) => [...members.required])),
    open: combined.find((members) => members.open !== undefined)?.open,
  }
}

const alternatives = (list: unknown): JSONSchema[] =>
  Array.isArray(list)
    ? list.filter((item): item is JSONSchema => typeof item === 'object' && item !== null)
    : []

function unite(members: readonly Members[]): Members {
  const names = new Set(members.flatMap(({ properties }) => Object.keys(properties)))
  const properties = Object.fromEntries(
    [...names].map((name): [string, JSONSchema] => {
      const schemas: JSONSchema[] = members.flatMap(({ properties }): JSONSchema[] => {
        const property = properties[name]
        return property === undefined ? [] : [property]
      })
      const distinct = new Map(schemas.map((schema) => [JSON.stringify(schema), schema]))
      return [name, distinct.size === 1 ? schemas[0]! : { anyOf: [...distinct.values()] }]
    }),
  )
  return {
    properties,
    required: new Set([...names].filter((name) => members.every(({ required }) => required.has(name)))),
    open: members.find(({ open }) => open !== undefined)?.open,
  }
}
