import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { viewOf } from '../../src/response/reply-view.ts'

const init = { status: 201, headers: { 'content-type': 'application/json' } }
const text = '{"a":"ü"}'
const view = () => viewOf({ status: 201, headers: ['content-type', 'application/json'], body: text })

// What a later Node.js adds, as textStream of version 26, works on its own objects only.
const { get: platformStatus } = Object.getOwnPropertyDescriptor(Response.prototype, 'status')!
Object.defineProperties(Response.prototype, {
  laterMethod: { configurable: true, value: platformStatus },
  laterValue: { configurable: true, get: platformStatus },
})

// Each way to read a body, on a Response of the platform and on one of ours.
const reads: Record<string, (response: Response) => unknown> = {
  text: (response) => response.text(),
  json: (response) => response.json(),
  arrayBuffer: async (response) => Buffer.from(await response.arrayBuffer()).toString(),
  blob: async (response) => {
    const blob = await response.blob()
    return [blob.type, await blob.text()]
  },
  body: (response) => new Response(response.body).text(),
  clone: async (response) => [await response.clone().text(), await response.text(), response.clone.length],
  copy: async (response) => {
    const copy = new Response(response.body, response)
    return [copy.status, copy.headers.get('content-type'), await copy.text()]
  },
  'the state of a clone': (response) => {
    const { status, headers, ok } = response.clone()
    return [status, [...headers], ok, response.bodyUsed]
  },
  inspect: (response) => inspect(response).split(' ')[0],
  tag: (response) => Object.prototype.toString.call(response),
  'what a later Node.js adds': (response) => {
    const later = response as Response & { laterMethod(): number; readonly laterValue: number }
    return [later.laterMethod(), later.laterValue]
  },
  'what it says of itself': ({ type, url, redirected, statusText }) => [type, url, redirected, statusText],
  'a copy with its headers': ({ headers }) => [...new Response(null, { headers }).headers],
  'a second read': async (response) => {
    await response.text()
    return [response.bodyUsed, await response.text().catch((error: unknown) => error instanceof TypeError)]
  },
  'a changed header on a clone': (response) => {
    void response.body
    response.headers.set('x-a', 'b')
    return response.clone().headers.get('x-a')
  },
}

test.each(Object.entries(reads))('%s is as on a Response of the platform', async (_, read) => {
  const ours = view()
  expect(ours).toBeInstanceOf(Response)
  expect(await read(ours)).toEqual(await read(new Response(text, init)))
})

test('a body that is not read is not used', () => {
  const { bodyUsed, status, ok } = view()
  expect({ bodyUsed, status, ok }).toEqual({ bodyUsed: false, status: 201, ok: true })
})
