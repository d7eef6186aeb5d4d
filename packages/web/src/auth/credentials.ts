// The credentials of a request: found in the place of their scheme, and checked for their form.

import { isUtf8 } from 'node:buffer'
import { HTTPException } from '../http/http-exception.ts'
import type { Exchange } from '../request/exchange.ts'
import { type Challenged, challengeOf } from './challenge.ts'
import type { AnyAuthOptions } from './define-auth.ts'

/** Returns the credentials of a request for `authenticate`, by name; undefined if the request has none. */
export type ReadCredentials = (exchange: Exchange) => Readonly<Record<string, string>> | undefined

/** Returns the function that reads the credentials of a scheme. */
export function credentialsReader(options: AnyAuthOptions): ReadCredentials {
  const { scheme, cookie, header, query } = options
  switch (scheme) {
    case 'bearer':
      return (exchange) => bearerToken(exchange.header('authorization'), options)
    case 'basic':
      return (exchange) => basicCredentials(exchange.header('authorization'))
    case 'cookie': {
      const names = [cookie ?? []].flat()
      return (exchange) => cookieOf(exchange.header('cookie'), names)
    }
    default: {
      if (header === undefined) return ({ url }) => keyOf(url.searchParams.get(query!))
      const name = header.toLowerCase()
      return (exchange) => keyOf(exchange.header(name))
    }
  }
}

/** RFC 6750, 2.1: the scheme is compared without regard to case (RFC 9110, 11.1). */
function bearerToken(
  authorization: string | undefined,
  options: Challenged,
): Readonly<Record<string, string>> | undefined {
  if (authorization === undefined || !/^bearer(?: |$)/i.test(authorization)) return undefined
  const token = authorization.slice(7).trim()
  if (/^[\x21-\x7e]+$/.test(token)) return { token }
  throw new HTTPException(400, {
    detail: 'the header authorization has no valid token',
    headers: { 'www-authenticate': challengeOf(options, { error: 'invalid_request' }) },
  })
}

/** RFC 7617, 2: base64 of `user:password`, in UTF-8, without control characters. */
function basicCredentials(authorization: string | undefined): Readonly<Record<string, string>> | undefined {
  const [, encoded] = /^basic +([\d+/A-Za-z]+=*) *$/i.exec(authorization ?? '') ?? []
  if (encoded === undefined) return undefined
  const bytes = Buffer.from(encoded, 'base64')
  const text = bytes.toString()
  const colon = text.indexOf(':')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  if (colon < 0 || !isUtf8(bytes) || /[\x00-\x1f\x7f]/.test(text)) return undefined
  return { username: text.slice(0, colon), password: text.slice(colon + 1) }
}

/** RFC 6265, 4.2.1: pairs, separated by `; `. Quotes around a value are not a part of it. */
function cookieOf(
  header: string | undefined,
  names: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (header === undefined) return undefined
  for (const name of names) {
    for (const pair of header.split(';')) {
      const equals = pair.indexOf('=')
      if (equals < 0 || pair.slice(0, equals).trim() !== name) continue
      const value = pair.slice(equals + 1).trim()
      const cookie = /^".*"$/.test(value) ? value.slice(1, -1) : value
      if (cookie !== '') return { cookie }
    }
  }
  return undefined
}

const keyOf = (key: string | null | undefined) => (key ? { key } : undefined)
