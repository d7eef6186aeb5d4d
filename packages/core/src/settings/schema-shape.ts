// The shape of a schema: from the structure that zod and valibot schemas carry, or from JSON Schema.

import { literals, merged, type Shape, scalar, shape } from './shape.ts'
import type { StandardSchema } from './standard-schema.ts'

/** The maximum depth to which a schema is followed: a schema that contains itself has no end. */
const DEPTH = 8

/**
 * Returns the shape of a schema, or undefined if the library does not reveal it. zod and valibot are read from their own
 * structure, because their JSON Schema fails as a whole if one part has none (a date, a transformation); other libraries
 * from the JSON Schema that the specification lets them offer.
 */
export function shapeOf(schema: StandardSchema): Shape | undefined {
  const own = fromZod(schema, 0) ?? fromValibot(schema, 0)
  if (own?.keys) return own
  const input = jsonSchema(schema, 'input')
  const found = input && fromJSON(input, input, 0)
  if (!found?.keys) return own
  // A coercing schema accepts anything, so that its output decides.
  const output = jsonSchema(schema, 'output')
  return output ? fillFrom(found, fromJSON(output, output, 0)) : found
}

/** Takes over the scalars of `other` wherever `target` expects nothing in particular. */
function fillFrom(target: Shape, other: Shape | undefined): Shape {
  if (!other) return target
  const isOpen =
    !target.scalars.size && !target.literals.size && !target.keys && !target.items && !target.values
  if (isOpen && !target.tuple) return { ...other, optional: target.optional }
  const { keys } = target
  return keys
    ? {
        ...target,
        keys: new Map([...keys].map(([key, part]) => [key, fillFrom(part, other.keys?.get(key))])),
      }
    : target
}

// zod

interface ZodDefinition {
  readonly type?: string
  readonly shape?: Readonly<Record<string, unknown>>
  readonly element?: unknown
  readonly items?: readonly unknown[]
  readonly valueType?: unknown
  readonly options?: readonly unknown[]
  readonly left?: unknown
  readonly right?: unknown
  readonly innerType?: unknown
  readonly in?: unknown
  readonly out?: unknown
  readonly getter?: () => unknown
  readonly entries?: Readonly<Record<string, unknown>>
  readonly values?: readonly unknown[]
}

function fromZod(schema: unknown, depth: number): Shape | undefined {
  const { def } = (schema ?? {}) as { def?: ZodDefinition }
  if (typeof def?.type !== 'string' || depth > DEPTH) return undefined
  const inner = (part: unknown): Shape => fromZod(part, depth + 1) ?? scalar('text')
  switch (def.type) {
    case 'object':
      return shape({ keys: mapOf(def.shape ?? {}, inner) })
    case 'record':
      return shape({ values: inner(def.valueType) })
    case 'array':
      return shape({ items: inner(def.element) })
    case 'tuple':
      return shape({ tuple: (def.items ?? []).map(inner) })
    case 'union':
      return merged((def.options ?? []).map(inner))
    case 'intersection':
      return merged([inner(def.left), inner(def.right)])
    case 'optional':
    case 'default':
    case 'prefault':
    case 'catch':
      return { ...inner(def.innerType), optional: true }
    case 'nullable':
      return merged([inner(def.innerType), scalar('null')])
    case 'nonoptional':
      return { ...inner(def.innerType), optional: false }
    case 'readonly':
    case 'promise':
    case 'success':
      return inner(def.innerType)
    case 'pipe':
      // `z.preprocess` is a transformation first: the schema behind it says what is expected.
      return inner(
        (def.in as { def?: ZodDefinition } | undefined)?.def?.type === 'transform' ? def.out : def.in,
      )
    case 'lazy':
      return inner(def.getter?.())
    case 'enum':
      return literals(Object.values(def.entries ?? {}))
    case 'literal':
      return literals(def.values ?? [])
    case 'number':
    case 'int':
      return scalar('number')
    case 'boolean':
      return scalar('boolean')
    case 'bigint':
      return scalar('bigint')
    case 'null':
      return scalar('null')
    default:
      return scalar('text')
  }
}

// valibot

interface ValibotSchema {
  readonly kind?: string
  readonly type?: string
  readonly entries?: Readonly<Record<string, unknown>>
  readonly rest?: unknown
  readonly value?: unknown
  readonly item?: unknown
  readonly items?: readonly unknown[]
  readonly options?: readonly unknown[]
  readonly wrapped?: unknown
  readonly default?: unknown
  readonly literal?: unknown
  readonly getter?: (input: unknown) => unknown
}

const ABSENT = ['optional', 'exact_optional', 'nullish', 'undefinedable']

function fromValibot(schema: unknown, depth: number): Shape | undefined {
  const it = (schema ?? {}) as ValibotSchema
  if (it.kind !== 'schema' || typeof it.type !== 'string' || depth > DEPTH) return undefined
  const inner = (part: unknown): Shape => fromValibot(part, depth + 1) ?? scalar('text')
  if (it.entries)
    return shape({ keys: mapOf(it.entries, inner), ...(it.rest ? { values: inner(it.rest) } : {}) })
  if (it.wrapped) {
    const wrapped = inner(it.wrapped)
    const isNullable = it.type === 'nullable' || it.type === 'nullish'
    const optional = ABSENT.includes(it.type) || it.default !== undefined
    return {
      ...(isNullable ? merged([wrapped, scalar('null')]) : wrapped),
      optional: optional || wrapped.optional,
    }
  }
  switch (it.type) {
    case 'record':
      return shape({ values: inner(it.value) })
    case 'array':
      return shape({ items: inner(it.item) })
    case 'tuple':
    case 'loose_tuple':
    case 'strict_tuple':
    case 'tuple_with_rest':
      return shape({ tuple: (it.items ?? []).map(inner) })
    case 'union':
    case 'variant':
    case 'intersect':
      return merged((it.options ?? []).map(inner))
    case 'picklist':
    case 'enum':
      return literals(it.options ?? [])
    case 'literal':
      return literals([it.literal])
    case 'lazy':
      return inner(it.getter?.(undefined))
    case 'number':
    case 'boolean':
    case 'bigint':
    case 'null':
      return scalar(it.type)
    default:
      return scalar('text')
  }
}

// JSON Schema

interface JSONSchema {
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

function jsonSchema(schema: StandardSchema, side: 'input' | 'output'): JSONSchema | undefined {
  const { jsonSchema } = schema['~standard'] as {
    jsonSchema?: Record<string, (options: { target: string }) => unknown>
  }
  try {
    return jsonSchema?.[side]?.({ target: 'draft-2020-12' }) as JSONSchema | undefined
  } catch {
    // A part of the schema has no JSON Schema.
    return undefined
  }
}

function fromJSON(schema: JSONSchema | boolean, root: JSONSchema, depth: number): Shape | undefined {
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

const mapOf = (
  record: Readonly<Record<string, unknown>>,
  inner: (part: never) => Shape,
): Map<string, Shape> => new Map(Object.entries(record).map(([key, part]) => [key, inner(part as never)]))
