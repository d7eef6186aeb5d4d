// Conditional requests of RFC 9110, section 13.

/** The validators of a representation. */
export interface Validators {
  /** The entity tag, quotes included. */
  readonly etag?: string | undefined
  /** The time of the last modification in ms. */
  readonly modified?: number | undefined
}

/** Returns the value of a header by its name in lower case. */
export type HeaderReader = (name: string) => string | null | undefined

/** Evaluates the preconditions of a GET or HEAD request in the order of RFC 9110, 13.2.2: 412, 304, or undefined. */
export function checkPreconditions(
  header: HeaderReader,
  { etag, modified }: Validators,
): 412 | 304 | undefined {
  const seconds = modified === undefined ? undefined : Math.floor(modified / 1_000)
  const ifMatch = header('if-match') ?? undefined
  if (ifMatch !== undefined) {
    if (!matchesTag(ifMatch, etag, 'strong')) return 412
  } else {
    const since = secondsOf(header('if-unmodified-since'))
    if (since !== undefined && seconds !== undefined && seconds > since) return 412
  }
  const ifNoneMatch = header('if-none-match') ?? undefined
  if (ifNoneMatch !== undefined) return matchesTag(ifNoneMatch, etag, 'weak') ? 304 : undefined
  const since = secondsOf(header('if-modified-since'))
  return since !== undefined && seconds !== undefined && seconds <= since ? 304 : undefined
}

/** Reports whether the condition of a range holds: without `If-Range` it does. */
export function rangeApplies(header: HeaderReader, { etag, modified }: Validators): boolean {
  const condition = header('if-range') ?? undefined
  if (condition === undefined) return true
  // A weak tag does not identify bytes (RFC 9110, 13.1.5); a date has to be the exact one of the last modification.
  if (/^\s*(?:W\/)?"/.test(condition)) return condition.trim() === etag && !etag.startsWith('W/')
  return modified !== undefined && secondsOf(condition) === Math.floor(modified / 1_000)
}

/** Reports whether a list of entity tags, or `*`, contains a tag. */
function matchesTag(list: string, etag: string | undefined, comparison: 'strong' | 'weak'): boolean {
  if (list.trim() === '*') return true
  if (etag === undefined || (comparison === 'strong' && etag.startsWith('W/'))) return false
  const opaque = etag.replace(/^W\//, '')
  for (const [, weak, tag] of list.matchAll(/(W\/)?("[^"]*")/g)) {
    if (tag === opaque && (comparison === 'weak' || weak === undefined)) return true
  }
  return false
}

function secondsOf(date: string | null | undefined): number | undefined {
  // An HTTP-date, not the other forms that Date.parse accepts: '2024' is not a date in HTTP.
  if (date === null || date === undefined || !/^[A-Za-z]{3,9},? /.test(date)) return undefined
  const ms = Date.parse(date)
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1_000)
}
