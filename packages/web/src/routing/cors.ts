// Cross-origin requests. Preflight requests are handled by h3.

import { OptionError } from '@myfy/core'
import { assertKnownOptions, type OptionNames } from '@myfy/core/runtime'
import type { CorsOptions } from '../http/cors-options.ts'
import type { Exchange } from '../request/exchange.ts'
import { loadH3 } from '../request/h3.ts'
import { exchangeOf } from '../request/request-context.ts'
import { isToken } from './assert-options.ts'
import type { Middleware } from './middleware.ts'

/**
 * Returns middleware that answers preflight requests and sets the CORS headers on every response, errors included.
 *
 * @throws OptionError if browsers would ignore the options, or if they would share credentials with any page
 */
export function corsMiddleware(options: CorsOptions): CorsMiddleware {
  assertCors(options)
  // With credentials, browsers take `*` for the name of a header.
  const resolved = options.credentials ? { exposeHeaders: undefined as never, ...options } : options
  const headersOf = responseHeaders(resolved)
  // An event of h3 needs a Request, which costs three times as much as the rest of a small answer.
  const passes = (exchange: Exchange) => {
    const isPreflight =
      exchange.method === 'OPTIONS' &&
      exchange.header('origin') !== undefined &&
      exchange.header('access-control-request-method') !== undefined
    if (!isPreflight) exchange.corsHeaders = headersOf(exchange.header('origin'))
    return !isPreflight
  }
  const cors: Middleware = async (context, next) => {
    if (passes(exchangeOf(context))) return next()
    const [{ handleCors }, event] = await Promise.all([loadH3(), context.event()])
    // The headers that h3 sets on the event become part of the response.
    const preflight = handleCors(event, resolved as never)
    return preflight === false ? next() : preflight
  }
  return Object.assign(cors, { [PASSES]: passes })
}

/** A key that the functions of users do not have. */
export const PASSES: unique symbol = Symbol('myfy.web.cors')

/** CorsMiddleware is middleware that needs no Response for most requests. */
export interface CorsMiddleware extends Middleware {
  /** Sets the headers of a request that is not a preflight request. Returns false for one that is, with nothing set. */
  [PASSES](exchange: Exchange): boolean
}

export const isCors = (middleware: Middleware): middleware is CorsMiddleware => PASSES in middleware

type HeaderPairs = ReadonlyArray<readonly [name: string, value: string]>

/** Returns the function that computes the headers of an answer (Fetch standard, 3.3.3), as h3 does. */
function responseHeaders({
  origin,
  credentials,
  exposeHeaders = credentials ? undefined : '*',
}: CorsOptions): (from: string | undefined) => HeaderPairs {
  const fixed: Array<readonly [string, string]> = []
  if (credentials) fixed.push(['access-control-allow-credentials', 'true'])
  if (exposeHeaders)
    fixed.push([
      'access-control-expose-headers',
      typeof exposeHeaders === 'string' ? exposeHeaders : exposeHeaders.join(','),
    ])
  if (origin === undefined || origin === '*') {
    const all: HeaderPairs = [['access-control-allow-origin', '*'], ...fixed]
    return () => all
  }
  const others: HeaderPairs = [['vary', 'origin'], ...fixed]
  return (from) =>
    from !== undefined && from !== '' && isAllowed(origin, from)
      ? [['access-control-allow-origin', from], ...others]
      : others
}

function isAllowed(allowed: Exclude<CorsOptions['origin'], undefined>, origin: string): boolean {
  if (typeof allowed === 'function') return allowed(origin)
  if (!Array.isArray(allowed)) return allowed === origin
  return allowed.some((one) => (one instanceof RegExp ? origin.search(one) !== -1 : one === origin))
}

const corsNames: OptionNames<CorsOptions> = {
  origin: true,
  methods: true,
  allowHeaders: true,
  exposeHeaders: true,
  credentials: 'boolean',
  maxAge: true,
  preflight: true,
}

/** Throws an OptionError when browsers would ignore the options, or would share credentials with any page. */
export function assertCors(options: CorsOptions): void {
  assertKnownOptions('cors', options, corsNames)
  const { origin, credentials, exposeHeaders, methods, allowHeaders } = options
  if (credentials && (origin === undefined || origin === '*'))
    throw invalid(
      'credentials',
      'browsers reject credentials when every origin is allowed',
      'List the origins in cors.origin',
    )
  if (credentials && (origin === 'null' || (Array.isArray(origin) && origin.includes('null'))))
    throw invalid(
      'credentials',
      "any sandboxed page has the origin 'null'",
      "Remove 'null' from cors.origin, or remove credentials",
    )
  if (credentials && exposeHeaders === '*')
    throw invalid(
      'exposeHeaders',
      "browsers do not expand '*' with credentials",
      'List the names of the headers',
    )
  if (Array.isArray(origin)) origin.forEach(assertOrigin)
  else if (origin !== undefined && origin !== '*' && origin !== 'null' && typeof origin !== 'function')
    throw invalid('origin', 'it is not a list', "Pass a list of origins, a function, or '*'")
  for (const [name, list] of Object.entries({ methods, allowHeaders, exposeHeaders }))
    if (list !== undefined && list !== '*' && !(Array.isArray(list) && list.every(isToken)))
      throw invalid(name, 'it is not a list of names', "Pass a list of names, or '*'")
}

/** An origin has a scheme, a host and a port, and nothing after them (RFC 6454, 6.2). */
function assertOrigin(entry: unknown, index: number): void {
  if (entry instanceof RegExp || entry === 'null') return
  if (typeof entry === 'string' && /^[a-z][a-z\d+.-]*:\/\/[^/?#\s]+$/.test(entry)) {
    const { origin } = new URL(entry)
    if (origin === 'null' || origin === entry) return
    throw invalid(
      `origin[${index}]`,
      `${JSON.stringify(entry)} is not what browsers send`,
      `Write '${origin}'`,
    )
  }
  throw invalid(
    `origin[${index}]`,
    `${typeof entry === 'string' ? JSON.stringify(entry) : `a value of type ${typeof entry}`} is not an origin`,
    "Write the scheme and the host, without a path: 'https://app.example.com'",
  )
}

const invalid = (name: string, reason: string, fix: string): OptionError =>
  new OptionError('MYFY_OPTION_INVALID', `Cannot configure cors.${name}: ${reason}. ${fix}.`)
