import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { defineRoutes, errors, type Middleware, type WebModuleOptions } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import {
  appendResponseHeader,
  basicAuth,
  createEventStream,
  fromNodeHandler,
  getCookie,
  getQuery,
  getRequestHeader,
  getRequestIP,
  getRequestURL,
  handleCacheHeaders,
  html,
  iterable,
  noContent,
  proxyRequest,
  readBody,
  redirect,
  setCookie,
  setServerTiming,
  useSession,
} from 'h3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listening } from '../listening.ts'
import { recordingApp } from '../recording.ts'

const upstream = createServer((request, response) => {
  response
    .writeHead(request.url === '/missing' ? 404 : 201, {
      'content-type': 'application/json',
      'x-upstream': 'yes',
    })
    .end(JSON.stringify({ method: request.method, url: request.url }))
})
let upstreamURL: string
beforeAll(async () => {
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  upstreamURL = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
})
afterAll(() => void upstream.close())

const session = { password: 'a password of at least 32 characters' }

const routes = defineRoutes('', (route) => {
  route.get('/proxy', async ({ event }) => proxyRequest(await event(), `${upstreamURL}/a`))
  route.post('/proxy', async ({ event }) => proxyRequest(await event(), `${upstreamURL}/b`))
  route.get('/proxy/missing', async ({ event }) => proxyRequest(await event(), `${upstreamURL}/missing`))
  route.get('/redirect', () => redirect('/elsewhere'))
  route.get('/redirect/permanent', () => redirect('/elsewhere', 308))
  route.get('/none', () => noContent())
  route.get('/html', () => html`<p>hi</p>`)
  route.get('/iterable', () => iterable(['a', 'b']))
  route.get('/status', async ({ event }) => {
    const h3 = await event()
    h3.res.status = 202
    return { accepted: true }
  })
  route.get('/type', async ({ event }) => {
    const h3 = await event()
    h3.res.headers.set('content-type', 'text/html')
    return '<p>hi</p>'
  })
  route.get('/cache', async ({ event }) =>
    handleCacheHeaders(await event(), { etag: '"v1"', maxAge: 60 }) ? '' : { big: 'payload' },
  )
  route.get('/cache/error', async ({ event }) => {
    const h3 = await event()
    handleCacheHeaders(h3, { etag: '"v1"', maxAge: 60 })
    h3.res.headers.set('content-type', 'text/html')
    setCookie(h3, 'tried', '1')
    throw errors.badGateway('no upstream')
  })
  route.get('/events', async ({ event }) => {
    const stream = createEventStream(await event())
    void stream.push('x').then(() => stream.close())
    return stream.send()
  })
  route.get('/cookies', async ({ event }) => {
    const h3 = await event()
    setCookie(h3, 'a', '1')
    setCookie(h3, 'b', '2')
    return getCookie(h3, 'seen') ?? 'none'
  })
  route.get('/session', async ({ event }) => {
    const { data, update } = await useSession<{ visits: number }>(await event(), session)
    await update({ visits: (data.visits ?? 0) + 1 })
    return data.visits ?? 0
  })
  route.get('/basic', async ({ event }) => {
    await basicAuth({ username: 'u', password: 'p' })(await event(), () => undefined)
    return 'in'
  })
  route.get('/timing', async ({ event }) => {
    const h3 = await event()
    setServerTiming(h3, 'db', { dur: 1 })
    appendResponseHeader(h3, 'x-a', '1')
    return 'ok'
  })
  route.get('/request', async ({ event }) => {
    const h3 = await event()
    return {
      query: getQuery(h3),
      header: getRequestHeader(h3, 'x-in'),
      path: getRequestURL(h3).pathname,
      hasIP: getRequestIP(h3) !== undefined,
    }
  })
  route.post('/body', async ({ event }) => readBody(await event()))
  route.get('/node', async ({ event }) =>
    fromNodeHandler((_, response) => void response.end('past'))(await event()),
  )
  route.get('/not-found', () => Symbol.for('h3.notFound') as never)
})

const pass: Middleware = (_, next) => next()

describe.each<[way: string, web: WebModuleOptions, socket: boolean]>([
  ['the test client', {}, false],
  ['the test client with middleware', { middleware: [pass] }, false],
  ['a socket', {}, true],
  ['a socket with middleware', { middleware: [pass] }, true],
  ['a socket with CORS', { cors: { origin: ['https://a.example'] } }, true],
])('a function of h3, over %s', (_way, web, socket) => {
  const send = async (method: string, path: string, init: RequestInit = {}) => {
    const { logger, lines } = recordingApp()
    if (socket) {
      const { url } = await listening({ web: { ...web, routes: [routes] }, logger })
      const response = await fetch(url + path, { method, redirect: 'manual', ...init })
      return { response, lines }
    }
    const client = await createTestClient({ ...web, routes: [routes], logger })
    const response = await client.web.fetch(new Request(`http://localhost${path}`, { method, ...init }))
    return { response, lines }
  }

  // What an h3 application answers.
  test.each<
    [method: string, path: string, status: number, body: string, headers?: Record<string, string | null>]
  >([
    [
      'GET',
      '/proxy',
      201,
      '{"method":"GET","url":"/a"}',
      { 'content-type': 'application/json', 'x-upstream': 'yes' },
    ],
    ['GET', '/proxy/missing', 404, '{"method":"GET","url":"/missing"}'],
    ['GET', '/redirect', 302, expect.stringContaining('/elsewhere'), { location: '/elsewhere' }],
    ['GET', '/redirect/permanent', 308, expect.any(String), { location: '/elsewhere' }],
    ['GET', '/none', 204, '', { 'content-type': null }],
    ['GET', '/html', 200, '<p>hi</p>', { 'content-type': 'text/html; charset=utf-8' }],
    ['GET', '/iterable', 200, 'ab'],
    ['GET', '/status', 202, '{"accepted":true}'],
    ['GET', '/type', 200, '<p>hi</p>', { 'content-type': 'text/html' }],
    [
      'GET',
      '/cache',
      200,
      '{"big":"payload"}',
      { etag: '"v1"', 'cache-control': 'public, max-age=60, s-maxage=60' },
    ],
    ['GET', '/events', 200, 'data: x\n\n', { 'content-type': 'text/event-stream' }],
    ['GET', '/timing', 200, 'ok', { 'server-timing': 'db;dur=1', 'x-a': '1' }],
    ['GET', '/not-found', 404, expect.stringContaining('"status":404')],
  ])('%s %s answers %i', async (method, path, status, body, headers = {}) => {
    const { response } = await send(method, path)
    expect([response.status, await response.text()]).toEqual([status, body])
    for (const [name, value] of Object.entries(headers)) expect(response.headers.get(name), name).toBe(value)
  })

  test('proxies a body', async () => {
    const { response } = await send('POST', '/proxy', {
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    })
    expect(await response.json()).toEqual({ method: 'POST', url: '/b' })
  })

  test('revalidates with 304', async () => {
    const { response } = await send('GET', '/cache', { headers: { 'if-none-match': '"v1"' } })
    expect([response.status, await response.text(), response.headers.get('etag')]).toEqual([304, '', '"v1"'])
  })

  test('leaves no caching and no media type on an error, but its cookies', async () => {
    const { response } = await send('GET', '/cache/error')
    expect(response.status).toBe(502)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect([response.headers.get('etag'), response.headers.get('cache-control')]).toEqual([null, null])
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^tried=1/)])
  })

  test('reads and sets cookies and sessions', async () => {
    const { response } = await send('GET', '/cookies', { headers: { cookie: 'seen=7' } })
    expect(await response.text()).toBe('7')
    expect(response.headers.getSetCookie()).toHaveLength(2)
    const first = await send('GET', '/session')
    const cookie = first.response.headers.getSetCookie()[0]!.split(';')[0]!
    const second = await send('GET', '/session', { headers: { cookie } })
    expect([await first.response.text(), await second.response.text()]).toEqual(['1', '2'])
  })

  test('reads the request', async () => {
    const { response } = await send('GET', '/request?a=1&b=2', { headers: { 'x-in': 'v' } })
    expect(await response.json()).toEqual({
      query: { a: '1', b: '2' },
      header: 'v',
      path: '/request',
      hasIP: socket,
    })
    const body = await send('POST', '/body', {
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    })
    expect(await body.response.json()).toEqual({ a: 1 })
  })

  test('refuses with its own error', async () => {
    const { response } = await send('GET', '/basic')
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringMatching(/^Basic realm=/),
    ])
  })

  test('cannot run a Node handler, which would write past the framework', async () => {
    const { response, lines } = await send('GET', '/node')
    expect(response.status).toBe(500)
    expect(lines.find(({ level }) => level === 'error')).toMatchObject({
      fields: { err: { message: expect.stringContaining('not supported') } },
    })
  })
})
