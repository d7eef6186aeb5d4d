// The typed client, with a server and without one.

import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { defineAuth, defineRoutes, errors, type ProblemDetails, type Routes, reply } from '@myfy/web'
import { ClientError, createClient } from '@myfy/web/client'
import { createTestClient } from '@myfy/web/testing'
import { build } from 'esbuild'
import { describe, expect, expectTypeOf, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { listening } from '../listening.ts'

const User = z.object({ id: z.number(), name: z.string() })
const bearer = defineAuth({ scheme: 'bearer', authenticate: ({ token }) => ({ token }) })

const users = defineRoutes('/users', (route) => [
  route.get(
    '/',
    { query: z.object({ page: z.coerce.number().default(1), tag: z.array(z.string()).optional() }) },
    ({ query }) => [query.page, ...(query.tag ?? [])],
  ),
  route.get('/:id', { params: z.object({ id: z.coerce.number() }), response: User }, ({ params }) =>
    params.id === 7 ? { id: 7, name: 'Ada' } : errors.notFound('no such user'),
  ),
  route.post(
    '/',
    {
      body: z.object({ name: z.string(), born: z.iso.date().optional() }),
      headers: z.object({ 'x-trace': z.string() }),
      responses: { 201: User, 409: z.object({ taken: z.string() }) },
    },
    ({ body }) => (body.name === 'Ada' ? reply(409, { taken: 'Ada' }) : { id: 8, name: body.name }),
  ),
  route.delete('/:id', () => undefined),
  route.get('/:id/born', () => ({ at: new Date(0), age: undefined as number | undefined })),
  route.get('/:id/text', ({ params }) => `text of ${params.id}`),
  route.get('/:id/files/**:path', ({ params }) => params.path),
  route.get('/stream', ({ stream }) => stream.events(async function* () {})),
  route.group('/:id/posts', { auth: bearer }, (route) => [
    route.get('/:post?', ({ params, identity }) => ({ ...params, ...identity })),
  ]),
])
const v2 = defineRoutes('/:tenant/v2', (route) => [route.include(users)])

/** Typed clients: over a socket, and without one. */
async function clients() {
  const { url } = await listening({ web: { routes: [users, v2] } })
  const client = await createTestClient({ routes: [users, v2] })
  return [createClient<typeof users | typeof v2>(`${url}/`), client.api] as const
}

test('a request is typed by the path, and the answer by the status', async () => {
  for (const api of await clients()) {
    const answer = await api.get('/users/:id', { params: { id: 7 } })
    if (answer.status === 200) {
      expectTypeOf(answer.data).toEqualTypeOf<{ id: number; name: string }>()
      expectTypeOf(answer.ok).toEqualTypeOf<true>()
    } else {
      expectTypeOf(answer.data).toEqualTypeOf<ProblemDetails>()
      expectTypeOf(answer.ok).toEqualTypeOf<false>()
    }
    expect([answer.ok, answer.status, answer.data]).toEqual([true, 200, { id: 7, name: 'Ada' }])
    const missing = await api.get('/users/:id', { params: { id: '8' } })
    expect(missing.data).toMatchObject({ status: 404, detail: 'no such user' })
  }
})

test('parameters, query, headers and body are sent as the schemas expect them', async () => {
  for (const api of await clients()) {
    expect((await api.get('/users')).data).toEqual([1])
    expect((await api.get('/users', { query: { page: 2, tag: ['a b', 'c&d'] } })).data).toEqual([
      2,
      'a b',
      'c&d',
    ])
    const created = await api.post('/users', { body: { name: 'Bob' }, headers: { 'x-trace': 't' } })
    if (created.status === 201) expectTypeOf(created.data).toEqualTypeOf<{ id: number; name: string }>()
    expect([created.status, created.data]).toEqual([201, { id: 8, name: 'Bob' }])
    const taken = await api.post('/users', { body: { name: 'Ada' }, headers: { 'x-trace': 't' } })
    if (taken.status === 409) expectTypeOf(taken.data).toEqualTypeOf<{ taken: string }>()
    expect([taken.status, taken.data]).toEqual([409, { taken: 'Ada' }])
    const invalid = await api.post('/users', { body: { name: 1 as never }, headers: { 'x-trace': 't' } })
    expect(invalid.status).toBe(422)
  }
})

test('a body is JSON, text, nothing, or left to the caller', async () => {
  for (const api of await clients()) {
    const gone = await api.delete('/users/:id', { params: { id: 7 } })
    if (gone.ok) expectTypeOf(gone.data).toEqualTypeOf<undefined>()
    expect([gone.status, gone.data]).toEqual([204, undefined])
    const born = await api.get('/users/:id/born', { params: { id: 7 } })
    if (born.ok) expectTypeOf(born.data).toEqualTypeOf<{ at: string; age: number | undefined }>()
    expect(born.data).toEqual({ at: '1970-01-01T00:00:00.000Z' })
    const text = await api.get('/users/:id/text', { params: { id: 'a/b ü' } })
    if (text.ok) expectTypeOf(text.data).toEqualTypeOf<string>()
    expect(text.data).toBe('text of a/b ü')
    const file = await api.get('/users/:id/files/**:path', { params: { id: 7, path: 'a/b c' } })
    expect(file.data).toBe('a/b c')
    const stream = await api.get('/users/stream')
    expect([stream.data, stream.response.headers.get('content-type')]).toEqual([
      undefined,
      'text/event-stream',
    ])
    await stream.response.body?.cancel()
  }
})

test('inner and included groups are a part of the types', async () => {
  for (const api of await clients()) {
    const headers = { authorization: 'Bearer t' }
    const one = await api.get('/users/:id/posts/:post?', { params: { id: 7, post: 1 }, headers })
    expect(one.data).toEqual({ id: '7', post: '1', token: 't' })
    const all = await api.get('/users/:id/posts/:post?', { params: { id: 7 }, headers })
    expect(all.data).toEqual({ id: '7', token: 't' })
    const below = await api.get('/:tenant/v2/users/:id', { params: { tenant: 'acme', id: 7 } })
    expect([below.status, below.data]).toEqual([200, { id: 7, name: 'Ada' }])
  }
})

test('wrong calls do not compile', () => {
  const api = createClient<typeof users>('http://localhost')
  const calls = () => [
    // @ts-expect-error the group has no such path
    api.get('/posts'),
    // @ts-expect-error the path has no such method
    api.put('/users/:id', { params: { id: 1 } }),
    // @ts-expect-error the parameter is missing
    api.get('/users/:id'),
    // @ts-expect-error the parameter has another name
    api.get('/users/:id', { params: { name: 1 } }),
    // @ts-expect-error the body is missing
    api.post('/users', { headers: { 'x-trace': 't' } }),
    // @ts-expect-error the name is a string
    api.post('/users', { body: { name: 1 }, headers: { 'x-trace': 't' } }),
    // @ts-expect-error the query has no such name
    api.get('/users', { query: { size: 1 } }),
  ]
  expectTypeOf(calls).toBeFunction()
  // A callback that returns nothing has no types: no path is accepted.
  const untyped = defineRoutes('/x', (route) => {
    route.get('/', () => 1)
  })
  expectTypeOf<Parameters<ReturnType<typeof createClient<typeof untyped>>['get']>[0]>().toBeNever()
  expectTypeOf<typeof untyped>().toExtend<Routes>()
})

describe('the options', () => {
  test('add headers to every request, from a function too, and abort', async () => {
    const seen: Request[] = []
    const fetch = async (request: Request) => {
      seen.push(request)
      return new Response(null, { status: 204 })
    }
    let token = 0
    const api = createClient<typeof users>('https://api.example/base/', {
      fetch,
      headers: async () => ({ authorization: `Bearer ${++token}` }),
      credentials: 'include',
    })
    await api.delete('/users/:id', { params: { id: 1 }, headers: { 'x-own': 'a' } })
    await api.delete('/users/:id', { params: { id: 2 } })
    expect(seen.map(({ url, headers }) => [url, headers.get('authorization'), headers.get('x-own')])).toEqual(
      [
        ['https://api.example/base/users/1', 'Bearer 1', 'a'],
        ['https://api.example/base/users/2', 'Bearer 2', null],
      ],
    )
    const without = createClient<typeof users>('http://h', {
      fetch,
      headers: () => (token > 9 ? { authorization: 'Bearer 9' } : {}),
    })
    await without.delete('/users/:id', { params: { id: 3 }, headers: { 'x-own': undefined } })
    expect([...seen.at(-1)!.headers]).toEqual([])
    const { url } = await listening({ web: { routes: [users] } })
    const signal = AbortSignal.abort(new Error('on purpose'))
    await expect(createClient<typeof users>(url).get('/users', { signal })).rejects.toThrow('on purpose')
  })
})

describe('a path', () => {
  const routes = defineRoutes('', (route) => [
    route.get('/:a.json', () => 1),
    route.get('/v:major-:minor', () => 1),
    route.get('/n/:id(\\d+)', () => 1),
    route.get('/m/:path+', () => 1),
    route.get('/o/:path*', () => 1),
    route.get('/b{/:x}?', () => 1),
    route.get('/e/a\\:b', () => 1),
    route.get('/w/**', () => 1),
  ])
  const api = createClient<typeof routes>('http://h', {
    fetch: async ({ url }) => new Response(url.slice(8), { headers: { 'content-type': 'text/plain' } }),
  })

  test('has the values in place of every form of a parameter', async () => {
    const paths = [
      api.get('/:a.json', { params: { a: 'x' } }),
      api.get('/v:major-:minor', { params: { major: 1, minor: 2 } }),
      api.get('/n/:id(\\d+)', { params: { id: 12 } }),
      api.get('/m/:path+', { params: { path: 'a/b?' } }),
      api.get('/o/:path*'),
      api.get('/o/:path*', { params: { path: 'x/y' } }),
      api.get('/b{/:x}?'),
      api.get('/b{/:x}?', { params: { x: 'ü' } }),
      api.get('/e/a\\:b'),
      api.get('/w/**', { params: { _: 'a/b' } }),
    ]
    expect(await Promise.all(paths.map(async (path) => (await path).data))).toEqual([
      '/x.json',
      '/v1-2',
      '/n/12',
      '/m/a/b%3F',
      '/o',
      '/o/x/y',
      '/b',
      '/b/%C3%BC',
      '/e/a:b',
      '/w/a/b',
    ])
  })

  // A URL removes segments of dots, also encoded ones: the request would reach another route.
  test.each(['..', '.', '', undefined])('cannot contain %j', async (value) => {
    const request = () =>
      createClient<typeof users>('http://h').delete('/users/:id', { params: { id: value as never } })
    await expect(request()).rejects.toThrow(ClientError)
    await expect(request()).rejects.toMatchObject({ code: 'MYFY_CLIENT_REQUEST' })
  })
})

describe('an address without a host', () => {
  const routes = defineRoutes('', (route) => [route.get('/users/:id', () => 1), route.get('/**', () => 1)])
  const fetch = async ({ url }: Request) => new Response(url, { headers: { 'content-type': 'text/plain' } })

  test.each([
    ['', 'https://app.example/users/1', 'https://app.example//other.example'],
    ['/', 'https://app.example/users/1', 'https://app.example//other.example'],
    ['/api/', 'https://app.example/api/users/1', 'https://app.example/api//other.example'],
    ['api', 'https://app.example/shop/api/users/1', 'https://app.example/shop/api//other.example'],
  ])('%j is resolved by a browser, and never leads to another host', async (base, user, other) => {
    vi.stubGlobal('location', new URL('https://app.example/shop/page?a=1#b'))
    onTestFinished(() => void vi.unstubAllGlobals())
    const api = createClient<typeof routes>(base, { fetch })
    expect((await api.get('/users/:id', { params: { id: 1 } })).data).toBe(user)
    expect((await api.get('/**', { params: { _: '/other.example' } })).data).toBe(other)
  })

  test('is refused elsewhere', async () => {
    const asked = createClient<typeof routes>('/api', { fetch }).get('/users/:id', { params: { id: 1 } })
    await expect(asked).rejects.toThrow(
      "Cannot call '/api': it is not the address of an API. Pass an absolute URL to createClient(); only browsers resolve a path.",
    )
  })
})

test('a browser bundle has no code of the server, and at most 2 kB with gzip', async () => {
  const { outputFiles, metafile } = await build({
    stdin: {
      contents: `import { createClient } from '@myfy/web/client'; globalThis.api = createClient('/')`,
      resolveDir: join(import.meta.dirname, '..'),
    },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['@myfy/source'],
    metafile: true,
  })
  const inputs = Object.keys(metafile.inputs).filter((file) => file !== '<stdin>')
  expect(inputs.every((file) => file.includes('/api-client/'))).toBe(true)
  expect(gzipSync(outputFiles[0]!.contents).byteLength).toBeLessThanOrEqual(2_048)
})
