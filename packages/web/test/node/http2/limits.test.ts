// The limits on clients of HTTP/2: streams, heads, bodies that do not arrive, answers that are not read.

import { type ClientHttp2Session, connect } from 'node:http2'
import { defineRoutes } from '@myfy/web'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { deferred, listening } from '../../listening.ts'

async function session(url: string): Promise<ClientHttp2Session> {
  const client = connect(url)
  client.on('error', () => {})
  onTestFinished(() => client.destroy())
  await new Promise((resolve) => client.once('remoteSettings', resolve))
  return client
}

const ended = (stream: ReturnType<ClientHttp2Session['request']>) =>
  new Promise<{ status: number; code: number; size: number }>((resolve) => {
    let status = 0
    let size = 0
    stream.on('response', (headers) => {
      status = Number(headers[':status'])
    })
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length
    })
    stream.on('error', () => {})
    stream.on('close', () => resolve({ status, code: stream.rstCode, size }))
  })

test('the number of streams and the size of a head are announced and enforced', async () => {
  const routes = defineRoutes('', (route) => void route.get('/', () => 'hello'))
  const { url } = await listening({
    web: { routes: [routes] },
    transport: { http2: true, limits: { maxConcurrentStreams: 7, maxHeaderSize: 8_192 } },
  })
  const client = await session(url)
  expect(client.remoteSettings).toMatchObject({ maxConcurrentStreams: 7, maxHeaderListSize: 8_192 })
  const large = await ended(client.request({ ':path': '/', 'x-large': 'x'.repeat(20_000) }))
  expect(large.status).not.toBe(200)
  const many = await Promise.all(Array.from({ length: 50 }, () => ended(client.request({ ':path': '/' }))))
  expect(new Set(many.map(({ status }) => status))).toEqual(new Set([200]))
})

test('a client that resets a stream aborts its request and no other', async () => {
  const aborted = deferred()
  const begun = deferred()
  const go = deferred()
  const routes = defineRoutes('', (route) => {
    route.get('/one', async ({ signal }) => {
      signal.addEventListener('abort', () => aborted.resolve())
      begun.resolve()
      await go.promise
    })
    route.get('/other', async () => {
      await go.promise
      return 'other'
    })
  })
  const { url, app } = await listening({ web: { routes: [routes] }, transport: { http2: true } })
  const client = await session(url)
  const one = client.request({ ':path': '/one' })
  const other = ended(client.request({ ':path': '/other' }))
  one.on('error', () => {})
  await begun.promise
  one.close(8)
  await aborted.promise
  go.resolve()
  expect(await other).toEqual({ status: 200, code: 0, size: 5 })
  await app.inFlight.whenIdle()
})

test('an answer before the end of the body ends the request, and the connection serves the next ones', async () => {
  const routes = defineRoutes('', (route) => {
    route.post('/json', { body: z.object({}), bodyLimit: 100_000 }, () => 'never')
    route.post('/early', () => 'early')
    route.post('/length', async ({ request }) => (await request.text()).length)
  })
  const { url, app } = await listening({ web: { routes: [routes] }, transport: { http2: true } })
  const client = await session(url)
  const refused = Array.from({ length: 40 }, (_, i) => {
    const headers = { ':method': 'POST', 'content-type': 'application/json' }
    const stream = client.request({ ...headers, ':path': i % 2 === 0 ? '/json' : '/early' })
    // More than the window of a stream, and in all more than that of the connection. It never ends.
    stream.write(Buffer.alloc(200_000))
    return ended(stream)
  })
  expect(new Set((await Promise.all(refused)).map(({ status }) => status))).toEqual(new Set([413, 200]))
  await app.inFlight.whenIdle()
  const upload = client.request({ ':method': 'POST', ':path': '/length' })
  upload.end(Buffer.alloc(500_000))
  expect(await ended(upload)).toMatchObject({ status: 200, code: 0, size: 6 })
})

test('a body that does not arrive, and an answer that is not read, end their stream', async () => {
  const routes = defineRoutes('', (route) => {
    route.post('/in', async ({ request }) => (await request.text()).length)
    route.get('/out', () => 'x'.repeat(10_000_000))
  })
  const { url, app } = await listening({
    web: { routes: [routes] },
    transport: { http2: true, limits: { requestTimeout: 200, writeTimeout: 200 } },
  })
  const client = await session(url)
  const slow = client.request({ ':method': 'POST', ':path': '/in' })
  slow.write('a')
  expect((await ended(slow)).status).not.toBe(200)
  const unread = client.request({ ':path': '/out' })
  unread.on('error', () => {})
  await new Promise<void>((resolve) => unread.on('aborted', resolve).on('close', resolve))
  await app.inFlight.whenIdle()
})

test('an idle connection is ended with a GOAWAY', async () => {
  const { url } = await listening({
    transport: { http2: true, limits: { keepAliveTimeout: 100, headersTimeout: 400 } },
  })
  const client = await session(url)
  const code = new Promise((resolve) => client.on('goaway', resolve))
  await ended(client.request({ ':path': '/health/live' }))
  expect(await code).toBe(0)
})

test('a request without a valid authority, and one without a valid path, are refused', async () => {
  const { url } = await listening({ transport: { http2: true } })
  const client = await session(url)
  // nghttp2 itself resets a stream whose authority is not valid: PROTOCOL_ERROR.
  expect(await ended(client.request({ ':path': '/', ':authority': 'a/b' }))).toMatchObject({
    status: 0,
    code: 1,
  })
  expect((await ended(client.request({ ':path': '/\\x' }))).status).toBe(400)
  expect((await ended(client.request({ ':path': '/none' }))).status).toBe(404)
})
