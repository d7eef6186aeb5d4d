// The headers that every answer carries.

import { validateHeaderName, validateHeaderValue } from 'node:http'
import { JSON_HEADERS, TEXT_HEADERS } from './reply.ts'

/**
 * Headers that every answer carries unless it has its own: no sniffing of content types; and, unless it is JSON, which
 * no browser shows as a page, no framing and no referrer. Others can be added, and these be changed, or left out with
 * `false`; `false` for the whole sends none.
 */
export type SecurityHeaders = false | Readonly<Record<string, string | false>>

/** The headers of every answer, put together once. */
export class CommonHeaders {
  readonly #all: readonly string[]
  readonly #json: readonly string[]
  /** The lines of an answer with nothing but a content type of ours; none where HTTP does not allow a header. */
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

  /** The headers of {@link merge} as the lines of a head, for the lists that nearly every answer has; else undefined. */
  cachedLines(own: readonly string[]): string | undefined {
    return this.#lines.get(own)
  }

  /** All headers of an answer as a new flat list: its own, and the common ones that it has not. */
  merge(own: readonly string[]): string[] {
    // The form of nearly every answer: nothing but our own content type.
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
