// The shape of a valibot schema, from the structure that it carries.

import { DEPTH, literals, mapOf, merged, type Shape, scalar, shape } from './shape.ts'

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

/** Returns the shape of a valibot schema, or undefined for another value. */
export function fromValibot(schema: unknown, depth: number): Shape | undefined {
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
