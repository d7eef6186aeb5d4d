import { inspect } from 'node:util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { headerList, replyHeaders } from '../../src/response/reply-headers.ts'

// The Headers of the platform tell what is right, for calls in any order.

const name = fc.constantFrom('x-a', 'X-A', 'Vary', 'set-cookie', 'Set-Cookie', 'b', '', 'no name', 'ü', 'a:b')
const value = fc.oneof(
  fc.constantFrom(
    '1',
    ' padded\t',
    '',
    'a, b',
    'two\nlines',
    'nul\0',
    'ÿ',
    '€',
    'a=1; Path=/',
    'a\tb',
    '\x7f',
  ),
  fc.string(),
)
const call = fc.oneof(
  fc.tuple(fc.constantFrom('append', 'set'), name, value),
  fc.tuple(fc.constantFrom('get', 'has', 'delete'), name),
  fc.tuple(fc.constantFrom('getSetCookie', 'entries', 'keys', 'values')),
)
type Call = readonly [method: string, ...given: string[]]

function outcome(headers: Headers, [method, ...given]: Call): unknown {
  try {
    const result = (headers as unknown as Record<string, (...given: string[]) => unknown>)[method]!(...given)
    return typeof result === 'object' && result !== null ? [...(result as Iterable<unknown>)] : result
  } catch (error) {
    return (error as Error).constructor
  }
}

test('calls in any order have the results that they have on Headers of the platform', () => {
  fc.assert(
    fc.property(fc.array(call as fc.Arbitrary<Call>, { maxLength: 12 }), (calls) => {
      const [ours, theirs] = [replyHeaders([]), new Headers()]
      for (const one of calls) expect(outcome(ours, one), one.join(' ')).toEqual(outcome(theirs, one))
      expect([...ours]).toEqual([...theirs])
      const list = headerList(ours)
      const sent = list.flatMap((header, i) => (i % 2 === 0 ? [[header, list[i + 1]!]] : []))
      expect(sent.sort(([a], [b]) => (a! < b! ? -1 : a! > b! ? 1 : 0))).toEqual([...theirs])
    }),
    { numRuns: 2_000 },
  )
})

test('headers are taken for those of the platform', () => {
  const ours = replyHeaders(['X-A', '1', 'set-cookie', 'a', 'set-cookie', 'b'])
  expect(ours).toBeInstanceOf(Headers)
  expect(Object.prototype.toString.call(ours)).toBe('[object Headers]')
  expect([...new Headers(ours)]).toEqual([...ours])
  expect(new Response(null, { headers: ours }).headers.getSetCookie()).toEqual(['a', 'b'])
  expect(inspect(ours)).toBe("Headers { 'set-cookie': 'b', 'x-a': '1' }")
})

test('forEach calls with the value, the name and the headers, in the order of the names', () => {
  const ours = replyHeaders(['b', '2', 'a', '1'])
  const calls: unknown[] = []
  const receiver = {}
  ours.forEach(function (this: unknown, ...given) {
    calls.push([this === receiver, ...given])
  }, receiver)
  expect(calls).toEqual([
    [true, '1', 'a', ours],
    [true, '2', 'b', ours],
  ])
  expect(() => ours.forEach('no function' as never)).toThrow(TypeError)
})

test('a change during the iteration is seen by it', () => {
  const [ours, theirs] = [
    replyHeaders(['a', '1', 'c', '3']),
    new Headers([
      ['a', '1'],
      ['c', '3'],
    ]),
  ]
  const walk = (headers: Headers) => {
    const seen: string[] = []
    for (const [name] of headers) {
      seen.push(name)
      if (name === 'a') headers.set('b', '2')
      if (name === 'b') headers.delete('c')
    }
    return seen
  }
  expect(walk(ours)).toEqual(walk(theirs))
})

test('a call without a value is refused, as by the platform', () => {
  for (const method of ['append', 'set'] as const)
    for (const headers of [replyHeaders([]), new Headers()])
      expect(() => (headers[method] as (name: string) => void)('x-a')).toThrow(TypeError)
})
