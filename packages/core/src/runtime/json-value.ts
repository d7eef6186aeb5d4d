// Any value as plain JSON: errors with their content, cycles and foreign objects without harm. Places in values.

import { loggedStack } from './error-text.ts'
import { isError, property } from './thrown.ts'

const MAX_DEPTH = 6
const MAX_VALUES = 1_000
const MAX_TEXT = 16_384

/**
 * Returns a copy of a value that `JSON.stringify` cannot fail on. Errors keep name, message, code, stack, inner errors
 * and cause; of their other properties only plain values are taken, as drivers and HTTP clients attach whole
 * connections, with credentials, to theirs. Cycles, depth and size are cut with a mark.
 */
export function jsonValue(value: unknown): unknown {
  return copy(value, 0, { left: MAX_VALUES, path: new Set() })
}

interface Budget {
  left: number
  readonly path: Set<unknown>
}

function copy(value: unknown, depth: number, budget: Budget): unknown {
  if (typeof value === 'string') return value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'function') return undefined
  if (typeof value !== 'object' || value === null) return value
  if (budget.path.has(value)) return '[circular]'
  if (depth > MAX_DEPTH || budget.left <= 0) return '[…]'
  budget.path.add(value)
  try {
    return isError(value) ? copyError(value, depth, budget) : copyObject(value, depth, budget)
  } catch {
    return '[unreadable]'
  } finally {
    budget.path.delete(value)
  }
}

function copyError(error: Error, depth: number, budget: Budget): unknown {
  const fields: Record<string, unknown> = {}
  for (const key of ['name', 'message', 'code']) fields[key] = copy(property(error, key), depth, budget)
  fields.stack = copy(loggedStack(error), depth, budget)
  for (const key of Object.keys(error)) {
    const own = property(error, key)
    if (!(key in fields) && (typeof own !== 'object' || own === null))
      fields[key] = copy(own, depth + 1, budget)
  }
  const errors = property(error, 'errors') ?? property(error, 'problems')
  if (Array.isArray(errors)) fields.errors = copy(errors, depth + 1, budget)
  const cause = property(error, 'cause')
  if (isError(cause) || typeof cause === 'string') fields.cause = copy(cause, depth + 1, budget)
  else if (typeof cause === 'object' && cause !== null) fields.cause = copyPlain(cause, depth, budget)
  return fields
}

/** The plain values of a cause that is not an error, and the error that caused it; the rest stays out of the log. */
function copyPlain(value: object, depth: number, budget: Budget): unknown {
  const fields: Record<string, unknown> = {}
  for (const key of keysOf(value)) {
    const own = property(value, key)
    const isLogged = typeof own !== 'object' || (key === 'cause' && isError(own))
    if (isLogged && --budget.left > 0) fields[key] = copy(own, depth + 1, budget)
  }
  return fields
}

function copyObject(value: object, depth: number, budget: Budget): unknown {
  const { toJSON } = value as { toJSON?: unknown }
  const json: unknown = typeof toJSON === 'function' ? toJSON.call(value) : value
  if (json !== value) return copy(json, depth + 1, budget)
  if (value instanceof Map) return copyObject(Object.fromEntries(value), depth, budget)
  if (Array.isArray(value) || value instanceof Set) {
    const list: unknown[] = []
    for (const one of value) {
      if (--budget.left < 0) {
        list.push('[…]')
        break
      }
      list.push(copy(one, depth + 1, budget) ?? null)
    }
    return list
  }
  const fields: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    if (--budget.left < 0) {
      fields['…'] = '[…]'
      break
    }
    const own = copy(property(value, key), depth + 1, budget)
    // A key called __proto__ must stay a key.
    Object.defineProperty(fields, key, { value: own, enumerable: true, writable: true, configurable: true })
  }
  return fields
}

/** The keys of an object; none of a revoked proxy. */
function keysOf(value: object): readonly string[] {
  try {
    return Object.keys(value)
  } catch {
    return []
  }
}

/** The part of a Standard Schema issue that tells its place. */
interface IssuePlace {
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined
}

/**
 * Returns the keys that lead to an issue of a schema, as a plain array: the path of arktype is a subclass of `Array`, whose
 * `map` and `slice` return a path to the element 0 for the value itself.
 */
export function issueKeys({ path }: IssuePlace): readonly PropertyKey[] {
  return Array.from(path ?? [], (part) => (typeof part === 'object' ? part.key : part))
}

/** Returns the issues of a schema as text, each with its place: `items.0.name: expected string`. */
export function issuesText(issues: ReadonlyArray<IssuePlace & { readonly message: string }>): string {
  return issues
    .map((issue) => {
      const place = issueKeys(issue).map(String).join('.')
      // arktype begins the message with the place.
      return place === '' || issue.message.startsWith(place) ? issue.message : `${place}: ${issue.message}`
    })
    .join('; ')
}
