// The shape of a schema: from the structure that zod and valibot schemas carry, or from JSON Schema.

import type { StandardSchema } from '../standard-schema.ts'
import { fromJSON, type JSONSchema } from './from-json-schema.ts'
import { fromValibot } from './from-valibot.ts'
import { fromZod } from './from-zod.ts'
import type { Shape } from './shape.ts'

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
