// Message framing (RFC 9112 section 6): the one place that decides the length of an answer and drops what speaks of
// another connection.

import { isStreamed, type Reply, type ReplyBody } from './reply.ts'

/** An answer as it is sent: the final headers, and a body whose length agrees with them. */
export interface FramedReply {
  readonly status: number
  /** Names and values, one after the other. */
  readonly headers: string[]
  /** Null where nothing is sent: for HEAD, and for a status without content. */
  readonly body: ReplyBody
  /** The exact number of bytes that a streamed body must have; undefined if it may have any. */
  readonly length: number | undefined
}

/**
 * Frames an answer. A body of known size gets its true `content-length`. A stream keeps the length that its handler
 * announced, which the sender then enforces; without one it is sent in chunks. An answer without content has neither
 * (RFC 9110 sections 8.6, 15.3.5, 15.4.5).
 */
export function frame(reply: Reply, headers: readonly string[], method: string): FramedReply {
  const { status, body } = reply
  const framed: string[] = []
  let announced: number | undefined
  const hop = connectionOptions(headers)
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!
    const lower = name.toLowerCase()
    if (lower === 'content-length') announced ??= lengthOf(headers[i + 1]!)
    else if (lower === 'upgrade' && status === 426) framed.push(name, headers[i + 1]!)
    else if (status === 304 && OF_REPRESENTATION.test(lower)) continue
    else if (!HOP_BY_HOP.has(lower) && !hop?.has(lower)) framed.push(name, headers[i + 1]!)
  }
  if (status === 204 || status === 304) return { status, headers: framed, body: null, length: undefined }
  const head = method === 'HEAD'
  const length = isStreamed(body)
    ? announced
    : body === null
      ? // What GET would have is not known here (RFC 9110 section 8.6).
        head
        ? announced
        : 0
      : typeof body === 'string'
        ? Buffer.byteLength(body)
        : body instanceof Uint8Array
          ? body.byteLength
          : undefined
  if (status === 205) return { status, headers: [...framed, 'content-length', '0'], body: null, length: 0 }
  if (length !== undefined) framed.push('content-length', String(length))
  return { status, headers: framed, body: head ? null : body, length }
}

/**
 * The headers of an answer with others set on them. A header that may have one value only is replaced; cookies are
 * added, and `vary` lists both.
 */
export function mergeHeaders(
  headers: readonly string[],
  others: Iterable<readonly [string, string]>,
): string[] {
  let merged = [...headers]
  const replaced: string[] = []
  for (const [name, value] of others) {
    const lower = name.toLowerCase()
    if (lower === 'vary' && hasHeader(merged, lower)) {
      const union = unionOf([...valuesOf(merged, lower), value])
      merged = without(merged, lower)
      merged.push(name, union)
      continue
    }
    // Several of one name replace the header together.
    if (lower !== 'set-cookie' && hasHeader(headers, lower) && !replaced.includes(lower)) {
      merged = without(merged, lower)
      replaced.push(lower)
    }
    merged.push(name, value)
  }
  return merged
}

/**
 * The headers that remain on the answer to an error, such as cookies and those of CORS. Others were set for the answer
 * of the handler: its media type, and how long caches may keep it.
 */
export function* headersOfError(
  headers: Iterable<readonly [string, string]>,
): Generator<readonly [string, string]> {
  for (const [name, value] of headers) if (!OF_CONTENT.test(name)) yield [name, value]
}

/** The headers of an answer by pairs. */
export function* pairsOf(headers: readonly string[]): Generator<readonly [name: string, value: string]> {
  for (let i = 0; i < headers.length; i += 2) yield [headers[i]!, headers[i + 1]!]
}

const OF_CONTENT = /^(?:content-|etag$|last-modified$|cache-control$|expires$|accept-ranges$)/i

// A 304 has what a cache needs to update its copy; these describe a body that is not sent (RFC 9110 section 15.4.5).
const OF_REPRESENTATION = /^(?:content-(?!location$|security)|accept-ranges$)/

// They speak of the connection that an answer came by, not of the one it is sent on (RFC 9110 section 7.6.1).
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
])

/**
 * Reports whether the headers of a text can be sent as they are: none of them speaks of the connection or of the length,
 * and none is one that node adds itself.
 */
export function areFramed(headers: readonly string[]): boolean {
  for (let i = 0; i < headers.length; i += 2) {
    const lower = headers[i]!.toLowerCase()
    if (HOP_BY_HOP.has(lower) || lower === 'content-length' || lower === 'date') return false
  }
  return true
}

/** The further headers that `Connection` names. */
function connectionOptions(headers: readonly string[]): ReadonlySet<string> | undefined {
  const values = valuesOf(headers, 'connection')
  if (values.length === 0) return undefined
  return new Set(values.flatMap((value) => value.split(',').map((option) => option.trim().toLowerCase())))
}

/** The length that a handler announced; undefined where it is not a number (RFC 9110 section 8.6). */
const lengthOf = (value: string): number | undefined =>
  /^\d{1,15}$/.test(value.trim()) ? Number(value) : undefined

function valuesOf(headers: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i]!.toLowerCase() === name) values.push(headers[i + 1]!)
  return values
}

/** Reports whether a list has a header, by its name in lower case. */
export function hasHeader(headers: readonly string[], name: string): boolean {
  for (let i = 0; i < headers.length; i += 2) if (headers[i]!.toLowerCase() === name) return true
  return false
}

function without(headers: readonly string[], name: string): string[] {
  const rest: string[] = []
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i]!.toLowerCase() !== name) rest.push(headers[i]!, headers[i + 1]!)
  return rest
}

function unionOf(lists: readonly string[]): string {
  const fields = lists.flatMap((list) => list.split(',').map((field) => field.trim())).filter(Boolean)
  if (fields.includes('*')) return '*'
  return [...new Map(fields.map((field) => [field.toLowerCase(), field])).values()].join(', ')
}
