// The time limit of an answer: from the head of the request on, whatever it waits for.

import { defineRoutes, type Middleware } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { deferred, listening } from '../listening.ts'
import { RawConnection } from '../raw-client.ts'

const never = () => new Promise<never>(() => {})
const passes: Middleware = (_context, next) => next()
const hangsAfter: Middleware = async (_context, next) => {
  await next()
  return never()
}
const stamps: Middleware = async (_context, next) => {
  const response = await next()
  response.headers.set('x-stamp', '1')
  return response
}

const routes = defineRoutes('', { timeout: 20 }, (route) => {
  route.get('/handler', never)
  route.get('/middleware', { middleware: [never] }, () => 1)
  route.get('/after', { middleware: [hangsAfter] }, () => 1)
  route.get('/check', { query: z.object({ a: z.string().refine(never) }) }, () => 1)
  route.get('/response', { response: z.number().refine(never) }, () => 1)
  route.get('/first-piece', async function* () {
    yield await never()
  } as never)
})

describe.each([
  ['bare', {}],
  ['inside of middleware', { middleware: [passes, stamps] }],
  ['with a current request', { requestContext: true }],
])('%s', (_name, options) => {
  test.each(['/handler', '/middleware', '/after', '/check?a=1', '/response', '/first-piece'])(
    'a 503 answers %s',
    async (path) => {
      const client = await createTestClient({ routes: [routes], ...options })
      expect((await client.get(path)).status).toBe(503)
    },
  )
})

test('middleware sees the 503 of its handler, and its headers are sent', async () => {
  const client = await createTestClient({ routes: [routes], middleware: [stamps] })
  expect((await client.get('/handler')).headers.get('x-stamp')).toBe('1')
})

test('the answer of a handler that comes too late is discarded, and its stream is cancelled', async () => {
  const go = deferred()
  const cancelled = deferred()
  const late = defineRoutes('', (route) => {
    route.get('/', { timeout: 20 }, async () => {
      await go.promise
      return new Response(
        new ReadableStream({ pull: (c) => c.enqueue(Buffer.from('x')), cancel: () => cancelled.resolve() }),
      )
    })
  })
  await using client = await createTestClient({ routes: [late] })
  expect((await client.get('/')).status).toBe(503)
  go.resolve()
  await cancelled.promise
  await client.app.inFlight.whenIdle()
})

test('the time in which the client sends the body does not count', async () => {
  const upload = defineRoutes('', { timeout: 60 }, (route) => {
    route.post('/', { body: z.unknown() }, () => 'taken')
  })
  const { port } = await listening({ web: { routes: [upload] } })
  const connection = new RawConnection({ port })
  connection.send(
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n"',
  )
  for (let i = 0; i < 8; i++) {
    await new Promise((resolve) => setTimeout(resolve, 25))
    connection.send('x')
  }
  connection.send('"')
  expect((await connection.response()).status).toBe(200)
  connection.close()
})
