// One rule for a path with a trailing slash, on every way that a request takes.

import { join } from 'node:path'
import {
  defineRoutes,
  mount,
  serveFiles,
  type TrailingSlash,
  WebModule,
  type WebModuleOptions,
} from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, test } from 'vitest'
import { listening } from '../listening.ts'

const routes = [
  defineRoutes('/users', (route) => {
    route.get('/', () => 'list')
    route.get('/:id', ({ params }) => params.id)
    route.get('/:id/posts/', () => 'posts')
    route.get('/:id/files/**:rest', ({ params }) => params.rest)
  }),
  mount('/legacy', (request) => new Response(new URL(request.url).pathname)),
  serveFiles('/assets', join(import.meta.dirname, '../fixtures/public')),
]

const variants: WebModuleOptions[] = [
  {},
  { middleware: [(_context, next) => next()], cors: { origin: ['https://a.example'] } },
]

describe.each(variants)('with %o', (options) => {
  /** The status and location, or the text, of a path: without a socket and over one. */
  async function answers(trailingSlash: TrailingSlash | undefined, method: string, path: string) {
    const web = { ...options, routes, trailingSlash }
    await using client = await createTestClient(web)
    const { url } = await listening({ web })
    const read = async (response: Response) => [
      response.status,
      response.headers.get('location') ?? (await response.text()).replace(/,"id":"[^"]*"/, ''),
    ]
    const first = await read(await client.request(method, path))
    expect(await read(await fetch(url + path, { method, redirect: 'manual' }))).toEqual(first)
    return first
  }

  test.each([undefined, 'ignore'] as const)('%s answers with and without the slash', async (rule) => {
    expect(await answers(rule, 'GET', '/users/')).toEqual([200, 'list'])
    expect(await answers(rule, 'GET', '/users/7/')).toEqual([200, '7'])
    expect(await answers(rule, 'GET', '/users/7/posts')).toEqual([200, 'posts'])
  })

  test('redirect leads to the path without the slash, with the query and the method', async () => {
    expect(await answers('redirect', 'GET', '/users/?a=1&b=%20')).toEqual([308, '/users?a=1&b=%20'])
    expect(await answers('redirect', 'GET', '/users/7/')).toEqual([308, '/users/7'])
    expect(await answers('redirect', 'GET', '/users')).toEqual([200, 'list'])
    expect(await answers('redirect', 'GET', '/users/7/posts')).toEqual([200, 'posts'])
    expect(await answers('redirect', 'POST', '/users/')).toEqual([308, '/users'])
    expect((await answers('redirect', 'GET', '/unknown/'))[0]).toBe(404)
  })

  test('redirect never leads to another host', async () => {
    const any = [defineRoutes('', (route) => route.get('/:a/:b', () => 'ok'))]
    await using client = await createTestClient({ routes: any, trailingSlash: 'redirect' })
    for (const path of ['//evil.example/', '//evil.example/a/', '/%2F/evil.example/']) {
      const response = await client.web.fetch(new Request(`http://localhost${path}`))
      expect(response.headers.get('location') ?? '').not.toMatch(/^\/[/\\]/)
    }
  })

  test('strict knows only the path without the slash', async () => {
    expect((await answers('strict', 'GET', '/users/'))[0]).toBe(404)
    expect((await answers('strict', 'DELETE', '/users/'))[0]).toBe(404)
    expect((await answers('strict', 'OPTIONS', '/users/'))[0]).toBe(404)
    expect(await answers('strict', 'GET', '/users')).toEqual([200, 'list'])
  })

  test.each(['ignore', 'redirect', 'strict'] as const)(
    '%s leaves the path below a wildcard as it is',
    async (rule) => {
      expect(await answers(rule, 'GET', '/legacy/a/')).toEqual([200, '/a/'])
      expect(await answers(rule, 'GET', '/legacy/')).toEqual([200, '/'])
      expect((await answers(rule, 'GET', '/users/7/files/a/'))[0]).toBe(200)
      expect((await answers(rule, 'GET', '/assets/a.txt'))[0]).toBe(200)
    },
  )
})

test('patterns that differ in the slash only are declared twice', async () => {
  const twice = defineRoutes('', (route) => {
    route.get('/a', () => 1)
    route.get('/a/', () => 2)
  })
  await expect(createTestClient({ routes: [twice] })).rejects.toThrow(/GET \/a: .*already declared/)
})

test('another rule is rejected', () => {
  expect(() => new WebModule({ trailingSlash: 'add' as never })).toThrow(
    `Cannot configure WebModule: trailingSlash is "add". Use 'ignore', 'redirect' or 'strict'.`,
  )
})
