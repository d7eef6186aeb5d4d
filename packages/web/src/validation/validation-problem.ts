// Validation problems as the client receives them: the place and the expectation, without anything that was sent.

import type { SchemaIssue, StandardSchema } from '@myfy/core'
import { issueKeys } from '@myfy/core/runtime'
import { declaredProperties } from './json-schema.ts'

/** The part of a request that a value comes from, or a message of a WebSocket. */
export type InputSource = 'params' | 'query' | 'headers' | 'body' | 'message'

/** A problem of a request, as it appears in the body of a 422. */
export interface ValidationProblem {
  /** The part of the request. */
  readonly in: InputSource
  /** The place in the part, with dots: `address.street`, `items.0.name`. Empty for the part as a whole. */
  readonly path: string
  /** The expected value or type. It never contains a value or a name that the client sent. */
  readonly detail: string
}

/** Messages and names are cut to a fixed length before anything else reads them. */
const MAX_MESSAGE = 300
const MAX_NAME = 64
const MAX_DEPTH = 20

/**
 * Converts an issue of a schema library. A response must not contain what the client sent, because clients and proxies
 * log it: a password in the wrong field, or a name of megabytes. Some libraries quote it: `Unrecognized key: "hunter2"`
 * (zod), `but received "hunter2"` (valibot), `(was "hunter2")` (arktype).
 */
export function toProblem(
  schema: StandardSchema,
  issue: SchemaIssue,
  value: unknown,
  source: InputSource,
): ValidationProblem {
  const keys = issueKeys(issue).slice(0, MAX_DEPTH)
  const isDeclared = declaredNames(schema)
  const names = keys.map((key) => (isDeclared(key) ? String(key) : '*'))
  return { in: source, path: names.join('.'), detail: withoutInput(issue.message, keys, value, isDeclared) }
}

/**
 * Returns a test for names that the schema declares, as opposed to names that the client chose, such as the keys of a
 * record. When the schema cannot be read, a short identifier counts as declared.
 */
function declaredNames(schema: StandardSchema): (key: PropertyKey) => boolean {
  const { names } = declaredProperties(schema)
  return (key) => {
    if (typeof key !== 'string') return typeof key === 'number'
    if (key.length > MAX_NAME) return false
    return /^\d{1,6}$/.test(key) || (names === undefined ? IDENTIFIER.test(key) : names.has(key))
  }
}

const IDENTIFIER = /^[A-Za-z_$][\w$-]*$/

const INVALID = 'is invalid'

/** The words after which a library quotes the value. */
const QUOTATIONS = [
  ' but received ',
  ', received ',
  ', but the final value was',
  ' (was ',
  ', actual ',
  ', but got ',
  ' but got ',
]

function withoutInput(
  message: string,
  keys: readonly PropertyKey[],
  value: unknown,
  isDeclared: (key: PropertyKey) => boolean,
): string {
  if (typeof message !== 'string' || message.length > MAX_MESSAGE) return INVALID
  const text = QUOTATIONS.reduce((rest, quotation) => before(rest, rest.indexOf(quotation)), message)
  const sent = valueAt(value, keys)
  if (typeof sent !== 'object' || sent === null) {
    const words = keys.filter((key) => !isDeclared(key)).map(String)
    return expectation(
      words.reduce((rest, word) => beforeWord(rest, word, 1), beforeWord(text, String(sent), 3)),
    )
  }
  const names = Object.keys(sent)
  if (names.length > MAX_PROPERTIES) return expectation(before(text, text.search(/["'`]/)))
  const chosen = [...keys, ...names].filter((key) => !isDeclared(key)).map(String)
  return expectation(chosen.reduce((rest, word) => beforeWord(rest, word, 1), text))
}

/** In an object with more properties than this, the names are not searched for in the message. */
const MAX_PROPERTIES = 200

const before = (text: string, at: number): string => (at < 0 ? text : text.slice(0, at))

/**
 * Returns the text before a word, or before the longest run of letters in the word, which survives escaping. Words of
 * fewer letters than `minimum` are ignored: they occur in any sentence.
 */
function beforeWord(text: string, word: string, minimum: number): string {
  if (word.length < minimum) return text
  const bounded = word.slice(0, MAX_MESSAGE)
  const runs = bounded.match(/[\w-]{3,}/g) ?? []
  const longest = runs.reduce((best, run) => (run.length > best.length ? run : best), '')
  // A quoted word may be cut off: `"hunter2sec…"`.
  const exact = text.indexOf(minimum > 1 ? bounded : longest || bounded)
  if (exact >= 0) return before(text, exact)
  const quoted = /"([^"]{3,}?)(?:…|\.{3})?"/.exec(text)
  return quoted && word.startsWith(quoted[1]!) ? before(text, quoted.index) : text
}

function expectation(text: string): string {
  // Only a text that was cut ends in the middle of a sentence.
  return (/[\s:,;(]["'`[{(\s]*$/.test(text) ? text.replace(/[\s:,;("'`[{]+$/, '') : text) || INVALID
}

function valueAt(value: unknown, keys: readonly PropertyKey[]): unknown {
  let at = value
  for (const key of keys) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = (at as Record<PropertyKey, unknown>)[key]
  }
  return at
}
