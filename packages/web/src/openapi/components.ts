// The shared schemas of a description, and the conversion of schemas to JSON Schema.

import { isDeepStrictEqual } from 'node:util'
import type { StandardSchema } from '@myfy/core'
import type { JSONSchema, SchemaConverter, SchemaSide } from '../validation/json-schema.ts'
import { convertSchema } from './convert-schema.ts'

/** The place of a schema in a description, for names and warnings. */
export interface SchemaPlace {
  /** The name of the operation, which is unique. */
  readonly operation: string
  /** The route: `GET /users/:id`. */
  readonly route: string
  readonly part: 'params' | 'query' | 'headers' | 'body' | 'response'
}

/** Receives the parts of schemas that JSON Schema cannot express. */
export type Warn = (place: SchemaPlace, reason: string) => void

/** Components converts schemas and collects those that others refer to. */
export class Components {
  readonly schemas: Record<string, JSONSchema>
  readonly #converter: SchemaConverter | undefined
  readonly #warn: Warn
  readonly #converted: Record<SchemaSide, Map<StandardSchema, JSONSchema | undefined>> = {
    input: new Map(),
    output: new Map(),
  }

  constructor(schemas: Record<string, JSONSchema>, converter: SchemaConverter | undefined, warn: Warn) {
    this.schemas = schemas
    this.#converter = converter
    this.#warn = warn
  }

  /** Returns the JSON Schema of a schema, whose references lead to the components. Undefined if there is none. */
  convert(schema: StandardSchema, side: SchemaSide, place: SchemaPlace): JSONSchema | undefined {
    const converted = this.#converted[side]
    if (!converted.has(schema)) converted.set(schema, this.#convert(schema, side, place))
    return converted.get(schema)
  }

  /** Follows a reference to a component. */
  resolve(schema: JSONSchema): JSONSchema {
    const name = /^#\/components\/schemas\/(.+)$/.exec(String(schema.$ref ?? ''))?.[1]
    const target = name === undefined ? undefined : this.schemas[name]
    return target === undefined || target === schema ? schema : this.resolve(target)
  }

  #convert(schema: StandardSchema, side: SchemaSide, place: SchemaPlace): JSONSchema | undefined {
    const json = convertSchema(schema, side, this.#converter, (reason) =>
      this.#warn(place, `is described in part: ${reason}`),
    )
    if (json === undefined) {
      this.#warn(place, 'is not described: its library has no JSON Schema. Pass openapi.toJSONSchema')
      return undefined
    }
    const { $schema: _dialect, $defs = {}, ...root } = json
    const id = nameOf(root)
    const whole = id ?? place.operation + place.part.charAt(0).toUpperCase() + place.part.slice(1)
    // The names have to be known before the references to them are rewritten.
    const names = new Map(
      Object.entries($defs).map(([key, definition]) => [
        key,
        this.#reserve(nameOf(definition) ?? (isGenerated(key) ? `${whole}_${key}` : key), side, definition),
      ]),
    )
    const refersToRoot = JSON.stringify(json).includes('"$ref":"#"')
    const name = id !== undefined || refersToRoot ? this.#reserve(whole, side, root) : undefined
    const rewrite = (value: JSONSchema) => rewriteReferences(value, names, name)
    for (const [key, definition] of Object.entries($defs)) this.#define(names.get(key)!, rewrite(definition))
    if (name === undefined) return rewrite(root)
    this.#define(name, rewrite(root))
    return { $ref: `#/components/schemas/${name}` }
  }

  /** Schemas as they were before their references were rewritten, to find equal ones. */
  readonly #originals = new Map<string, JSONSchema>()

  /** Returns the name of a component: the wanted one, unless it belongs to another schema. */
  #reserve(wanted: string, side: SchemaSide, schema: JSONSchema): string {
    const plain = wanted.replace(/[^\w.-]/g, '_')
    const candidates = [plain, plain + (side === 'input' ? 'Input' : 'Output')]
    for (let i = 0; ; i++) {
      const name = candidates[i] ?? `${plain}${i}`
      const taken = this.#originals.get(name) ?? this.schemas[name]
      if (taken !== undefined && !isDeepStrictEqual(taken, schema)) continue
      this.#originals.set(name, schema)
      return name
    }
  }

  #define(name: string, schema: JSONSchema): void {
    this.schemas[name] ??= schema
  }
}

/** The name that the author gave a schema: `z.object({ … }).meta({ id: 'User' })`. */
function nameOf(schema: JSONSchema): string | undefined {
  const id = schema.id ?? schema.$id
  return typeof id === 'string' && id !== '' ? id : undefined
}

/** Names that a library made up: `__schema0` of zod, `intersection11` of arktype. */
const isGenerated = (key: string): boolean => /^_|\d$/.test(key)

function rewriteReferences(
  schema: JSONSchema,
  names: ReadonlyMap<string, string>,
  root: string | undefined,
): JSONSchema {
  const rewrite = (value: unknown, depth: number): unknown => {
    if (Array.isArray(value)) return value.map((item) => rewrite(item, depth + 1))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, nested]) => {
        if (
          key === '$schema' ||
          ((key === 'id' || key === '$id') && depth === 0 && typeof nested === 'string')
        )
          return []
        if (key !== '$ref' || typeof nested !== 'string') return [[key, rewrite(nested, depth + 1)]]
        if (nested === '#') return [[key, `#/components/schemas/${root}`]]
        const name = names.get(decodeURIComponent(nested.replace('#/$defs/', '')))
        return [[key, name === undefined ? nested : `#/components/schemas/${name}`]]
      }),
    )
  }
  return rewrite(schema, 0) as JSONSchema
}
