// The target of a request line, parsed once: the router, middleware, mounts, files and `url` all use this path.

import { isHost } from '../client/host.ts'

/** The target of a request. */
export interface RequestTarget {
  /** The normalized path, `*` for a request to the server as a whole, or an empty string when the target is invalid. */
  readonly path: string
  /** The query with its question mark, or an empty string. */
  readonly search: string
  /** The host and port of an absolute-form target, which takes precedence over the Host header (RFC 9112, 3.2.2). */
  readonly host: string | undefined
}

/**
 * Parses a request target: origin-form, absolute-form or `*`.
 *
 * The path is normalized as described in RFC 3986, 6.2.2: `%70rivate` becomes `private`, `%c3` becomes `%C3`, `x/../`
 * and `./` are removed, and characters that a URI does not allow are percent-encoded. An encoded slash stays encoded.
 * Targets with a backslash, a fragment, a NUL, user information or a malformed percent-encoding are invalid.
 */
export function parseTarget(raw: string): RequestTarget {
  if (raw.charCodeAt(0) === SLASH) return parseOrigin(raw, undefined)
  if (raw === '*') return { path: '*', search: '', host: undefined }
  const [, host, rest = ''] = ABSOLUTE_FORM.exec(raw) ?? []
  if (host === undefined || !isHost(host)) return INVALID_TARGET
  return parseOrigin(rest.charCodeAt(0) === SLASH ? rest : `/${rest}`, host)
}

/** The parts of a request of node:http that its host is read from. */
export interface HostSource {
  readonly rawHeaders: readonly string[]
  readonly httpVersionMinor: number
}

/**
 * Reports whether a request has exactly one Host header with a valid value, as HTTP/1.1 requires (RFC 9112, 3.2). The
 * value is empty when the target has no host.
 */
export function hasValidHost({ rawHeaders, httpVersionMinor }: HostSource): boolean {
  let host: string | undefined
  // The raw list: node parses `headers` when it is first read, and most requests never need that.
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!
    if (name.length !== 4 || name.toLowerCase() !== 'host') continue
    if (host !== undefined) return false
    host = rawHeaders[i + 1]!
  }
  return host === undefined ? httpVersionMinor === 0 : host === '' || isHost(host)
}

/** The target of a request that is answered with 400. */
export const INVALID_TARGET: RequestTarget = { path: '', search: '', host: undefined }

/** Returns the normalized form of an absolute path, or an empty string when it is invalid. */
export function normalizePath(path: string): string {
  if (!UNUSUAL.test(path)) return path
  if (FORBIDDEN.test(path)) return ''
  return withoutDotSegments(path.replace(ESCAPE_OR_ILLEGAL, normalizeCharacter))
}

/** Returns the path below the prefix of a pattern that ends in `/**`: `/b/c` for `/a/b/c` and the pattern `/:x/**`. */
export function pathBelow(path: string, pattern: string): string {
  let at = 0
  for (let i = pattern.indexOf('/', 1); i > 0 && at >= 0; i = pattern.indexOf('/', i + 1))
    at = path.indexOf('/', at + 1)
  return at < 0 ? '/' : path.slice(at)
}

function parseOrigin(raw: string, host: string | undefined): RequestTarget {
  const mark = raw.indexOf('?')
  const path = normalizePath(mark < 0 ? raw : raw.slice(0, mark))
  const search = mark < 0 ? '' : raw.slice(mark)
  if (path === '' || search.includes('#')) return INVALID_TARGET
  return { path, search: NON_ASCII.test(search) ? search.replace(NON_ASCII_ALL, escapeByte) : search, host }
}

const SLASH = 47
const ABSOLUTE_FORM = /^https?:\/\/([^/?#@\\\s]+)([/?].*)?$/is
/** Anything but the characters of a path, and the beginning of a dot segment. */
const UNUSUAL = /[^!$&'()*+,\-./\d:;=@A-Z_a-z~]|\/\./
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const FORBIDDEN = /[\\#\x00-\x20\x7f]|%(?![\da-f]{2})|%00/i
const ESCAPE_OR_ILLEGAL = /%[\da-f]{2}|[^!$%&'()*+,\-./\d:;=@A-Z_a-z~]/giu
const UNRESERVED = /[\w.~-]/
const NON_ASCII = /[^\x21-\x7e]/
const NON_ASCII_ALL = /[^\x21-\x7e]/gu

function normalizeCharacter(text: string): string {
  if (text.charCodeAt(0) !== 37) return escapeByte(text)
  const character = String.fromCharCode(Number.parseInt(text.slice(1), 16))
  return UNRESERVED.test(character) ? character : text.toUpperCase()
}

/** Percent-encodes one character. Node decodes the request line as Latin-1, so that a character below 256 is a byte. */
function escapeByte(character: string): string {
  const bytes = Buffer.from(character, character.charCodeAt(0) > 255 ? 'utf8' : 'latin1')
  return bytes.toString('hex').toUpperCase().replace(/../g, '%$&')
}

/** Removes `.` and `..` segments (RFC 3986, 5.2.4). */
function withoutDotSegments(path: string): string {
  if (!path.includes('/.')) return path
  const kept: string[] = []
  let last = ''
  for (const segment of path.split('/')) {
    last = segment
    if (segment === '..') {
      if (kept.length > 1) kept.pop()
    } else if (segment !== '.') kept.push(segment)
  }
  if (last === '.' || last === '..') kept.push('')
  return kept.join('/')
}
