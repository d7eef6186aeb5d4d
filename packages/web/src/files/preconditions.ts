// Conditional requests and byte ranges of RFC 9110, sections 13 and 14.

/** The validators of a file. */
export interface Validators {
  /** The strong entity tag, quotes included. */
  readonly etag: string
  /** The time of the last modification in ms. */
  readonly modified: number
}

/** A range of bytes, both ends included. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** Evaluates the preconditions of a GET or HEAD request in the order of RFC 9110, 13.2.2: 412, 304, or undefined. */
export function checkPreconditions(headers: Headers, { etag, modified }: Validators): 412 | 304 | undefined {
  const seconds = Math.floor(modified / 1_000)
  const ifMatch = headers.get('if-match')
  if (ifMatch !== null) {
    if (!matchesTag(ifMatch, etag, 'strong')) return 412
  } else {
    const since = secondsOf(headers.get('if-unmodified-since'))
    if (since !== undefined && seconds > since) return 412
  }
  const ifNoneMatch = headers.get('if-none-match')
  if (ifNoneMatch !== null) return matchesTag(ifNoneMatch, etag, 'weak') ? 304 : undefined
  const since = secondsOf(headers.get('if-modified-since'))
  return since !== undefined && seconds <= since ? 304 : undefined
}

/**
 * Returns the range that a GET request asks for: undefined for the whole file, `'unsatisfiable'` for a 416. A server may
 * ignore a Range header; this one ignores malformed ones, other units than bytes, and lists of more than one range.
 */
export function requestedRange(
  headers: Headers,
  size: number,
  { etag, modified }: Validators,
): ByteRange | 'unsatisfiable' | undefined {
  const [, first, last] = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(headers.get('range') ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined
  const condition = headers.get('if-range')
  if (condition !== null && !matchesIfRange(condition, etag, modified)) return undefined
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 }
  }
  const start = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== '' && Number(last) < start) return undefined
  return start >= size ? 'unsatisfiable' : { start, end }
}

/** Reports whether a list of entity tags, or `*`, contains a tag. */
function matchesTag(list: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (list.trim() === '*') return true
  for (const [, weak, tag] of list.matchAll(/(W\/)?("[^"]*")/g)) {
    if (tag === etag && (comparison === 'weak' || weak === undefined)) return true
  }
  return false
}

/** An If-Range date has to be the exact date of the last modification (RFC 9110, 13.1.5). */
function matchesIfRange(condition: string, etag: string, modified: number): boolean {
  if (/^\s*(?:W\/)?"/.test(condition)) return condition.trim() === etag
  return secondsOf(condition) === Math.floor(modified / 1_000)
}

function secondsOf(date: string | null): number | undefined {
  // An HTTP-date, not the other forms that Date.parse accepts: '2024' is not a date in HTTP.
  if (date === null || !/^[A-Za-z]{3,9},? /.test(date)) return undefined
  const ms = Date.parse(date)
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1_000)
}
