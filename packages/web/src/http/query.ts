// The part of a URL after the question mark, as an object without a prototype.

import { HTTPException } from './http-exception.ts'

/** What a query holds when no schema says more: a name that occurs twice has a list. */
export type Query = Record<string, string | string[]>

/** More names than this are an attack, or a body that lost its way. */
const MAX_NAMES = 1_000

/** Parses `?a=1&b=2&b=3` (with or without the question mark). Bad percent-encoding and floods of names are a 400. */
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
      throw new HTTPException(400, { detail: 'the query may not have the name __proto__' })
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

/** `decodeURIComponent` whose failure is the client's, not the server's. */
export function decodeComponent(text: string, where: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new HTTPException(400, { detail: `the ${where} has malformed percent-encoding` })
  }
}
