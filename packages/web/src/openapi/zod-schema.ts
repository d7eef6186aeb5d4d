// JSON Schema of zod 3, and of versions of zod 4 without `~standard.jsonSchema`, from the definitions of their schemas.

import type { StandardSchema } from '@myfy/core'
import type { JSONSchema, SchemaSide } from '../validation/json-schema.ts'

/** Reports whether a schema was made by zod. */
export const isZod = (schema: StandardSchema): boolean => schema['~standard'].vendor === 'zod'

/** Returns the JSON Schema of a schema of zod. */
export function zodSchema(
  schema: StandardSchema,
  side: SchemaSide,
  warn: (reason: string) => void,
): JSONSchema {
  // The caller has asked isZod: the rest of the object is not part of Standard Schema.
  return new ZodConversion(side, warn).convert(schema as unknown as ZodNode)
}

/** A schema of zod 3 (`_def`) or zod 4 (`_zod`). */
interface ZodNode {
  readonly _def: Definition
  readonly _zod?: {
    readonly def: Definition
    readonly bag?: Record<string, unknown>
    readonly optin?: 'optional'
    readonly optout?: 'optional'
  }
  isOptional?(): boolean
  readonly description?: string
}

// biome-ignore lint/suspicious/noExplicitAny: the definitions of two major versions, whose members depend on the kind
type Definition = Record<string, any>

type Converters = Record<string, (this: ZodConversion, definition: Definition, node: ZodNode) => JSONSchema>

class ZodConversion {
  readonly #side: SchemaSide
  readonly #warn: (reason: string) => void
  readonly #open = new Set<ZodNode>()

  constructor(side: SchemaSide, warn: (reason: string) => void) {
    this.#side = side
    this.#warn = warn
  }

  convert(node: ZodNode): JSONSchema {
    if (this.#open.has(node)) return this.anything('a schema that refers to itself')
    this.#open.add(node)
    const definition = definitionOf(node)
    const kind = kindOf(definition)
    const converter = CONVERTERS[kind]
    const json = converter ? converter.call(this, definition, node) : this.anything(`a ${kind}`)
    this.#open.delete(node)
    const { description } = node
    return description === undefined ? json : { ...json, description }
  }

  anything(what: string): JSONSchema {
    this.#warn(`JSON Schema cannot express ${what}`)
    return {}
  }

  get side(): SchemaSide {
    return this.#side
  }

  /** Reports whether a property has to be present. */
  isRequired(node: ZodNode): boolean {
    if (node._zod) return (this.#side === 'input' ? node._zod.optin : node._zod.optout) !== 'optional'
    const kind = kindOf(definitionOf(node))
    if (this.#side === 'output' && (kind === 'default' || kind === 'catch')) return true
    return !node.isOptional?.()
  }
}

const definitionOf = (node: ZodNode): Definition => node._zod?.def ?? node._def

/** The kind of a definition, in the words of zod 4: `ZodNativeEnum` of zod 3 is `nativeenum`. */
const kindOf = ({ type, typeName }: Definition): string =>
  typeof typeName === 'string' ? typeName.replace(/^Zod/, '').toLowerCase() : String(type)

const inner = (node: ZodConversion, definition: Definition): JSONSchema =>
  node.convert(definition.innerType ?? definition.type ?? definition.schema)

const CONVERTERS: Converters = {
  string: (_, node) => ({ type: 'string', ...stringChecks(node) }),
  number: (_, node) => numberSchema(node),
  int: (_, node) => ({ ...numberSchema(node), type: 'integer' }),
  boolean: () => ({ type: 'boolean' }),
  null: () => ({ type: 'null' }),
  date: () => ({ type: 'string', format: 'date-time' }),
  any: () => ({}),
  unknown: () => ({}),
  undefined: () => ({}),
  void: () => ({}),
  never: () => ({ not: {} }),
  literal: ({ value, values }) => enumeration(values ?? [value]),
  enum: ({ values, entries }) => enumeration(values ?? enumValues(entries)),
  nativeenum: ({ values }) => enumeration(enumValues(values)),
  object(definition) {
    const { shape, unknownKeys, catchall } = definition
    const nodes = Object.entries((typeof shape === 'function' ? shape() : shape) as Record<string, ZodNode>)
    const required = nodes.filter(([, node]) => this.isRequired(node)).map(([name]) => name)
    const isStrict = unknownKeys === 'strict' || (catchall?._zod && kindOf(catchall._zod.def) === 'never')
    return {
      type: 'object',
      properties: Object.fromEntries(nodes.map(([name, node]) => [name, this.convert(node)])),
      ...(required.length > 0 && { required }),
      ...(isStrict && { additionalProperties: false }),
    }
  },
  array({ element, type, minLength, maxLength }) {
    return {
      type: 'array',
      items: this.convert(element ?? type),
      ...(minLength && { minItems: minLength.value }),
      ...(maxLength && { maxItems: maxLength.value }),
    }
  },
  tuple({ items }) {
    return { type: 'array', prefixItems: items.map((item: ZodNode) => this.convert(item)) }
  },
  record({ valueType }) {
    return { type: 'object', additionalProperties: this.convert(valueType) }
  },
  union({ options }) {
    return { anyOf: [...options.values()].map((option: ZodNode) => this.convert(option)) }
  },
  discriminatedunion({ options }) {
    return { oneOf: [...options.values()].map((option: ZodNode) => this.convert(option)) }
  },
  intersection({ left, right }) {
    return { allOf: [this.convert(left), this.convert(right)] }
  },
  nullable(definition) {
    return { anyOf: [inner(this, definition), { type: 'null' }] }
  },
  lazy({ getter }) {
    return this.convert(getter())
  },
  effects(definition) {
    const isTransform = definition.effect.type === 'transform' && this.side === 'output'
    return isTransform ? this.anything('a transform') : inner(this, definition)
  },
  pipe({ in: first, out }) {
    const isPreprocess = kindOf(definitionOf(first)) === 'transform'
    return this.convert(this.side === 'input' && !isPreprocess ? first : out)
  },
  pipeline({ in: first, out }) {
    return this.convert(this.side === 'input' ? first : out)
  },
}
for (const kind of ['optional', 'default', 'prefault', 'nonoptional', 'catch', 'readonly', 'branded'])
  CONVERTERS[kind] = function (definition) {
    return inner(this, definition)
  }

const enumValues = (entries: Record<string, unknown>): unknown[] =>
  // A numeric enum of TypeScript maps its values back to its names.
  Object.entries(entries).flatMap(([name, value]) =>
    typeof entries[value as string] === 'number' ? [] : [value ?? name],
  )

function enumeration(values: readonly unknown[]): JSONSchema {
  const types = [...new Set(values.map((value) => (value === null ? 'null' : typeof value)))]
  const type = types.length === 1 ? types[0]! : types
  return values.length === 1 ? { type, const: values[0] } : { type, enum: [...values] }
}

const FORMATS: Readonly<Record<string, string>> = {
  email: 'email',
  url: 'uri',
  uuid: 'uuid',
  guid: 'uuid',
  datetime: 'date-time',
  date: 'date',
  time: 'time',
  ipv4: 'ipv4',
  ipv6: 'ipv6',
}

function stringChecks({ _def, _zod }: ZodNode): JSONSchema {
  const { minimum, maximum, format } = (_zod?.bag ?? {}) as Record<string, never>
  const json: Record<string, unknown> = {}
  if (minimum !== undefined) json.minLength = minimum
  if (maximum !== undefined) json.maxLength = maximum
  if (format !== undefined && FORMATS[format]) json.format = FORMATS[format]
  for (const { kind, value, regex } of zod3Checks(_def, _zod)) {
    if (kind === 'min' || kind === 'length') json.minLength = value
    if (kind === 'max' || kind === 'length') json.maxLength = value
    if (kind === 'regex') json.pattern = regex.source
    if (FORMATS[kind]) json.format = FORMATS[kind]
  }
  return json
}

function numberSchema({ _def, _zod }: ZodNode): JSONSchema {
  const { format, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = (_zod?.bag ??
    {}) as Record<string, unknown>
  const bounds = { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }
  const json: Record<string, unknown> = {
    type: /int/.test(String(format)) ? 'integer' : 'number',
    ...Object.fromEntries(Object.entries(bounds).filter(([, bound]) => Number.isSafeInteger(bound))),
  }
  for (const { kind, value, inclusive } of zod3Checks(_def, _zod)) {
    if (kind === 'int') json.type = 'integer'
    if (kind === 'min') json[inclusive ? 'minimum' : 'exclusiveMinimum'] = value
    if (kind === 'max') json[inclusive ? 'maximum' : 'exclusiveMaximum'] = value
    if (kind === 'multipleOf') json.multipleOf = value
  }
  return json
}

const zod3Checks = (definition: Definition, zod4: unknown): readonly Definition[] =>
  zod4 === undefined ? (definition.checks ?? []) : []
