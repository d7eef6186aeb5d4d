// What can be known of a Standard Schema without knowing its library: which keys it wants, and of which kind.

/**
 * The part of the Standard Schema specification (https://standardschema.dev, version 1) that is used here; copied
 * as the specification asks, so that there is no dependency. zod, valibot, arktype and others implement it.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The properties of the specification. */
  readonly '~standard': {
    /** The version of the specification. */
    readonly version: 1
    /** The library. */
    readonly vendor: string
    /** Validates and converts. */
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    /** Only for the compiler. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** What a Standard Schema answers. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: ReadonlyArray<SchemaIssue> }

/** One thing that is wrong with a value. */
export interface SchemaIssue {
  /** For people. */
  readonly message: string
  /** Where in the value. */
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined
}

/**
 * Whether a value is a Standard Schema. An import that a circular import left undefined is none.
 *
 * @example
 * ```ts
 * import { isStandardSchema } from '@myfy/core'
 * import { z } from 'zod'
 *
 * console.log(isStandardSchema(z.string()), isStandardSchema(undefined)) // true false
 * ```
 */
export function isStandardSchema(value: unknown): value is StandardSchema {
  return typeof (value as StandardSchema | null | undefined)?.['~standard']?.validate === 'function'
}

/** What a schema wants at one place. */
export interface Shape {
  /** The keys of an object, in order; undefined for anything that is not an object. */
  readonly keys?: ReadonlyMap<string, Shape>
  /** What a text from outside is turned into before the schema sees it. */
  readonly convert: 'text' | 'number' | 'boolean' | 'list'
}

interface JSONSchema {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, JSONSchema>>
  readonly anyOf?: readonly JSONSchema[]
  readonly allOf?: readonly JSONSchema[]
}

/**
 * The keys that a schema wants, or undefined if its library does not tell: then the variables that are set decide.
 * zod and arktype tell by the JSON Schema extension of the specification; valibot by its `entries`.
 */
export function shapeOf(schema: StandardSchema): Shape | undefined {
  const json = jsonSchema(schema, 'input')
  if (json?.properties) return fromJSON(json, jsonSchema(schema, 'output'))
  return fromEntries(schema)
}

function jsonSchema(schema: StandardSchema, side: 'input' | 'output'): JSONSchema | undefined {
  const converter = (
    schema['~standard'] as { jsonSchema?: Record<string, (options: { target: string }) => unknown> }
  ).jsonSchema
  try {
    return converter?.[side]?.({ target: 'draft-2020-12' }) as JSONSchema | undefined
  } catch {
    // Something in it has no JSON Schema (a transform, a date): the library's own structure is asked instead.
    return undefined
  }
}

function fromJSON(input: JSONSchema, output: JSONSchema | undefined): Shape {
  if (input.properties) {
    const keys = new Map<string, Shape>()
    for (const [key, value] of Object.entries(input.properties))
      keys.set(key, fromJSON(value, output?.properties?.[key]))
    return { keys, convert: 'text' }
  }
  // A coercing schema takes anything, so what it gives decides: `z.coerce.boolean()` would read 'false' as true.
  return { convert: conversion(input) ?? conversion(output ?? {}) ?? 'text' }
}

function conversion(schema: JSONSchema): Shape['convert'] | undefined {
  const types = [schema, ...(schema.anyOf ?? []), ...(schema.allOf ?? [])].flatMap((part) => part.type ?? [])
  if (types.includes('string')) return 'text'
  if (types.includes('boolean')) return 'boolean'
  if (types.includes('number') || types.includes('integer')) return 'number'
  if (types.includes('array')) return 'list'
  return undefined
}

/** The structure that object schemas carry themselves: zod's `shape`, valibot's `entries`; wrappers are opened. */
interface Structured {
  readonly shape?: Record<string, Structured>
  readonly entries?: Record<string, Structured>
  readonly wrapped?: Structured
  readonly type?: string
  readonly def?: {
    readonly type?: string
    readonly innerType?: Structured
    readonly in?: Structured
    readonly coerce?: boolean
  }
}

function fromEntries(schema: unknown): Shape | undefined {
  const structured = schema as Structured
  const entries = structured.entries ?? structured.shape
  if (typeof entries === 'object' && entries !== null) {
    const keys = new Map<string, Shape>()
    for (const [key, value] of Object.entries(entries))
      keys.set(key, fromEntries(value) ?? { convert: 'text' })
    return { keys, convert: 'text' }
  }
  const inner = structured.wrapped ?? structured.def?.innerType ?? structured.def?.in
  if (inner) return fromEntries(inner)
  const kind = structured.def?.type ?? structured.type
  if (kind === 'boolean' || kind === 'number') return { convert: kind }
  return kind === 'array' ? { convert: 'list' } : undefined
}
