// The conversion of a schema to JSON Schema, with a fallback for the parts that its library cannot express.

import type { StandardSchema } from '@myfy/core'
import type { JSONSchema, SchemaConverter, SchemaSide } from '../validation/json-schema.ts'
import { isZod, zodSchema } from './zod-schema.ts'

/** Receives the reason why a part of a schema is described as any value. */
export type WarnPart = (reason: string) => void

/**
 * Returns the JSON Schema (draft 2020-12) of a schema: by its library, by the converter of the options, or from its
 * structure. A part that JSON Schema cannot express is described as any value, with a warning, and the rest remains. A
 * date is a string in ISO 8601, as `JSON.stringify` writes it. Undefined when nothing can read the schema.
 */
export function convertSchema(
  schema: StandardSchema,
  side: SchemaSide,
  converter: SchemaConverter | undefined,
  warn: WarnPart,
): JSONSchema | undefined {
  return (
    attempt(() => byLibrary(schema, side, warn)) ??
    attempt(() => converter?.(schema, side) as JSONSchema | undefined) ??
    attempt(() => byEntries(schema, side, converter, warn)) ??
    attempt(() => (isZod(schema) ? zodSchema(schema, side, warn) : undefined))
  )
}

function attempt<T>(convert: () => T | undefined): T | undefined {
  try {
    return convert()
  } catch {
    // This way cannot express the schema; the next one is tried.
    return undefined
  }
}

/** The interface `~standard.jsonSchema` of libraries, with the options of zod and of arktype. */
interface JSONSchemaMethods {
  readonly jsonSchema?: Record<
    SchemaSide,
    (options: { target: string; libraryOptions: object }) => JSONSchema
  >
}

const DATE = { type: 'string', format: 'date-time' }

function byLibrary(schema: StandardSchema, side: SchemaSide, warn: WarnPart): JSONSchema | undefined {
  const { jsonSchema } = schema['~standard'] as JSONSchemaMethods
  const libraryOptions = {
    unrepresentable: 'any',
    override: (context: ZodOverride) => overrideZod(context, side, warn),
    fallback: {
      date: () => DATE,
      default: ({ base, code }: { base: JSONSchema; code?: string }) => {
        if (code !== 'predicate') warn(`JSON Schema cannot express it (${code})`)
        return base
      },
    },
  }
  return jsonSchema?.[side]({ target: 'draft-2020-12', libraryOptions })
}

interface ZodOverride {
  readonly zodSchema: {
    readonly _zod: { readonly def: { readonly type: string; readonly catchall?: unknown } }
  }
  readonly jsonSchema: { additionalProperties?: unknown }
  readonly path: ReadonlyArray<string | number>
}

function overrideZod({ zodSchema, jsonSchema, path }: ZodOverride, side: SchemaSide, warn: WarnPart): void {
  const { type, catchall } = zodSchema._zod.def
  if (type === 'date') Object.assign(jsonSchema, DATE)
  // Unknown properties are removed, not refused; a later version may send more of them.
  if (type === 'object' && side === 'output' && catchall === undefined) delete jsonSchema.additionalProperties
  if (NOT_JSON.has(type)) {
    const place = path.filter((key) => key !== 'properties').join('.')
    warn(`JSON Schema cannot express a ${type}${place ? ` (${place})` : ''}`)
  }
}

const NOT_JSON: ReadonlySet<string> = new Set([
  'bigint',
  'custom',
  'file',
  'function',
  'map',
  'nan',
  'set',
  'symbol',
  'transform',
])

/** Converts the properties of a valibot object one by one. */
function byEntries(
  schema: StandardSchema,
  side: SchemaSide,
  converter: SchemaConverter | undefined,
  warn: WarnPart,
): JSONSchema | undefined {
  const { type, entries } = schema as {
    type?: unknown
    entries?: Record<string, StandardSchema & { type: string; wrapped?: StandardSchema }>
  }
  if (converter === undefined || typeof entries !== 'object' || !/object$/.test(String(type)))
    return undefined
  const properties: Record<string, JSONSchema> = {}
  const required: string[] = []
  for (const [name, entry] of Object.entries(entries)) {
    const isOptional = /^(?:exact_optional|optional|nullish|undefinedable)/.test(entry.type)
    if (!isOptional) required.push(name)
    const inner = isOptional && entry.wrapped ? entry.wrapped : entry
    const json = convertSchema(inner, side, converter, warn)
    const isDate = (inner as { type?: string }).type === 'date'
    if (json === undefined && !isDate) warn(`JSON Schema cannot express ${name}`)
    properties[name] = json ?? (isDate ? DATE : {})
  }
  return { type: 'object', properties, ...(required.length > 0 && { required }) }
}
