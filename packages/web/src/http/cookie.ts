// Cookies as text (RFC 6265).

import { WebError } from '../errors.ts'
import { wellFormed } from './well-formed.ts'

/** The attributes of a cookie. */
export interface CookieAttributes {
  /** The time in seconds until it expires; 0 or less removes it. Default: it ends with the session of the browser. */
  readonly maxAge?: number
  /** The time at which it expires. Default: none. */
  readonly expires?: Date
  /** The path below which it is sent. Default: `/`. */
  readonly path?: string
  /** The domain that receives it, with its subdomains. Default: the host of the request alone. */
  readonly domain?: string
  /** Hides it from scripts. Default: true. */
  readonly httpOnly?: boolean
  /** Sends it over HTTPS only. Default: true, and false for requests to `localhost` without TLS. */
  readonly secure?: boolean
  /** Sends it with requests of other sites: `lax` with navigations only, `strict` never, `none` always. Default: `lax`. */
  readonly sameSite?: 'lax' | 'strict' | 'none'
  /** Keeps a separate cookie for each site that embeds this one (CHIPS). Default: false. */
  readonly partitioned?: boolean
}

/** Browsers ignore a cookie whose name and value are longer, in bytes (RFC 6265, section 6.1). */
const MAX_BYTES = 4096

/** Returns the cookies of a `Cookie` header by name. The first of a name counts: its path is the most specific one. */
export function parseCookies(header: string | undefined): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>()
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=')
    if (at < 0) continue
    const name = pair.slice(0, at).trim()
    if (name === '' || cookies.has(name)) continue
    cookies.set(name, decode(pair.slice(at + 1).trim()))
  }
  return cookies
}

function decode(value: string): string {
  const text = value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * Returns a `Set-Cookie` header. The value is percent-encoded where it is not a cookie-octet.
 *
 * @throws WebError with code `MYFY_COOKIE_INVALID` if browsers would ignore it
 */
export function serializeCookie(name: string, value: string, options: CookieAttributes): string {
  const { maxAge, expires, path = '/', domain, httpOnly = true, secure = true, partitioned = false } = options
  const sameSite = options.sameSite ?? 'lax'
  const fail = (reason: string, fix: string): never => {
    throw new WebError('MYFY_COOKIE_INVALID', `Cannot set the cookie '${name}': ${reason}. ${fix}.`)
  }
  if (!TOKEN.test(name)) fail('its name is not a token of HTTP', 'Use letters, digits, `-` and `_`')
  const pair = `${name}=${encodeURIComponent(wellFormed(value))}`
  if (pair.length > MAX_BYTES)
    fail(`it has ${pair.length} bytes, more than the 4096 that browsers keep`, 'Store the data on the server')
  if (ATTRIBUTE_END.test(path) || !path.startsWith('/'))
    fail(`its path is ${JSON.stringify(path)}`, 'Use a path that begins with a slash, without `;`')
  if (domain !== undefined && !DOMAIN.test(domain))
    fail(`its domain is ${JSON.stringify(domain)}`, 'Use the name of a host')
  if (maxAge !== undefined && !Number.isFinite(maxAge))
    fail(`its maxAge is ${maxAge}`, 'Use a number of seconds')
  if (expires !== undefined && Number.isNaN(expires.getTime()))
    fail('its time of expiry is not a date', 'Pass a valid Date')
  if (!secure && (sameSite === 'none' || partitioned || /^__(?:secure|host)-/i.test(name)))
    fail('browsers accept it over HTTPS only', 'Set `secure: true`')
  if (/^__host-/i.test(name) && (path !== '/' || domain !== undefined))
    fail('the prefix __Host- requires the path `/` and excludes a domain', 'Remove `path` and `domain`')
  return [
    pair,
    ...(maxAge === undefined ? [] : [`Max-Age=${Math.floor(maxAge)}`]),
    ...(expires === undefined ? [] : [`Expires=${expires.toUTCString()}`]),
    ...(domain === undefined ? [] : [`Domain=${domain}`]),
    `Path=${path}`,
    ...(secure ? ['Secure'] : []),
    ...(httpOnly ? ['HttpOnly'] : []),
    `SameSite=${sameSite[0]!.toUpperCase()}${sameSite.slice(1)}`,
    ...(partitioned ? ['Partitioned'] : []),
  ].join('; ')
}

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const ATTRIBUTE_END = /[;\x00-\x1f\x7f]/
const DOMAIN = /^\.?[\dA-Za-z-]+(?:\.[\dA-Za-z-]+)*$/
