// The shape of a zod schema, from the structure that it carries.

import { DEPTH, literals, mapOf, merged, type Shape, scalar, shape } from './shape.ts'

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

/** Returns the shape of a zod schema, or undefined for another value. */
export function fromZod(schema: unknown, depth: number): Shape | undefined {
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
