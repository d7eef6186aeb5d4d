// The headers of every response.

import { validateHeaderName, validateHeaderValue } from 'node:http'
import { areFramed } from './framing.ts'
import { JSON_HEADERS, TEXT_HEADERS } from './reply.ts'

/**
 * Headers of every response that does not set them itself. Default: `x-content-type-options: nosniff`, and on responses
 * other than JSON also `x-frame-options: DENY` and `referrer-policy: no-referrer`. A string adds or replaces a header,
 * `false` removes one; `false` in place of the object removes all of them.
 */
export type SecurityHeaders = false | Readonly<Record<string, string | false>>

/** The headers of every response, merged once for the content types that most responses have. */
export class CommonHeaders {
  readonly #all: readonly string[]
  readonly #json: readonly string[]
  /** The header lines of responses that set only a content type. Empty when a header is invalid in HTTP. */
  readonly #lines = new Map<readonly string[], string>()

  constructor(options: SecurityHeaders = {}) {
    const own = new Map(Object.entries(options).map(([name, value]) => [name.toLowerCase(), value]))
    const flat = (defaults: Readonly<Record<string, string>>) =>
      options === false
        ? []
        : [...new Map<string, string | false>([...Object.entries(defaults), ...own])].flatMap(
            ([name, value]) => (value === false ? [] : [name, value]),
          )
    this.#all = flat({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
    })
    this.#json = flat({ 'x-content-type-options': 'nosniff' })
    for (const own of [JSON_HEADERS, TEXT_HEADERS]) {
      const headers = this.merge(own)
      if (isAllowed(headers)) this.#lines.set(own, linesOf(headers))
    }
  }

  /** Returns the result of {@link merge} as header lines; undefined if a header needs the work of node, or is invalid in HTTP. */
  lines(own: readonly string[]): string | undefined {
    const cached = this.#lines.get(own)
    if (cached !== undefined) return cached
    const headers = this.merge(own)
    return areFramed(headers) && isAllowed(headers) ? linesOf(headers) : undefined
  }

  /** Returns the headers of a response, then those of {@link SecurityHeaders} that it does not set, as a flat list. */
  merge(own: readonly string[]): string[] {
    // Most responses set only a content type.
    if (own.length === 2 && own[0] === 'content-type')
      return [...(own[1] === 'application/json' ? this.#json : this.#all), ...own]
    const headers = [...own]
    for (let i = 0; i < this.#all.length; i += 2) {
      const name = this.#all[i]!
      if (!own.some((other, at) => at % 2 === 0 && other.toLowerCase() === name))
        headers.push(name, this.#all[i + 1]!)
    }
    return headers
  }
}

function isAllowed(headers: readonly string[]): boolean {
  try {
    for (let i = 0; i < headers.length; i += 2) {
      validateHeaderName(headers[i]!)
      validateHeaderValue(headers[i]!, headers[i + 1]!)
    }
    return true
  } catch {
    return false
  }
}

function linesOf(headers: readonly string[]): string {
  let lines = ''
  for (let i = 0; i < headers.length; i += 2) lines += `${headers[i]}: ${headers[i + 1]}\r\n`
  return lines
}
