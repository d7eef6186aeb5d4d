// JSON Schema from a Standard Schema, for the API description and for validation problems.

import type { StandardSchema } from '@myfy/core'

/** The side of a schema: the values that it accepts, or those that it returns. */
export type SchemaSide = 'input' | 'output'

/** Converts a schema of a library without `~standard.jsonSchema`; undefined when it cannot. */
export type SchemaConverter = (schema: StandardSchema, side: SchemaSide) => object | undefined

/** A JSON Schema, as far as this package reads it. */
export interface JSONSchema {
  readonly [keyword: string]: unknown
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, JSONSchema>>
  readonly required?: readonly string[]
  readonly $defs?: Readonly<Record<string, JSONSchema>>
}

/**
 * Returns the JSON Schema (draft 2020-12) of a schema: by its library, else by the converter. Undefined when neither can
 * express it.
 */
export function toJSONSchema(
  schema: StandardSchema,
  side: SchemaSide,
  converter?: SchemaConverter,
): JSONSchema | undefined {
  const { jsonSchema } = schema['~standard'] as {
    jsonSchema?: Record<SchemaSide, (options: { target: string }) => object>
  }
  for (const convert of [
    () => jsonSchema?.[side]({ target: 'draft-2020-12' }),
    () => converter?.(schema, side),
  ]) {
    try {
      const json = convert()
      if (json !== undefined) return json as JSONSchema
    } catch {
      // The library cannot express the schema: a date, a transform. The caller decides about it.
    }
  }
  return undefined
}

/** The property names of a schema. */
export interface DeclaredProperties {
  /** The names of all properties at any depth; undefined when the schema cannot be read. */
  readonly names: ReadonlySet<string> | undefined
  /** The names of the top-level properties that are lists. */
  readonly lists: ReadonlySet<string>
}

/**
 * Returns the property names that a schema declares, read once: from its JSON Schema, or from the definitions of zod and
 * valibot, which cannot express every schema as JSON Schema.
 */
export function declaredProperties(schema: StandardSchema): DeclaredProperties {
  const known = DECLARED.get(schema)
  if (known !== undefined) return known
  const json = toJSONSchema(schema, 'input')
  const names = new Set<string>()
  const isReadable = json !== undefined || INTROSPECTED_VENDORS.has(schema['~standard'].vendor)
  if (isReadable) collectNames(json ?? schema, names, new Set())
  const lists = Object.entries(json?.properties ?? {}).flatMap(([name, { type }]) =>
    type === 'array' ? name : [],
  )
  const declared = { names: isReadable ? names : undefined, lists: new Set(lists) }
  DECLARED.set(schema, declared)
  return declared
}

const DECLARED = new WeakMap<StandardSchema, DeclaredProperties>()
const INTROSPECTED_VENDORS: ReadonlySet<string> = new Set(['zod', 'valibot'])
/** The keywords below which names are declared: JSON Schema, zod, valibot. */
const NAME_KEYWORDS: ReadonlySet<string> = new Set(['properties', 'shape', 'entries'])
/** A schema that refers to itself, or is built by a function, has any number of nodes. */
const MAX_NODES = 5_000

function collectNames(node: unknown, names: Set<string>, visited: Set<object>): void {
  if (typeof node !== 'object' || node === null || visited.has(node) || visited.size >= MAX_NODES) return
  visited.add(node)
  for (const [keyword, value] of Object.entries(node)) {
    // In zod 3, `shape` is a function.
    const nested: unknown = keyword === 'shape' && typeof value === 'function' ? value() : value
    if (NAME_KEYWORDS.has(keyword) && typeof nested === 'object' && nested !== null)
      for (const name of Object.keys(nested)) names.add(name)
    collectNames(nested, names, visited)
  }
}
