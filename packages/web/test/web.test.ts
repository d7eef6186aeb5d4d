// What stands around the routes: middleware, CORS, files, other applications, health, proxies, commands.

import { fileURLToPath } from 'node:url'
import { defineModule } from '@myfy/core'
import { singleton } from '@myfy/di'
import { defineRoutes, errors, HTTPTransport, type Middleware, mount, serveFiles, WebModule } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { getCookie, H3, setCookie } from 'h3'
import { describe, expect, test } from 'vitest'
import { takeSystemdSocket } from '../src/node/http-transport.ts'
import { listening } from './listening.ts'

const hello = defineRoutes('/hello', (route) => {
  route.get('/', () => ({ hello: 'world' }))
  route.get('/boom', () => {
    throw new Error('x')
  })
})

describe('middleware', () => {
  test('runs in order around the handler, sees errors as answers, and may change them', async () => {
    const seen: string[] = []
    const noting =
      (what: string): Middleware =>
      (_context, next) => {
        seen.push(what)
        return next()
      }
    const routes = defineRoutes('/a', { middleware: [noting('group')] }, (route) => {
      route.get('/', { middleware: [noting('route')] }, () => 'a')
    })
    await using client = await createTestClient({
      routes: [routes],
      middleware: [
        async (context, next) => {
          seen.push(`module ${context.route}`)
          const response = await next()
          seen.push(String(response.status))
          response.headers.set('x-seen', 'yes')
          return response
        },
      ],
    })
    const response = await client.get('/a')
    expect([await response.text(), response.headers.get('x-seen')]).toEqual(['a', 'yes'])
    expect(seen).toEqual(['module /a', 'group', 'route', '200'])
    expect((await client.get('/nowhere')).headers.get('x-seen')).toBe('yes')
    expect(seen.slice(4)).toEqual(['module undefined', '404'])
  })

  test('ends the request where it does not go on', async () => {
    await using client = await createTestClient({
      routes: [hello],
      middleware: [() => errors.unauthorized('who are you?')],
    })
    expect((await client.get('/hello')).status).toBe(401)
    // A load balancer has no credentials.
    expect((await client.get('/health/live')).status).toBe(200)
  })

  test("uses h3's functions: what they set becomes part of the answer", async () => {
    const routes = defineRoutes('', (route) => {
      route.get('/', async ({ event }) => {
        const h3 = await event()
        setCookie(h3, 'seen', '1', { httpOnly: true })
        setCookie(h3, 'other', '2')
        return { before: getCookie(h3, 'seen') ?? 'never' }
      })
    })
    const { url } = await listening({ web: { routes: [routes] } })
    const response = await fetch(url, { headers: { cookie: 'seen=0' } })
    expect(await response.json()).toEqual({ before: '0' })
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^seen=1;.*HttpOnly/),
      expect.stringMatching(/^other=2/),
    ])
  })
})

describe('headers', () => {
  test('for security are there unless the answer has its own, and can be changed', async () => {
    const page = defineRoutes('', (route) => {
      route.get(
        '/page',
        () =>
          new Response('<p>', { headers: { 'content-type': 'text/html', 'x-frame-options': 'SAMEORIGIN' } }),
      )
    })
    await using client = await createTestClient({
      routes: [page],
      securityHeaders: { 'Referrer-Policy': false, 'x-own': '1' },
    })
    const { headers } = await client.get('/page')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-frame-options')).toBe('SAMEORIGIN')
    expect(headers.get('referrer-policy')).toBeNull()
    expect(headers.get('x-own')).toBe('1')
  })

  test('for other origins are there only where it was asked for, also on errors and preflights', async () => {
    await using closed = await createTestClient({ routes: [hello] })
    expect(
      (await closed.get('/hello', { headers: { origin: 'https://a.example' } })).headers.get(
        'access-control-allow-origin',
      ),
    ).toBeNull()
    await using open = await createTestClient({
      routes: [hello],
      cors: { origin: ['https://a.example'], methods: ['GET'] },
    })
    const origin = { origin: 'https://a.example' }
    expect((await open.get('/hello', { headers: origin })).headers.get('access-control-allow-origin')).toBe(
      'https://a.example',
    )
    expect(
      (await open.get('/hello/boom', { headers: origin })).headers.get('access-control-allow-origin'),
    ).toBe('https://a.example')
    expect(
      (await open.get('/hello', { headers: { origin: 'https://b.example' } })).headers.get(
        'access-control-allow-origin',
      ),
    ).toBeNull()
    const preflight = await open.request('OPTIONS', '/hello', {
      headers: { ...origin, 'access-control-request-method': 'GET' },
    })
    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([204, 'GET'])
  })
})

describe('files', () => {
  const files = serveFiles('/files', fileURLToPath(new URL('./fixtures/public', import.meta.url)), {
    maxAge: 60,
  })

  test('are served with their type, and not again to whom they have not changed', async () => {
    const { url } = await listening({ web: { routes: [files] } })
    const response = await fetch(`${url}/files/a.txt`)
    expect(await response.text()).toBe('hello file\n')
    expect(response.headers.get('content-type')).toBe('text/plain')
    expect(response.headers.get('cache-control')).toBe('public, max-age=60')
    const again = await fetch(`${url}/files/a.txt`, {
      headers: { 'if-none-match': response.headers.get('etag')! },
    })
    expect([again.status, await again.text()]).toEqual([304, ''])
    const head = await fetch(`${url}/files/a.txt`, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '11'])
  })

  test('that are not there are 404, or the fallback', async () => {
    await using client = await createTestClient({ routes: [files] })
    const missing = await client.get('/files/none.txt')
    expect([missing.status, missing.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
    const spa = serveFiles('/app', fileURLToPath(new URL('./fixtures/public', import.meta.url)), {
      fallback: '/a.txt',
    })
    await using single = await createTestClient({ routes: [spa] })
    expect(await (await single.get('/app/some/page')).text()).toBe('hello file\n')
  })
})

test('another application answers below its prefix, and sees the path without it', async () => {
  const legacy = new H3().get('/users/:id', (event) => ({
    legacy: event.context.params?.id,
    body: event.method,
  }))
  const plain = async (request: Request) =>
    new Response(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`)
  const { url } = await listening({
    web: { routes: [mount('/legacy', (request) => legacy.fetch(request)), mount('/plain', plain), hello] },
  })
  expect(await (await fetch(`${url}/legacy/users/7`)).json()).toEqual({ legacy: '7', body: 'GET' })
  expect(await (await fetch(`${url}/plain`, { method: 'POST', body: 'text' })).text()).toBe('POST / text')
  expect((await fetch(`${url}/plainer`)).status).toBe(404)
  expect((await fetch(`${url}/hello`)).status).toBe(200)
})

describe('health', () => {
  const moods = { database: true }
  const database = defineModule({
    name: 'database',
    isHealthy() {
      if (!moods.database) throw new Error('password=hunter2 refused')
      return true
    },
  })

  test('is told of the whole and of each module; a reason only where it was asked for', async () => {
    await using client = await createTestClient({ modules: [database], routes: [] })
    moods.database = true
    expect(await (await client.get('/health')).json()).toMatchObject({
      healthy: true,
      checks: { database: { healthy: true } },
    })
    moods.database = false
    const sick = await client.get('/health')
    expect(sick.status).toBe(503)
    expect(await sick.text()).not.toContain('hunter2')
    expect((await client.get('/health/live')).status).toBe(200)
    moods.database = true
    await using open = await createTestClient({
      modules: [database],
      health: { details: true, path: '/status' },
    })
    moods.database = false
    expect(await (await open.get('/status')).text()).toContain('hunter2')
    moods.database = true
  })
})

describe('behind a proxy', () => {
  const who = defineRoutes('', (route) => {
    route.get('/', ({ ip, url }) => ({ ip, url: url.origin }))
  })
  const forwarded = {
    'x-forwarded-for': '6.6.6.6, 203.0.113.7',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'shop.example',
  }

  test.each([
    [
      'nobody is believed by default',
      false,
      { ip: '127.0.0.1', url: expect.stringMatching(/^http:\/\/127/) },
    ],
    ['the nearest hop is believed with true', true, { ip: '203.0.113.7', url: 'https://shop.example' }],
    ['two hops are believed with 2', 2, { ip: '6.6.6.6', url: 'https://shop.example' }],
    [
      'known networks are believed',
      ['127.0.0.0/8', '::1'],
      { ip: '203.0.113.7', url: 'https://shop.example' },
    ],
    ['others are not', ['10.0.0.0/8'], { ip: '127.0.0.1', url: expect.stringMatching(/^http:\/\/127/) }],
  ] as const)('%s', async (_sentence, trustProxy, expected) => {
    const { url } = await listening({ transport: { trustProxy }, web: { routes: [who] } })
    expect(await (await fetch(url, { headers: forwarded })).json()).toEqual(expected)
  })
})

test('a socket of systemd is taken once, and only by the process it is meant for', () => {
  const environment: NodeJS.ProcessEnv = { LISTEN_FDS: '1', LISTEN_PID: '42', OTHER: 'x' }
  expect(takeSystemdSocket(environment, 41)).toBeUndefined()
  expect(takeSystemdSocket(environment, 42)).toBe(3)
  expect(environment).toEqual({ OTHER: 'x' })
  expect(takeSystemdSocket(environment, 42)).toBeUndefined()
})

test('the module lists its routes and describes its API on the command line', async () => {
  const greeter = singleton(() => 1)
  const routes = defineRoutes('/a', (route) => {
    route.get('/:id', { inject: { greeter }, summary: 'One thing' }, () => 1)
    route.websocket('/live', () => ({}))
  })
  await using client = await createTestClient({ routes: [routes], health: false, openapi: false })
  const command = (name: string, options = {}) => {
    const lines: string[] = []
    const found = client.web.commands().find((one) => one.name === name)!
    found.run({
      app: client.app,
      options,
      args: [],
      signal: new AbortController().signal,
      print: (line) => lines.push(line),
    })
    return lines.join('\n')
  }
  expect(command('routes')).toBe('GET     /a/:id   greeter  One thing\nWS      /a/live')
  expect(JSON.parse(command('routes', { json: true }))).toHaveLength(2)
  expect(JSON.parse(command('openapi'))).toMatchObject({ openapi: '3.1.0' })
})

test('a request that asks first is told to go on only when its body is wanted', async () => {
  const { connect } = await import('node:net')
  const routes = defineRoutes('', (route) => {
    route.post('/', { bodyLimit: 10 }, async ({ request }) => (await request.text()).length)
  })
  const { port } = await listening({ web: { routes: [routes] } })
  const ask = (length: number) =>
    new Promise<string>((resolve) => {
      let text = ''
      const socket = connect(port, '127.0.0.1', () =>
        socket.write(
          `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`,
        ),
      )
      socket.on('data', (chunk) => {
        text += chunk.toString()
        if (text.endsWith('100 Continue\r\n\r\n')) socket.write('x'.repeat(length))
      })
      socket.on('close', () => resolve(text)).on('error', () => {})
    })
  expect(await ask(5)).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK[\s\S]*5$/)
  expect(await ask(11)).toMatch(/^HTTP\/1.1 413 /)
})

test('a handler that does not read the body answers all the same', async () => {
  const routes = defineRoutes('', (route) => void route.post('/', () => 'ok'))
  const { url } = await listening({ web: { routes: [routes] } })
  expect(await (await fetch(url, { method: 'POST', body: 'x'.repeat(500_000) })).text()).toBe('ok')
})

test('a module takes another transport in place of its own', () => {
  const transport = new HTTPTransport({ port: 0 })
  expect(new WebModule({ transport }).transports()).toEqual([transport])
})
