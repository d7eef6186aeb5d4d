// The JSON of an answer: what JSON.stringify would lose is refused.

import { defineRoutes } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, test } from 'vitest'
import { stringifyJSON } from '../../src/response/json.ts'
import { recordingApp } from '../recording.ts'

class Empty {}
class Money {
  toJSON() {
    return '1.00'
  }
}

describe('the JSON of a value', () => {
  test.each([
    [{ a: {} }, '{"a":{}}'],
    [[{}], '[{}]'],
    [{ at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
    [{ price: new Money() }, '{"price":"1.00"}'],
    [{ empty: new Empty() }, '{"empty":{}}'],
    [{ text: '{}' }, '{"text":"{}"}'],
    [{ url: new URL('http://a/') }, '{"url":"http://a/"}'],
    [{ none: undefined, list: [undefined, null] }, '{"list":[null,null]}'],
    [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    [{ bytes: Buffer.from('a') }, '{"bytes":{"type":"Buffer","data":[97]}}'],
  ])('%# is what JSON.stringify makes of it', (value, text) => {
    expect(stringifyJSON(value)).toBe(text)
    expect(JSON.stringify(value)).toBe(text)
  })

  const cyclic: Record<string, unknown> = { a: 1 }
  cyclic.self = { again: cyclic }
  test.each([
    [{ tags: new Set(['x']) }, 'tags', 'Set'],
    [{ orders: [{ byId: new Map() }] }, 'orders.0.byId', 'Map'],
    [{ user: Promise.resolve(1) }, 'user', 'Promise'],
    [{ pattern: /x/ }, 'pattern', 'RegExp'],
    [{ cause: new Error('x') }, 'cause', 'Error'],
    [{ file: new Blob(['x']) }, 'file', 'Blob'],
    [{ form: new FormData() }, 'form', 'FormData'],
    [{ query: new URLSearchParams('a=1') }, 'query', 'URLSearchParams'],
    [{ bytes: new ArrayBuffer(1) }, 'bytes', 'ArrayBuffer'],
    [{ count: 1n }, 'count', 'BigInt'],
    [cyclic, 'self.again', 'circular reference'],
    [{ weak: new WeakMap() }, 'weak', 'WeakMap'],
  ])('%# is refused, with its place and its type', (value, path, type) => {
    expect(() => stringifyJSON(value)).toThrow(`the value at '${path}' is of type ${type}`)
  })

  test('is refused for a value that is a whole without one', () => {
    expect(() => stringifyJSON(new Map())).toThrow('the returned value is of type Map')
    expect(() => stringifyJSON(() => 1)).toThrow('the returned value is of type function')
  })
})

describe('a handler that returns', () => {
  const values: Record<string, [() => unknown, status: number, type: string, body: string]> = {
    'an ArrayBuffer': [
      () => new TextEncoder().encode('bytes').buffer,
      200,
      'application/octet-stream',
      'bytes',
    ],
    'a view of bytes': [
      () => new DataView(new TextEncoder().encode('xbytes').buffer, 1),
      200,
      'application/octet-stream',
      'bytes',
    ],
    'a Blob': [() => new Blob(['x'], { type: 'image/png' }), 200, 'image/png', 'x'],
    'a file of no type': [() => new File(['x'], 'x'), 200, 'application/octet-stream', 'x'],
    URLSearchParams: [
      () => new URLSearchParams({ a: '1' }),
      200,
      'application/x-www-form-urlencoded;charset=UTF-8',
      'a=1',
    ],
    'a Map': [() => new Map([['a', 1]]), 500, 'application/problem+json', ''],
    'a generator': [() => [1][Symbol.iterator](), 500, 'application/problem+json', ''],
    'an Error': [() => new Error('returned'), 500, 'application/problem+json', ''],
  }
  test.each(Object.entries(values))('%s', async (_name, [value, status, type, body]) => {
    const { logger, lines } = recordingApp()
    const routes = defineRoutes('', (route) => void route.get('/', value))
    await using client = await createTestClient({ routes: [routes], logger })
    const response = await client.get('/')
    expect([response.status, response.headers.get('content-type')]).toEqual([status, type])
    const text = await response.text()
    if (body !== '') expect(text).toBe(body)
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(status === 500 ? 1 : 0)
  })

  test('a form', async () => {
    const form = new FormData()
    form.set('name', 'Ada')
    const routes = defineRoutes('', (route) => void route.get('/', () => form))
    await using client = await createTestClient({ routes: [routes] })
    expect((await (await client.get('/')).formData()).get('name')).toBe('Ada')
  })
})
