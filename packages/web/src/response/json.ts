// The JSON of an answer. What JSON cannot express is refused: a Map would silently become `{}`.

import { clauseOf } from '@myfy/core/runtime'
import { ResponseError } from '../errors.ts'

/**
 * Returns the JSON of a value.
 *
 * @throws ResponseError if a part of the value has no JSON form; the message names its place
 */
export function stringifyJSON(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (error) {
    throw refusal(value, findUnserializable(value), error)
  }
  if (text === undefined) throw refusal(value, { path: '', kind: typeof value })
  // Only a value that is written as `{}` can hide something else; nearly no answer has one.
  if (text.includes('{}')) {
    const found = findUnserializable(value)
    if (found) throw refusal(value, found)
  }
  return text
}

interface Unserializable {
  /** The place in the value, `orders.0.tags`; empty for the value itself. */
  readonly path: string
  readonly kind: string
}

function refusal(_value: unknown, found: Unserializable | undefined, cause?: unknown): ResponseError {
  const place =
    found === undefined || found.path === '' ? 'the returned value' : `the value at '${found.path}'`
  const reason = found ? `is of type ${found.kind}, which has no JSON form` : clauseOf(cause)
  return new ResponseError(
    found
      ? `Cannot serialize the answer: ${place} ${reason}. Convert it to an object, an array or a string.`
      : `Cannot serialize the answer: ${reason}. Return plain data.`,
    { cause },
  )
}

/** Finds the first part of a value that JSON.stringify would refuse or write as an empty object. */
function findUnserializable(
  value: unknown,
  path: readonly string[] = [],
  above: ReadonlySet<object> = new Set(),
): Unserializable | undefined {
  if (typeof value === 'bigint') return { path: path.join('.'), kind: 'BigInt' }
  if (typeof value !== 'object' || value === null) return undefined
  if (above.has(value)) return { path: path.join('.'), kind: 'circular reference' }
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return undefined
  const tag = Object.prototype.toString.call(value).slice(8, -1)
  const keys = Object.keys(value)
  if (keys.length === 0 && tag !== 'Object' && tag !== 'Array' && !BOXED.has(tag))
    return { path: path.join('.'), kind: tag }
  const around = new Set(above).add(value)
  for (const key of keys) {
    const found = findUnserializable((value as Record<string, unknown>)[key], [...path, key], around)
    if (found) return found
  }
  return undefined
}

const BOXED: ReadonlySet<string> = new Set(['String', 'Number', 'Boolean', 'Arguments'])
