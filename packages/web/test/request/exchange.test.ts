// Every behavior on every carrier, inside of everything that can surround a route. The table is the full product of
// carriers, surroundings and behaviors: no combination is left out by hand.

import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type IncomingHttpHeaders } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { request as requestScoped } from '@myfy/di'
import {
  defineRoutes,
  errors,
  type Middleware,
  mount,
  type Routes,
  type WebModule,
  type WebModuleOptions,
} from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { getCookie } from 'h3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { listening } from '../listening.ts'
import { RawConnection, type RawTarget } from '../raw-client.ts'

class Teapot extends Error {}

/** The services that were opened and disposed, and how they were settled. */
interface Journal {
  opened: number
  disposed: number
}

function routesWith(journal: Journal): Routes {
  const session = requestScoped(
    () => {
      journal.opened++
      return {}
    },
    { dispose: () => void journal.disposed++ },
  )
  const inject = { session }
  return defineRoutes('', (route) => {
    route.get('/json', { inject }, () => ({ hello: 'world' }))
    route.get('/text', { inject }, () => 'grüß dich')
    route.get('/nothing', { inject }, () => {})
    route.get(
      '/response',
      { inject },
      () => new Response('as it is', { status: 201, headers: { 'content-length': '8' } }),
    )
    route.get('/lie', { inject }, () => new Response('abc', { headers: { 'content-length': '100' } }))
    route.post('/schema', { inject, body: z.object({ name: z.string() }) }, ({ body }) => body)
    route.post('/both', { inject, body: z.object({ name: z.string() }) }, async ({ body, request }) => [
      body,
      await request.json(),
    ])
    route.post('/raw', { inject }, ({ request }) => request.text())
    route.post('/event', { inject }, async ({ event }) => (await event()).req.text())
    route.post('/unread', { inject }, () => 'not read')
    route.post('/form', { inject }, async ({ request }) => (await request.formData()).get('name'))
    route.post('/stream-in', { inject }, async ({ request }) => {
      let size = 0
      for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) size += chunk.byteLength
      return { size }
    })
    route.post('/small', { inject, bodyLimit: 10, body: z.unknown() }, () => 'taken')
    route.post('/small-raw', { inject, bodyLimit: 10 }, ({ request }) => request.text())
    route.get('/stream-out', { inject }, async function* () {
      yield 'one '
      await new Promise((resolve) => setImmediate(resolve))
      yield 'two'
    } as never)
    route.get('/stream-fails', { inject }, async function* () {
      yield await Promise.reject(new Error('before the first piece'))
    } as never)
    route.get('/events', { inject }, ({ stream }) =>
      stream.events(async function* () {
        yield { event: 'tick', data: 1 }
      }),
    )
    route.get('/blob', { inject }, () => new Blob(['a blob'], { type: 'text/x-blob' }))
    route.get('/map', { inject }, () => ({ tags: new Map() }))
    route.get('/conflict', { inject }, () => errors.conflict('taken'))
    route.get('/teapot', { inject }, () => {
      throw new Teapot()
    })
    route.websocket('/ws', { inject }, () => ({ message: (peer, message) => void peer.send(message.text()) }))
  })
}

interface Sent {
  readonly method: string
  readonly path: string
  readonly headers?: Record<string, string>
  readonly body?: string
}
interface Expected {
  readonly status: number
  readonly body?: string | RegExp
  readonly type?: string
}

const json = { 'Content-Type': 'application/json' }
const big = 'x'.repeat(300_000)
const behaviors: Record<string, [Sent, Expected]> = {
  'GET that returns an object': [
    { method: 'GET', path: '/json' },
    { status: 200, body: '{"hello":"world"}', type: 'application/json' },
  ],
  'GET that returns a text': [
    { method: 'GET', path: '/text' },
    { status: 200, body: 'grüß dich' },
  ],
  'GET that returns nothing': [
    { method: 'GET', path: '/nothing' },
    { status: 204, body: '' },
  ],
  'GET that returns a Response': [
    { method: 'GET', path: '/response' },
    { status: 201, body: 'as it is' },
  ],
  'GET with a wrong content-length': [
    { method: 'GET', path: '/lie' },
    { status: 200, body: 'abc' },
  ],
  HEAD: [
    { method: 'HEAD', path: '/json' },
    { status: 200, body: '' },
  ],
  'POST with a body schema': [
    { method: 'POST', path: '/schema', headers: json, body: '{"name":"Ada"}' },
    { status: 200, body: '{"name":"Ada"}' },
  ],
  'POST whose body is read twice': [
    { method: 'POST', path: '/both', headers: json, body: '{"name":"Ada"}' },
    { status: 200, body: '[{"name":"Ada"},{"name":"Ada"}]' },
  ],
  'POST that fails its schema': [
    { method: 'POST', path: '/schema', headers: json, body: '{}' },
    { status: 422 },
  ],
  'POST with malformed JSON': [
    { method: 'POST', path: '/schema', headers: json, body: '{' },
    { status: 400 },
  ],
  'POST with a raw body': [
    { method: 'POST', path: '/raw', body: 'raw' },
    { status: 200, body: 'raw' },
  ],
  'POST read by the h3 event': [
    { method: 'POST', path: '/event', body: 'event' },
    { status: 200, body: 'event' },
  ],
  'POST that is not read': [
    { method: 'POST', path: '/unread', body: 'unread' },
    { status: 200, body: 'not read' },
  ],
  'POST with a form': [
    {
      method: 'POST',
      path: '/form',
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: 'name=Ada',
    },
    { status: 200, body: 'Ada' },
  ],
  'POST read as a stream': [
    { method: 'POST', path: '/stream-in', body: big },
    { status: 200, body: '{"size":300000}' },
  ],
  'POST in chunks': [
    {
      method: 'POST',
      path: '/raw',
      headers: { 'Transfer-Encoding': 'chunked' },
      body: '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
    },
    { status: 200, body: 'abcde' },
  ],
  'POST over the limit, with a schema': [
    { method: 'POST', path: '/small', headers: json, body: '"0123456789"' },
    { status: 413 },
  ],
  'POST over the limit, without one': [
    { method: 'POST', path: '/small-raw', body: '0123456789a' },
    { status: 413 },
  ],
  'GET that streams': [
    { method: 'GET', path: '/stream-out' },
    { status: 200, body: 'one two' },
  ],
  'GET whose stream fails at once': [{ method: 'GET', path: '/stream-fails' }, { status: 500 }],
  'GET of server-sent events': [
    { method: 'GET', path: '/events' },
    { status: 200, body: 'event: tick\ndata: 1\n\n', type: 'text/event-stream' },
  ],
  'GET that returns a Blob': [
    { method: 'GET', path: '/blob' },
    { status: 200, body: 'a blob', type: 'text/x-blob' },
  ],
  'GET of a value without a JSON form': [{ method: 'GET', path: '/map' }, { status: 500 }],
  'GET that returns an error': [
    { method: 'GET', path: '/conflict' },
    { status: 409, type: 'application/problem+json' },
  ],
  'GET that throws': [{ method: 'GET', path: '/teapot' }, { status: 500 }],
  'an unknown path': [{ method: 'GET', path: '/nowhere' }, { status: 404 }],
  'another method': [{ method: 'DELETE', path: '/json' }, { status: 405 }],
  'GET of a WebSocket route': [{ method: 'GET', path: '/ws' }, { status: 426 }],
  'an offer of HTTP/2 with a body': [
    {
      method: 'POST',
      path: '/schema',
      headers: {
        ...json,
        Connection: 'Upgrade, HTTP2-Settings',
        Upgrade: 'h2c',
        'HTTP2-Settings': 'AAMAAABk',
      },
      body: '{"name":"Ada"}',
    },
    { status: 200, body: '{"name":"Ada"}' },
  ],
  'an offer of WebSocket to another route': [
    { method: 'POST', path: '/raw', headers: { Connection: 'Upgrade', Upgrade: 'websocket' }, body: 'raw' },
    { status: 200, body: 'raw' },
  ],
}

const awaits: Middleware = async (_context, next) => {
  await new Promise((resolve) => setImmediate(resolve))
  const response = await next()
  response.headers.set('x-around', 'yes')
  return response
}
const returnsNothing: Middleware = async (_context, next) => {
  await next()
}
const readsHeader: Middleware = (context, next) => {
  context.locals.set('host', context.request.headers.get('host'))
  return next()
}
const readsBody: Middleware = async (context, next) => {
  if (context.method === 'POST')
    await context.request
      .clone()
      .text()
      .catch(() => {})
  return next()
}
const readsCookie: Middleware = async (context, next) => {
  context.locals.set('session', getCookie(await context.event(), 'session'))
  return next()
}
const cors = { origin: ['https://app.example'], credentials: true, exposeHeaders: ['x-a'] }

interface Surrounding {
  readonly options?: (inner: WebModule) => Partial<WebModuleOptions>
  readonly prefix?: string
  /** The status of a route that throws its own error. */
  readonly teapot?: number
}
const teapots = [[Teapot, () => new Response('I am a teapot', { status: 418 })]] as const

const surroundings: Record<string, Surrounding> = {
  bare: {},
  'middleware that awaits': { options: () => ({ middleware: [awaits] }) },
  'middleware that returns nothing': { options: () => ({ middleware: [returnsNothing] }) },
  'middleware that makes a Request': { options: () => ({ middleware: [readsHeader] }) },
  'middleware that reads the body': { options: () => ({ middleware: [readsBody] }) },
  'middleware that reads a cookie': { options: () => ({ middleware: [readsCookie] }) },
  CORS: { options: () => ({ cors }) },
  'a current request': { options: () => ({ requestContext: true }) },
  'a mount': { options: (inner) => ({ routes: [mount('/inner', inner.fetch)] }), prefix: '/inner' },
  'exception handlers': { options: () => ({ exceptionHandlers: teapots as never }), teapot: 418 },
  everything: {
    options: () => ({
      cors,
      requestContext: true,
      middleware: [awaits, readsHeader, readsBody, readsCookie, returnsNothing],
      exceptionHandlers: teapots as never,
    }),
    teapot: 418,
  },
}

interface Carrier {
  ask(sent: Sent): Promise<{ status: number; body: string; type: string | null }>
  webSocket(path: string): Promise<string>
  close(): Promise<void>
}

/** Sends a request, and one after it on the same connection: an answer whose end is wrong would be found there. */
function overSocket(target: RawTarget): Carrier {
  return {
    async ask({ method, path, headers, body }) {
      const connection = new RawConnection(target)
      try {
        const response = await connection.request(method, path, headers, body).response(method)
        const type = response.headers.find(([name]) => name === 'content-type')?.[1] ?? null
        const closes = response.headers.some(([name, value]) => name === 'connection' && value === 'close')
        if (!closes) {
          const next = await connection.request('GET', '/after').response()
          expect([next.status, next.body.toString()]).toEqual([200, 'after'])
        }
        return { status: response.status, body: response.body.toString(), type }
      } finally {
        connection.close()
      }
    },
    async webSocket(path) {
      const connection = new RawConnection(target)
      const headers = {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      }
      const { status } = await connection.request('GET', path, headers).response()
      if (status !== 101) return String(status)
      // A text frame with a mask of zeros, `hi`; the answer has no mask (RFC 6455 section 5.2).
      connection.send(Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]))
      const [, length = 0] = await connection.take(2)
      const text = (await connection.take(length)).toString()
      connection.close()
      return text
    },
    close: async () => {},
  }
}

function overFetch(web: WebModule): Carrier {
  return {
    async ask({ method, path, headers = {}, body }) {
      const { 'Transfer-Encoding': chunked, Connection: _connection, Upgrade: _upgrade, ...rest } = headers
      const response = await web.fetch(
        new Request(`http://localhost${path}`, {
          method,
          headers: rest,
          body: (chunked ? 'abcde' : body) ?? null,
        }),
      )
      return {
        status: response.status,
        body: await response.text(),
        type: response.headers.get('content-type'),
      }
    },
    async webSocket(path) {
      return String((await web.fetch(new Request(`http://localhost${path}`))).status)
    },
    close: async () => {},
  }
}

/** Each request is a stream of its own; `after` shows that its end leaves the connection usable. */
function overHttp2(port: number): Carrier {
  const session = connect(`http://127.0.0.1:${port}`)
  session.on('error', () => {})
  const ask = ({ method, path, headers = {}, body }: Sent) =>
    new Promise<{ status: number; body: string; type: string | null }>((resolve, reject) => {
      // Headers of a connection do not exist in HTTP/2 (RFC 9113, section 8.2.2).
      const own = Object.fromEntries(
        Object.entries(headers)
          .map(([name, value]) => [name.toLowerCase(), value] as const)
          .filter(([name]) => !OF_CONNECTION.has(name)),
      )
      const stream = session.request(
        { ':method': method, ':path': path, ...own },
        { endStream: body === undefined },
      )
      const chunks: Buffer[] = []
      let head: IncomingHttpHeaders & { ':status'?: number } = {}
      stream.on('response', (received) => {
        head = received
      })
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('error', reject)
      stream.on('end', () => {
        const type = head['content-type'] ?? null
        resolve({ status: head[':status'] ?? 0, body: Buffer.concat(chunks).toString(), type })
      })
      if (body !== undefined) stream.end('Transfer-Encoding' in headers ? 'abcde' : body)
    })
  return {
    async ask(sent) {
      const answer = await ask(sent)
      expect((await ask({ method: 'GET', path: '/after' })).body).toBe('after')
      return answer
    },
    webSocket: async (path) => String((await ask({ method: 'GET', path })).status),
    close: async () => session.destroy(),
  }
}

const OF_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'upgrade',
  'http2-settings',
  'transfer-encoding',
])

const after = defineRoutes('', (route) => void route.get('/after', () => 'after'))

const carriers = ['a socket', 'a Unix socket', 'HTTP/2', 'the test client'] as const

describe.each(carriers)('over %s', (kind) => {
  describe.each(Object.entries(surroundings))(
    'inside of %s',
    (_name, { options, prefix = '', teapot = 500 }) => {
      const journal: Journal = { opened: 0, disposed: 0 }
      let carrier: Carrier
      let idle: () => Promise<void>
      const closing: Array<() => Promise<unknown>> = []

      beforeAll(async () => {
        const inner = await createTestClient({ routes: [routesWith(journal)] })
        closing.push(() => inner.close())
        const web = { routes: [routesWith(journal), after], ...options?.(inner.web) }
        if (prefix !== '') web.routes = [...web.routes, after]
        if (kind === 'the test client') {
          const client = await createTestClient(web)
          closing.push(() => client.close())
          carrier = overFetch(client.web)
          idle = async () => {
            await Promise.all([client.app.inFlight.whenIdle(), inner.app.inFlight.whenIdle()])
          }
          return
        }
        const directory = await mkdtemp(join(tmpdir(), 'myfy-'))
        const path = join(directory, 'app.sock')
        const transport = kind === 'a Unix socket' ? { path } : { http2: kind === 'HTTP/2' }
        const server = await listening({ web, transport, manual: true })
        closing.push(
          () => server.stop(),
          () => rm(directory, { recursive: true, force: true }),
        )
        carrier =
          kind === 'HTTP/2'
            ? overHttp2(server.port)
            : overSocket(kind === 'a socket' ? { port: server.port } : { path })
        closing.unshift(() => carrier.close())
        idle = async () => {
          await Promise.all([server.app.inFlight.whenIdle(), inner.app.inFlight.whenIdle()])
        }
      })
      afterAll(async () => {
        for (const close of closing) await close()
      })

      test.each(Object.entries(behaviors))('%s', async (name, [sent, expected]) => {
        const { status, body, type } = await carrier.ask({ ...sent, path: prefix + sent.path })
        const error = name === 'GET that throws' ? teapot : expected.status
        expect(status).toBe(error)
        if (expected.body !== undefined && error === expected.status) expect(body).toBe(expected.body)
        if (expected.type !== undefined) expect(type).toMatch(expected.type)
        await idle()
        expect(journal.disposed).toBe(journal.opened)
      })

      test('a WebSocket', async () => {
        const upgrades = kind.endsWith('socket') && prefix === ''
        expect(await carrier.webSocket(`${prefix}/ws`)).toBe(upgrades ? 'hi' : '426')
        await idle()
        expect(journal.disposed).toBe(journal.opened)
      })
    },
  )
})
