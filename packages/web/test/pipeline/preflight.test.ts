// CORS options of groups and routes, beside those of the module.

import { defineRoutes, mount, type WebModuleOptions } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, test } from 'vitest'
import { listening } from '../listening.ts'

const shop = 'https://shop.example'
const admin = 'https://admin.example'
const everybody = 'https://any.example'

const routes = [
  defineRoutes(
    '/shop',
    { cors: { origin: [shop], methods: ['GET', 'POST'], credentials: true } },
    (route) => {
      route.get('/items/:id', ({ params }) => params.id)
      route.post('/items/:id', () => 'posted')
      route.delete('/items/:id', { cors: { origin: [admin], methods: ['DELETE'] } }, () => 'deleted')
      route.get('/private', { cors: false }, () => 'private')
      route.group('/inner', (route) => void route.get('/', () => 'inner'))
      route.include(mount('/mounted', () => new Response('mounted')))
    },
  ),
  defineRoutes('', (route) => void route.get('/open', () => 'open')),
]

type Send = (method: string, path: string, headers: Record<string, string>) => Promise<Response>

/** Sends requests without a socket and over one. */
async function senders(options: WebModuleOptions): Promise<Send[]> {
  const client = await createTestClient({ ...options, routes })
  const { url } = await listening({ web: { ...options, routes } })
  return [
    (method, path, headers) => client.request(method, path, { headers }),
    (method, path, headers) => fetch(url + path, { method, headers }),
  ]
}

const allowed = (response: Response) => response.headers.get('access-control-allow-origin')
const preflight = (send: Send, path: string, origin: string, method: string) =>
  send('OPTIONS', path, { origin, 'access-control-request-method': method })

describe.each<WebModuleOptions>([{}, { middleware: [(_context, next) => next()] }])(
  'without CORS in the module, with %o',
  (options) => {
    test('the options of a group apply to its routes, inner groups and mounted applications', async () => {
      for (const send of await senders(options)) {
        for (const path of ['/shop/items/1', '/shop/inner', '/shop/mounted/x']) {
          expect(allowed(await send('GET', path, { origin: shop })), path).toBe(shop)
          expect(allowed(await send('GET', path, { origin: admin })), path).toBeNull()
          const answer = await preflight(send, path, shop, 'GET')
          expect([answer.status, allowed(answer)], path).toEqual([204, shop])
        }
        expect(allowed(await send('GET', '/open', { origin: shop }))).toBeNull()
        expect(allowed(await preflight(send, '/open', shop, 'GET'))).toBeNull()
      }
    })

    test('a preflight request receives the options of the route of its method', async () => {
      for (const send of await senders(options)) {
        expect(allowed(await preflight(send, '/shop/items/1', admin, 'DELETE'))).toBe(admin)
        expect(allowed(await preflight(send, '/shop/items/1', shop, 'DELETE'))).toBeNull()
        expect(allowed(await preflight(send, '/shop/items/1', shop, 'POST'))).toBe(shop)
        expect(allowed(await preflight(send, '/shop/items/1', shop, 'HEAD'))).toBe(shop)
        expect(allowed(await preflight(send, '/shop/items/1', admin, 'POST'))).toBeNull()
        expect(allowed(await preflight(send, '/shop/items/1', shop, 'PATCH'))).toBeNull()
      }
    })

    test('OPTIONS without a preflight lists the methods', async () => {
      for (const send of await senders(options)) {
        const response = await send('OPTIONS', '/shop/items/1', {})
        expect([response.status, response.headers.get('allow')]).toEqual([
          204,
          'DELETE, GET, HEAD, OPTIONS, POST',
        ])
      }
    })
  },
)

test('the options of a route replace those of the module', async () => {
  for (const send of await senders({ cors: { origin: [everybody] } })) {
    expect(allowed(await send('GET', '/open', { origin: everybody }))).toBe(everybody)
    expect(allowed(await send('GET', '/missing', { origin: everybody }))).toBe(everybody)
    const own = await send('GET', '/shop/items/1', { origin: shop })
    expect([allowed(own), own.headers.get('access-control-allow-credentials')]).toEqual([shop, 'true'])
    expect(allowed(await send('GET', '/shop/items/1', { origin: everybody }))).toBeNull()
    expect(allowed(await preflight(send, '/shop/items/1', everybody, 'GET'))).toBeNull()
    for (const method of ['GET', 'OPTIONS']) {
      const answer = await send(method, '/shop/private', {
        origin: everybody,
        'access-control-request-method': 'GET',
      })
      expect(allowed(answer), method).toBeNull()
    }
  }
})

test('an error of a route has its CORS headers', async () => {
  const failing = defineRoutes('/fail', { cors: { origin: [shop] } }, (route) => {
    route.get('/', () => {
      throw new Error('on purpose')
    })
  })
  await using client = await createTestClient({ routes: [failing] })
  const response = await client.get('/fail', { headers: { origin: shop } })
  expect([response.status, allowed(response)]).toEqual([500, shop])
})

test.each([
  [{ origin: '*' as const, credentials: true }, /cors\.credentials/],
  [{ origin: ['https://a.example/path'] }, /cors\.origin\[0\]/],
])('%o is rejected where it is declared', (cors, message) => {
  expect(() => defineRoutes('/a', { cors }, () => {})).toThrow(message)
  expect(() => defineRoutes('/a', (route) => void route.get('/', { cors }, () => 1))).toThrow(message)
})
