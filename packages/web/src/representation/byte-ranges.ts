// Byte ranges of RFC 9110, section 14.

import { type HeaderReader, rangeApplies, type Validators } from './preconditions.ts'

/** A range of bytes, both ends included. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** A request for more ranges is answered with the whole. */
const MAX_RANGES = 16
/** Ranges closer than this are joined, in bytes: the head of a part would be longer. */
const MIN_GAP = 80

/**
 * Returns the ranges that a GET request asks for: undefined for the whole, `'unsatisfiable'` for a 416. A server may
 * ignore a Range header (RFC 9110, 14.2); this one ignores malformed ones, other units than bytes, and more than 16
 * ranges. Ranges that overlap or nearly touch are joined (15.3.7.2), so that no byte is sent twice.
 */
export function requestedRanges(
  header: HeaderReader,
  size: number,
  validators: Validators,
): readonly ByteRange[] | 'unsatisfiable' | undefined {
  const list = /^\s*bytes\s*=(.*)$/i.exec(header('range') ?? '')?.[1]?.split(',', MAX_RANGES + 1)
  if (list === undefined || list.length > MAX_RANGES || !rangeApplies(header, validators)) return undefined
  const ranges: ByteRange[] = []
  for (const spec of list) {
    const range = rangeOf(spec, size)
    if (range === undefined) return undefined
    if (range !== 'unsatisfiable') ranges.push(range)
  }
  return ranges.length === 0 ? 'unsatisfiable' : joined(ranges)
}

/** One `first-last`, `first-` or `-length`; undefined if it is malformed. */
function rangeOf(spec: string, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first, last] = /^\s*(\d*)\s*-\s*(\d*)\s*$/.exec(spec) ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 }
  }
  const start = Number(first)
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (last !== '' && Number(last) < start) return undefined
  return start >= size ? 'unsatisfiable' : { start, end }
}

/** Joins the ranges that overlap. Ranges of which none do keep the order of the request. */
function joined(ranges: readonly ByteRange[]): readonly ByteRange[] {
  const result: ByteRange[] = []
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = result.at(-1)
    if (last === undefined || range.start - last.end > MIN_GAP) result.push(range)
    else result[result.length - 1] = { start: last.start, end: Math.max(last.end, range.end) }
  }
  return result.length === ranges.length ? ranges : result
}
