// The shape of a JSON Schema.

import { DEPTH, literals, mapOf, merged, type Shape, scalar, shape } from './shape.ts'

/** JSONSchema is the part of JSON Schema that reading variables depends on. */
export interface JSONSchema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, JSONSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: JSONSchema | boolean
  readonly items?: JSONSchema | boolean
  readonly prefixItems?: readonly JSONSchema[]
  readonly anyOf?: readonly JSONSchema[]
  readonly oneOf?: readonly JSONSchema[]
  readonly allOf?: readonly JSONSchema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
}

/** Returns the shape of a JSON Schema, or undefined for one that expects nothing in particular. */
export function fromJSON(schema: JSONSchema | boolean, root: JSONSchema, depth: number): Shape | undefined {
  if (typeof schema !== 'object' || depth > DEPTH) return undefined
  const inner = (part: JSONSchema | boolean): Shape => fromJSON(part, root, depth + 1) ?? shape()
  if (schema.$ref) return fromJSON(resolved(schema.$ref, root), root, depth + 1)
  const parts: Shape[] = []
  if (schema.properties) {
    const required = new Set(schema.required)
    const keys = mapOf(schema.properties, inner)
    for (const [key, part] of keys) keys.set(key, { ...part, optional: part.optional || !required.has(key) })
    parts.push(shape({ keys }))
  }
  if (typeof schema.additionalProperties === 'object')
    parts.push(shape({ values: inner(schema.additionalProperties) }))
  if (schema.prefixItems) parts.push(shape({ tuple: schema.prefixItems.map(inner) }))
  else if (typeof schema.items === 'object') parts.push(shape({ items: inner(schema.items) }))
  for (const options of [schema.anyOf, schema.oneOf, schema.allOf])
    if (options) parts.push(merged(options.map(inner)))
  if (schema.enum) parts.push(literals(schema.enum))
  else if (schema.const !== undefined) parts.push(literals([schema.const]))
  else parts.push(...[schema.type ?? []].flat().map(fromType))
  const found = parts.length ? merged(parts) : shape()
  return schema.default === undefined ? found : { ...found, optional: true }
}

function fromType(type: string): Shape {
  if (type === 'string') return scalar('text')
  if (type === 'number' || type === 'integer') return scalar('number')
  if (type === 'boolean' || type === 'null') return scalar(type)
  return type === 'array' ? shape({ items: scalar('text') }) : shape()
}

/** Follows a reference inside the document: `#/$defs/Pool`. */
function resolved(reference: string, root: JSONSchema): JSONSchema {
  let at: unknown = root
  for (const part of reference.replace(/^#\/?/, '').split('/')) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    if (key) at = (at as Record<string, unknown> | undefined)?.[key]
  }
  return (at ?? {}) as JSONSchema
}
