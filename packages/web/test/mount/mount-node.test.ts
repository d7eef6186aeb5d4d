// Applications of node:http below a path: Express, and plain request listeners.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import {
  defineRoutes,
  errors,
  mountNode,
  type NodeHandler,
  type Routes,
  type WebModuleOptions,
} from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, test } from 'vitest'
import { deferred, listening } from '../listening.ts'
import { headerOf, RawConnection } from '../raw-client.ts'
import { recordingApp } from '../recording.ts'
import { type Sent, ways } from '../ways.ts'

// Without its types: a dependency of the tests alone.
const express = createRequire(import.meta.url)('express') as ExpressModule
interface ExpressApp extends NodeHandler {
  get(path: string, handler: (request: Req, response: Res) => unknown): void
  post(path: string, parser: unknown, handler: (request: Req, response: Res) => unknown): void
  use(handler: unknown): void
}
interface ExpressModule {
  (): ExpressApp
  json(options?: object): unknown
}
type Req = IncomingMessage & { readonly body: unknown; readonly originalUrl: string }
type Res = ServerResponse & {
  json(value: unknown): void
  status(code: number): Res
  send(text: string): void
}

function legacy(): ExpressApp {
  const app = express()
  app.get('/hi', (request, response) => response.json({ url: request.url, original: request.originalUrl }))
  app.post('/echo', express.json({ limit: '10mb' }), (request, response) => response.json(request.body))
  app.get('/teapot', (_request, response) => response.status(418).send('short and stout'))
  app.get('/boom', () => {
    throw new Error('secret')
  })
  app.get('/async-boom', async () => {
    throw new Error('secret')
  })
  app.get('/headers', (_request, response) => {
    response.setHeader('x-frame-options', 'SAMEORIGIN')
    response.send('framed')
  })
  app.get('/events', (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: 1\n\n')
  })
  app.get('/never', () => {})
  return app
}

const json = { 'content-type': 'application/json' }

type Ask = (path: string, init?: RequestInit) => Promise<Response>

/** Asks over a socket, through the test client, and over HTTP/2. */
async function asking(options: WebModuleOptions & { readonly routes: readonly Routes[] }) {
  const { url, port, drain, app } = await listening({ web: options })
  const client = await createTestClient(options)
  const overHTTP2 = async (name: string): Promise<Ask> => {
    const { send } = await ways[name]!(options)
    return async (path, { body, ...init } = {}) => {
      const answer = await send(path, { ...(init as Sent), ...(body && { body }) })
      const { status, headers } = answer
      return new Response(answer.body, { status, headers })
    }
  }
  const asks: Array<[string, Ask]> = [
    ['a socket', (path, init) => fetch(url + path, init)],
    ['the test client', (path, init) => client.web.fetch(new Request(`http://localhost${path}`, init))],
    ['HTTP/2', await overHTTP2('HTTP/2')],
    ['HTTP/2 without TLS', await overHTTP2('HTTP/2 without TLS')],
  ]
  return { asks, port, drain, app, client }
}

describe('an Express application below a path', () => {
  test('answers over every carrier, sees its own path and reads the body', async () => {
    const { asks } = await asking({ routes: [mountNode('/ex', legacy())] })
    for (const [way, ask] of asks) {
      const hi = await ask('/ex/hi?a=1')
      expect([way, hi.status, await hi.json()]).toEqual([
        way,
        200,
        { url: '/hi?a=1', original: '/ex/hi?a=1' },
      ])
      const echo = await ask('/ex/echo', { method: 'POST', body: '{"a":1}', headers: json })
      expect([way, echo.status, await echo.json()]).toEqual([way, 200, { a: 1 }])
      const teapot = await ask('/ex/teapot')
      expect([way, teapot.status, await teapot.text()]).toEqual([way, 418, 'short and stout'])
    }
  })

  test.each([
    ['/ex/nowhere', {}, 404],
    ['/ex/boom', {}, 500],
    ['/ex/async-boom', {}, 500],
    ['/ex/echo', { method: 'POST', body: '{', headers: json }, 400],
    ['/ex/echo', { method: 'POST', body: `"${'x'.repeat(2_000)}"`, headers: json }, 413],
  ] as const)('answers %s (case %#) with a problem document', async (path, init, status) => {
    const { asks } = await asking({ routes: [mountNode('/ex', legacy(), { bodyLimit: 1_000 })] })
    for (const [way, ask] of asks) {
      const response = await ask(path, init)
      expect([way, response.status]).toEqual([way, status])
      const text = await response.text()
      expect(JSON.parse(text)).toMatchObject({ status })
      expect(text).not.toContain('secret')
    }
  })

  test('limits a body in chunks as well', async () => {
    const { port } = await asking({ routes: [mountNode('/ex', legacy(), { bodyLimit: 1_000 })] })
    const connection = new RawConnection({ port })
    const chunk = `7d0\r\n${' '.repeat(2_000)}\r\n0\r\n\r\n`
    connection.request('POST', '/ex/echo', { ...json, 'Transfer-Encoding': 'chunked' }, chunk)
    expect((await connection.response()).status).toBe(413)
    connection.close()
  })

  test('is answered for with 503 after its timeout, and cannot disturb that answer', async () => {
    const go = deferred()
    const slow: NodeHandler = async (_request, response) => {
      await go.promise
      response.setHeader('x-late', '1')
      response.writeHead(200)
      response.end('late')
    }
    const { port, app } = await asking({ routes: [mountNode('/slow', slow, { timeout: 20 })] })
    const connection = new RawConnection({ port })
    expect((await connection.request('GET', '/slow').response()).status).toBe(503)
    go.resolve()
    expect((await connection.request('GET', '/health/live').response()).status).toBe(200)
    connection.close()
    await app.inFlight.whenIdle()
  })

  test('has the headers of the module, CORS and middleware, and may override them', async () => {
    const { asks } = await asking({
      routes: [mountNode('/ex', legacy())],
      cors: { origin: ['https://app.example'], exposeHeaders: ['x-a'] },
      middleware: [
        async (_context, next) => {
          const response = await next()
          response.headers.set('x-around', 'yes')
          return response
        },
      ],
    })
    for (const [way, ask] of asks) {
      const response = await ask('/ex/headers', { headers: { origin: 'https://app.example' } })
      const { headers } = response
      expect([way, await response.text()]).toEqual([way, 'framed'])
      expect(headers.get('access-control-allow-origin')).toBe('https://app.example')
      expect([headers.get('x-around'), headers.get('x-frame-options')]).toEqual(['yes', 'SAMEORIGIN'])
      expect(headers.get('x-content-type-options')).toBe('nosniff')
    }
  })

  test.each([
    ['/ex/none', 404],
    ['/ex/boom', 500],
    ['/ex/async-boom', 500],
    ['/never/a', 503],
  ])('%s, which it does not answer, is %i with the headers of CORS and middleware', async (path, status) => {
    const never: NodeHandler = () => {}
    const { asks } = await asking({
      routes: [mountNode('/ex', legacy()), mountNode('/never', never, { timeout: 20 })],
      cors: { origin: ['https://app.example'] },
      middleware: [
        async ({ cookies }, next) => {
          cookies.set('seen', '1')
          const response = await next()
          response.headers.set('x-around', 'yes')
          response.headers.set('cache-control', 'max-age=60')
          return response
        },
      ],
    })
    for (const [way, ask] of asks) {
      const answer = await ask(path, { headers: { origin: 'https://app.example' } })
      const { headers } = answer
      expect([way, answer.status]).toEqual([way, status])
      expect([way, headers.get('access-control-allow-origin')]).toEqual([way, 'https://app.example'])
      expect([headers.get('x-around'), headers.get('vary')]).toEqual(['yes', 'origin'])
      expect(headers.get('set-cookie')).toMatch(/^seen=1/)
      expect([headers.get('cache-control'), headers.get('content-type')]).toEqual([
        null,
        'application/problem+json',
      ])
    }
  })

  test.each(['a socket', 'the test client'])('learns over %s that its client has left', async (name) => {
    const closed = deferred()
    const called = deferred()
    const waiting: NodeHandler = (_request, response) => {
      response.on('close', closed.resolve)
      called.resolve()
    }
    const { asks } = await asking({ routes: [mountNode('/waits', waiting)] })
    const [, ask] = asks.find(([way]) => way === name)!
    const leaving = new AbortController()
    const asked = ask('/waits/a', { signal: leaving.signal }).catch(() => {})
    await called.promise
    leaving.abort()
    await closed.promise
    await asked
  })

  test('is not called when middleware refuses', async () => {
    let called = 0
    const handler: NodeHandler = (_request, response) => {
      called++
      response.end()
    }
    const { asks } = await asking({
      routes: [mountNode('/ex', handler)],
      middleware: [() => errors.unauthorized()],
    })
    for (const [, ask] of asks) expect((await ask('/ex/a')).status).toBe(401)
    expect(called).toBe(0)
  })

  test('leaves the connection usable, keeps it open between requests, and is no longer in flight', async () => {
    const { port, app } = await asking({ routes: [mountNode('/ex', legacy())] })
    const connection = new RawConnection({ port })
    for (let i = 0; i < 3; i++) {
      const response = await connection.request('POST', '/ex/echo', json, '{"a":1}').response()
      expect([response.status, headerOf(response, 'connection')]).toEqual([200, 'keep-alive'])
    }
    connection.close()
    await app.inFlight.whenIdle()
  })

  test('is covered by the drain: open requests are answered, event streams end, connections close', async () => {
    const go = deferred()
    const began = deferred()
    const app = legacy()
    app.get('/slow', async (_request, response) => {
      began.resolve()
      await go.promise
      response.send('slow')
    })
    const { port, drain } = await asking({ routes: [mountNode('/ex', app)] })
    const events = new RawConnection({ port }).request('GET', '/ex/events')
    const slow = new RawConnection({ port }).request('GET', '/ex/slow')
    await began.promise
    await events.take(1)
    const drained = drain()
    expect(await events.rest()).toMatch(/data: 1\n\n\r\n0\r\n\r\n$/)
    go.resolve()
    const response = await slow.response()
    expect([response.body.toString(), headerOf(response, 'connection')]).toEqual(['slow', 'close'])
    await drained
  })

  test('logs the error of a handler under the id that the client receives', async () => {
    const { logger, lines } = recordingApp()
    const { url } = await listening({ web: { routes: [mountNode('/ex', legacy())] }, logger })
    const { id } = (await (await fetch(`${url}/ex/boom`)).json()) as { id: string }
    expect(lines.find(({ level }) => level === 'error')?.fields).toMatchObject({
      id,
      err: { message: 'secret' },
    })
  })
})

test('a route beside a mounted application is found first', async () => {
  const own = defineRoutes('/ex', (route) => void route.get('/hi', () => 'own'))
  await using client = await createTestClient({ routes: [mountNode('/ex', legacy()), own] })
  expect(await (await client.get('/ex/hi')).text()).toBe('own')
})

test.each([
  ['a handler that is not a function', () => mountNode('/a', {} as never)],
  ['a prefix without a slash', () => mountNode('a', () => {})],
  ['a timeout that is not a number', () => mountNode('/a', () => {}, { timeout: Number.NaN })],
])('%s is refused', (_name, make) => {
  expect(make).toThrow(/Cannot|must/)
})
