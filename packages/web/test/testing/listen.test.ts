// The test client as users have it: requests without a socket, and a socket for what needs one.

import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:http2'
import { fileURLToPath } from 'node:url'
import { Application, type Transport } from '@myfy/core'
import { defineRoutes, HTTPTransport, WebModule } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { RawWebSocket } from '../raw-websocket.ts'

const routes = defineRoutes('', (route) => [
  route.get('/hello', ({ ip }) => ({ ip: ip ?? null })),
  route.websocket('/chat', { message: z.object({ text: z.string() }) }, () => ({
    message: (peer, { text }) => void peer.send(text.toUpperCase()),
  })),
  route.get('/slow', async ({ header }) => {
    await new Promise((resolve) => setTimeout(resolve, Number(header('x-ms'))))
    return 'done'
  }),
])

test('every method of HTTP has a function', async () => {
  await using client = await createTestClient({
    routes: [routes],
    cors: { origin: ['https://app.example'] },
  })
  expect((await client.head('/hello')).status).toBe(200)
  const preflight = { origin: 'https://app.example', 'access-control-request-method': 'GET' }
  const answer = await client.options('/hello', { headers: preflight })
  expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example')
})

test('a WebSocket is tested over the URL of listen', async () => {
  await using client = await createTestClient({ routes: [routes] })
  const url = await client.listen()
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect(await client.listen()).toBe(url)
  const socket = await RawWebSocket.open(`${url}/chat`)
  socket.send('{"text":"hello"}')
  expect(await socket.next()).toBe('HELLO')
  // Beside it, requests without a socket.
  expect(await (await client.get('/hello')).json()).toEqual({ ip: null })
  expect(await (await fetch(`${url}/hello`)).json()).toEqual({ ip: '127.0.0.1' })
})

test('the options of the module apply over the socket, except for its address', async () => {
  const web = new WebModule({
    routes: [routes],
    port: 80,
    host: '203.0.113.1',
    limits: { maxHeaderSize: 200 },
  })
  await using client = await createTestClient(new Application({ modules: [web] }))
  const url = await client.listen()
  expect((await fetch(`${url}/hello`)).status).toBe(200)
  expect((await fetch(`${url}/hello`, { headers: { 'x-large': 'x'.repeat(300) } })).status).toBe(431)
})

test('close ends sockets in order, and answers what is in flight', async () => {
  const client = await createTestClient({ routes: [routes] })
  const url = await client.listen()
  const socket = await RawWebSocket.open(`${url}/chat`)
  const slow = fetch(`${url}/slow`, { headers: { 'x-ms': '100' } })
  while (client.app.inFlight.list().length < 2) await new Promise((resolve) => setImmediate(resolve))
  const closing = client.close()
  // 1001: the server goes away (RFC 6455, 7.4.1).
  expect(await socket.next()).toBe(1001)
  expect(await (await slow).text()).toBe('done')
  await closing
  await expect(fetch(`${url}/hello`)).rejects.toThrow()
})

test('a client of another transport says how to listen', async () => {
  const other: Transport = {
    name: 'queue',
    listen: async () => {},
    drain: async () => {},
    close: () => {},
  }
  await using client = await createTestClient({ routes: [routes], transport: other as HTTPTransport })
  await expect(client.listen()).rejects.toMatchObject({
    code: 'MYFY_TEST_LISTEN',
    message: expect.stringMatching(/the transport 'queue' is not an HTTPTransport/),
  })
})

test('two clients listen side by side', async () => {
  await using first = await createTestClient({ routes: [routes], port: 8_000 })
  await using second = await createTestClient({ routes: [routes], port: 8_000 })
  expect(await first.listen()).not.toBe(await second.listen())
})

test('a port that is taken does not matter', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as { port: number }
  await using client = await createTestClient({ routes: [routes], transport: new HTTPTransport({ port }) })
  expect((await fetch(`${await client.listen()}/hello`)).status).toBe(200)
})

test('a client listens with TLS and HTTP/2, as the module does', async () => {
  const tls = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url))
  await using client = await createTestClient({
    routes: [routes],
    tls: { key: tls('a.key'), cert: tls('a.crt') },
  })
  const url = await client.listen()
  expect(url).toMatch(/^https:/)
  const session = connect(url, { rejectUnauthorized: false })
  onTestFinished(() => session.destroy())
  const stream = session.request({ ':path': '/hello' })
  const [headers] = (await once(stream, 'response')) as [{ ':status': number }]
  expect(headers[':status']).toBe(200)
  stream.resume()
})
