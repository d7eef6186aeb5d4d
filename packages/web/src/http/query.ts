// Query strings, parsed into objects without a prototype.

import { HTTPException } from './http-exception.ts'

/** A parsed query. A name that occurs more than once has an array of strings. */
export type Query = Record<string, string | string[]>

/** The maximum number of names in a query. */
const MAX_NAMES = 1_000

/**
 * Parses `?a=1&b=2&b=3`, with or without the question mark. Throws a 400 for malformed percent-encoding, for the name
 * `__proto__`, and for more than 1,000 names.
 */
export function parseQuery(search: string): Query {
  const query: Query = Object.create(null)
  if (search.length < 2) return query
  let names = 0
  for (const pair of search.slice(search.charCodeAt(0) === 63 ? 1 : 0).split('&')) {
    if (pair === '') continue
    if (++names > MAX_NAMES)
      throw new HTTPException(400, { detail: `the query has more than ${MAX_NAMES} names` })
    const at = pair.indexOf('=')
    const name = decode(at < 0 ? pair : pair.slice(0, at))
    const value = at < 0 ? '' : decode(pair.slice(at + 1))
    if (name === '__proto__')
      throw new HTTPException(400, { detail: 'the query must not contain the name __proto__' })
    const present = query[name]
    if (present === undefined) query[name] = value
    else if (typeof present === 'string') query[name] = [present, value]
    else present.push(value)
  }
  return query
}

function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text
  return spaced.includes('%') ? decodeComponent(spaced, 'query') : spaced
}

/** Decodes percent-encoding; throws a 400 when it is malformed. */
export function decodeComponent(text: string, where: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new HTTPException(400, { detail: `the ${where} has malformed percent-encoding` })
  }
}
