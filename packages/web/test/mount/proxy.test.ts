// Another server below a prefix.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { defineRoutes, proxy, type WebModuleOptions } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listening } from '../listening.ts'

const behavior: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
  '/base/echo': async (request, response) => {
    const { method, url, headers } = request
    const body = (await buffer(request)).toString()
    response.setHeader('set-cookie', ['a=1', 'b=2'])
    response.end(JSON.stringify({ method, url, headers, body }))
  },
  '/base/gzip': (_request, response) => {
    response.setHeader('content-encoding', 'gzip')
    response.end(gzipSync('unpacked'))
  },
  '/base/redirect': (request, response) => {
    response.writeHead(302, { location: `http://${request.headers.host}/base/echo?a=1#b` }).end()
  },
  '/base/relative': (_request, response) => void response.writeHead(302, { location: 'echo' }).end(),
  '/base/outside': (_request, response) => {
    response.writeHead(302, { location: 'https://other.example/x' }).end()
  },
  '/base/teapot': (_request, response) => void response.writeHead(418).end('teapot'),
  '/base/never': () => {},
}
const server = createServer((request, response) => {
  const [path = ''] = request.url!.split('?')
  const answer = behavior[path]
  if (answer) answer(request, response)
  else response.writeHead(404).end('unknown there')
})
let target = ''

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  target = `http://127.0.0.1:${(server.address() as AddressInfo).port}/base`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

type Send = (path: string, init?: RequestInit) => Promise<Response>

describe.each<WebModuleOptions>([{}, { middleware: [(_context, next) => next()] }])('with %o', (options) => {
  /** Sends requests without a socket and over one. */
  async function senders(): Promise<Send[]> {
    const old = proxy('/:tenant/old', `${target}/`, {
      bodyLimit: 100,
      headers: { authorization: 'Bearer inner' },
    })
    const slow = proxy('/slow', target, { timeout: 20 })
    const routes = [
      old,
      slow,
      defineRoutes('/v1', (route) => route.include(proxy('/down', 'http://127.0.0.1:1'))),
    ]
    const client = await createTestClient({ ...options, routes })
    const { url } = await listening({ web: { ...options, routes } })
    return [
      (path, init) => client.web.fetch(new Request(`http://localhost${path}`, init)),
      (path, init) => fetch(url + path, { redirect: 'manual', ...init }),
    ]
  }

  test('a request arrives with its method, query, body and the address of the client', async () => {
    for (const send of await senders()) {
      const response = await send('/a/old/echo?x=1&y=%20', {
        method: 'PUT',
        body: 'content',
        headers: { 'x-own': '1', 'x-forwarded-for': '6.6.6.6', forwarded: 'for=6.6.6.6' },
      })
      const echo = (await response.json()) as { headers: Record<string, string> }
      expect(echo).toMatchObject({ method: 'PUT', url: '/base/echo?x=1&y=%20', body: 'content' })
      expect(echo.headers).toMatchObject({
        'x-own': '1',
        authorization: 'Bearer inner',
        host: new URL(target).host,
      })
      expect(echo.headers['x-forwarded-host']).toMatch(/^(?:localhost|127\.0\.0\.1)/)
      expect(JSON.stringify(echo.headers)).not.toContain('6.6.6.6')
      expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    }
  })

  test('an answer keeps its status, and its content without its encoding', async () => {
    for (const send of await senders()) {
      const teapot = await send('/a/old/teapot')
      expect([teapot.status, await teapot.text()]).toEqual([418, 'teapot'])
      expect(await (await send('/a/old/gzip')).text()).toBe('unpacked')
      expect((await send('/a/old/none')).status).toBe(404)
    }
  })

  test('a redirect leads below the prefix', async () => {
    for (const send of await senders()) {
      const location = async (path: string) => (await send(path)).headers.get('location')
      expect(await location('/a/old/redirect')).toBe('/a/old/echo?a=1#b')
      expect(await location('/a/old/relative')).toBe('/a/old/echo')
      expect(await location('/a/old/outside')).toBe('https://other.example/x')
    }
  })

  test('a server that does not answer is a 502 or a 504, and a body above the limit a 413', async () => {
    for (const send of await senders()) {
      expect((await send('/v1/down/x')).status).toBe(502)
      expect((await send('/slow/never')).status).toBe(504)
      expect((await send('/a/old/echo', { method: 'POST', body: 'x'.repeat(101) })).status).toBe(413)
    }
  })
})

test.each(['ftp://host', 'host', '', 'http://h/?a=1', 'http://h/#a'])(
  'the target %j is refused',
  (address) => {
    expect(() => proxy('/old', address)).toThrow(/Cannot declare route ANY \/old\/\*\*: the target/)
  },
)

test('credentials in the target are refused, and not repeated', () => {
  expect(() => proxy('/old', 'http://user:secret@host')).toThrow(/the target contains credentials/)
  expect(() => proxy('/old', 'http://user:secret@host/?q')).toThrow(/^(?!.*secret)/)
})
