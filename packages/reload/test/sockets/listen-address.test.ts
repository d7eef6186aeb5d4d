import { expect, test } from 'vitest'
import { addressKey, excludeEachOther } from '../../src/sockets/listen-address.ts'

const at = (host?: string, port = 80) => ({ port, ...(host !== undefined && { host }) })

test.each([
  [undefined, '', true],
  [undefined, '::', true],
  [undefined, '*', true],
  ['localhost', '127.0.0.1', true],
  ['0.0.0.0', '::', false],
  ['127.0.0.1', '::1', false],
])('the hosts %s and %s are one address: %s', (one, other, equal) => {
  expect(addressKey(at(one)) === addressKey(at(other))).toBe(equal)
})

test.each([
  [undefined, '127.0.0.1', true],
  [undefined, '0.0.0.0', true],
  [undefined, '::1', true],
  ['0.0.0.0', '127.0.0.1', true],
  ['0.0.0.0', '::1', false],
  ['127.0.0.1', '::1', false],
  ['127.0.0.1', '10.0.0.1', false],
  ['localhost', '127.0.0.1', false],
])('the hosts %s and %s exclude each other at one port: %s', (one, other, exclude) => {
  expect(excludeEachOther(at(one), at(other))).toBe(exclude)
  expect(excludeEachOther(at(other), at(one))).toBe(exclude)
  expect(excludeEachOther(at(one), at(other, 81))).toBe(false)
})

test('paths and port 0 exclude nothing', () => {
  expect(excludeEachOther({ path: '/a' }, { path: '/a' })).toBe(false)
  expect(excludeEachOther(at(undefined, 0), at('127.0.0.1', 0))).toBe(false)
})
