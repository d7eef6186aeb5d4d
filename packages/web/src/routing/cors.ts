// Cross-origin requests, handled by h3.

import { OptionError } from '@myfy/core'
import { assertKnownOptions, type OptionNames } from '@myfy/core/runtime'
import { type CorsOptions, loadH3 } from '../request/h3.ts'
import { isToken } from './assert-options.ts'
import type { Middleware } from './middleware.ts'

/**
 * Returns middleware that answers preflight requests and sets the CORS headers on every response, errors included.
 *
 * @throws OptionError if browsers would ignore the options, or if they would share credentials with any page
 */
export function corsMiddleware(options: CorsOptions): Middleware {
  assertCors(options)
  // With credentials, browsers take `*` for the name of a header.
  const resolved = options.credentials ? { exposeHeaders: undefined as never, ...options } : options
  return async function cors(context, next) {
    const [{ handleCors }, event] = await Promise.all([loadH3(), context.event()])
    // The headers that h3 sets on the event become part of the response.
    const preflight = handleCors(event, resolved)
    return preflight === false ? next() : preflight
  }
}

const corsNames: OptionNames<CorsOptions> = {
  origin: true,
  methods: true,
  allowHeaders: true,
  exposeHeaders: true,
  credentials: true,
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
