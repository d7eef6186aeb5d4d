// Ranges of RFC 9110, section 14, with its own examples for a representation of 10,000 bytes.

import { expect, test } from 'vitest'
import { requestedRanges } from '../../src/representation/byte-ranges.ts'

const ask = (range: string, ifRange?: string, size = 10_000) =>
  requestedRanges((name) => ({ range, 'if-range': ifRange })[name], size, { etag: '"a"', modified: 0 })

const of = (...pairs: ReadonlyArray<readonly [number, number]>) =>
  pairs.map(([start, end]) => ({ start, end }))

test.each([
  ['bytes=0-499', of([0, 499])],
  ['bytes=500-999', of([500, 999])],
  ['bytes=-500', of([9_500, 9_999])],
  ['bytes=9500-', of([9_500, 9_999])],
  ['bytes=0-0,-1', of([0, 0], [9_999, 9_999])],
  ['bytes= 0-999, 4500-5499, -1000', of([0, 999], [4_500, 5_499], [9_000, 9_999])],
  // "Other valid (but not canonical) specifications of the second 500 bytes": they touch, and overlap.
  ['bytes=500-600,601-999', of([500, 999])],
  ['bytes=500-700,601-999', of([500, 999])],
])('%s', (range, expected) => {
  expect(ask(range)).toEqual(expected)
})

test('ranges that do not overlap keep the order of the request', () => {
  expect(ask('bytes=5000-5001,0-1')).toEqual(of([5_000, 5_001], [0, 1]))
})

test('the same range many times is sent once, and more than 16 are ignored', () => {
  expect(ask(`bytes=${Array(16).fill('0-').join(',')}`)).toEqual(of([0, 9_999]))
  expect(ask(`bytes=${Array(17).fill('0-').join(',')}`)).toBeUndefined()
  expect(ask(`bytes=${Array(100_000).fill('0-0').join(',')}`)).toBeUndefined()
})

test('a malformed list is ignored as a whole, and unsatisfiable ranges in a list are left out', () => {
  for (const range of [
    'bytes=',
    'bytes=-',
    'bytes=5-1',
    'bytes=0-1,x',
    'items=0-1',
    'bytes 0-1',
    'bytes=0-1,5-1',
  ])
    expect(ask(range), range).toBeUndefined()
  expect(ask('bytes=10000-,0-1')).toEqual(of([0, 1]))
  expect(ask('bytes=10000-')).toBe('unsatisfiable')
  expect(ask('bytes=-0')).toBe('unsatisfiable')
  expect(ask('bytes=0-', undefined, 0)).toBe('unsatisfiable')
})

test('If-Range needs the strong tag, or the exact date', () => {
  expect(ask('bytes=0-1', '"a"')).toEqual(of([0, 1]))
  for (const condition of ['"b"', 'W/"a"', 'Thu, 01 Jan 1970 00:00:01 GMT'])
    expect(ask('bytes=0-1', condition), condition).toBeUndefined()
  expect(ask('bytes=0-1', 'Thu, 01 Jan 1970 00:00:00 GMT')).toEqual(of([0, 1]))
})
