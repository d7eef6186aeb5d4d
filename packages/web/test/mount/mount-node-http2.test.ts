// What a mounted application of node:http sees of a request that does not come by HTTP/1.1.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect as connectHTTP2 } from 'node:http2'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { mountNode, type NodeHandler } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { deferred, listening } from '../listening.ts'

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url))
const tls = { key: fixture('a.key'), cert: fixture('a.crt') }

type Req = IncomingMessage & { readonly protocol: string; readonly ip: string; readonly hostname: string }
// Without its types: a dependency of the tests alone.
const express = createRequire(import.meta.url)('express') as () => NodeHandler & {
  set(name: string, value: unknown): void
  use(handler: (request: Req, response: ServerResponse & { json(value: unknown): void }) => void): void
}

/** Tells what Express makes of a request. */
function telling(): NodeHandler {
  const app = express()
  app.set('trust proxy', true)
  app.use((request, response) => {
    const { protocol, hostname, ip, headers } = request
    const { remotePort, localPort } = request.socket
    response.json({ protocol, hostname, ip, headers, ports: [remotePort, localPort] })
  })
  return app
}

/** Opens a session of HTTP/2 to an application with one mounted handler. */
async function session(handler: NodeHandler, options: Parameters<typeof mountNode>[2] = {}, secure = true) {
  const server = await listening({
    web: { routes: [mountNode('/node', handler, options)] },
    transport: secure ? { tls } : { http2: true },
  })
  const client = connectHTTP2(server.url, { rejectUnauthorized: false })
  onTestFinished(() => client.destroy())
  const open = (path: string, headers: Record<string, string | string[]> = {}, method = 'GET') =>
    client.request({ ':path': path, ':method': method, ...headers }, { endStream: method === 'GET' })
  return { ...server, client, open }
}

const answerOf = (stream: ReturnType<Awaited<ReturnType<typeof session>>['open']>) =>
  new Promise<{ status: number; text: string }>((resolve) => {
    let status = 0
    let text = ''
    stream.on('response', (headers) => {
      status = Number(headers[':status'])
    })
    stream.on('error', () => {})
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    stream.on('close', () => resolve({ status, text }))
  })

describe('over HTTP/2', () => {
  test('cookies that arrive one by one are joined, and other repeated headers are kept', async () => {
    const { open } = await session(telling())
    // The example of RFC 9113, section 8.2.3.
    const stream = open('/node', {
      cookie: ['a=b', 'c=d', 'e=f'],
      'x-list': ['1', '2'],
      'x-forwarded-for': ['203.0.113.7', '198.51.100.1'],
    })
    const { headers, ip } = JSON.parse((await answerOf(stream)).text)
    expect(headers).toMatchObject({ cookie: 'a=b; c=d; e=f', 'x-list': '1, 2' })
    expect(ip).toBe('203.0.113.7')
  })

  test.each([
    [true, 'https'],
    [false, 'http'],
  ])('with TLS %s the connection is that of the client, and the protocol is %s', async (secure, protocol) => {
    const { open, client, port } = await session(telling(), {}, secure)
    const told = JSON.parse((await answerOf(open('/node'))).text)
    expect(told).toMatchObject({ protocol, hostname: '127.0.0.1', ip: '127.0.0.1' })
    expect(told.ports).toEqual([client.socket.localPort, port])
  })

  test('the body is read while it arrives, and its limit holds without an announced length', async () => {
    const begun = deferred<string>()
    const reading: NodeHandler = async (request, response) => {
      let size = 0
      for await (const chunk of request) {
        begun.resolve(String(chunk))
        size += (chunk as Buffer).length
      }
      response.end(String(size))
    }
    const { open, app } = await session(reading, { bodyLimit: 100_000 })
    const upload = open('/node', {}, 'POST')
    upload.write('first')
    expect(await begun.promise).toBe('first')
    upload.end('x'.repeat(50_000))
    expect(await answerOf(upload)).toEqual({ status: 200, text: '50005' })
    const large = open('/node', {}, 'POST')
    large.end('x'.repeat(100_001))
    expect((await answerOf(large)).status).toBe(413)
    await app.inFlight.whenIdle()
  })

  test('an answer before the end of the body ends the request', async () => {
    const early: NodeHandler = (_request, response) => void response.end('early')
    const { open, app } = await session(early, { bodyLimit: 10_000_000 })
    const upload = open('/node', {}, 'POST')
    upload.write('x'.repeat(60_000))
    expect(await answerOf(upload)).toEqual({ status: 200, text: 'early' })
    await app.inFlight.whenIdle()
  })

  test('a client that resets its stream ends the request of the handler', async () => {
    const [called, closed] = [deferred(), deferred()]
    const waiting: NodeHandler = (request, response) => {
      request.on('error', () => {})
      response.on('close', closed.resolve)
      request.once('data', () => called.resolve())
    }
    const { open, app } = await session(waiting)
    const upload = open('/node', {}, 'POST')
    upload.on('error', () => {})
    upload.write('x')
    await called.promise
    upload.close(8)
    await closed.promise
    await app.inFlight.whenIdle()
  })

  test('a body that pauses does not count for the time limit, and a handler that does not answer is a 503', async () => {
    const never: NodeHandler = (request) => void request.resume()
    const { open, app } = await session(never, { timeout: 20 })
    const upload = open('/node', {}, 'POST')
    upload.write('x')
    let answered = false
    const answer = answerOf(upload).then((given) => {
      answered = true
      return given
    })
    // The answer to a slower request comes first.
    expect((await answerOf(open('/node'))).status).toBe(503)
    expect((await answerOf(open('/node'))).status).toBe(503)
    expect(answered).toBe(false)
    upload.end()
    expect((await answer).status).toBe(503)
    await app.inFlight.whenIdle()
  })

  test('the drain answers open requests and ends event streams', async () => {
    const [began, go] = [deferred(), deferred()]
    const handler: NodeHandler = async (request, response) => {
      if (request.url === '/events') {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        return void response.write('data: 1\n\n')
      }
      began.resolve()
      await go.promise
      response.end('slow')
    }
    const { open, drain } = await session(handler)
    const events = open('/node/events')
    const told = answerOf(events)
    const slow = answerOf(open('/node/slow'))
    await new Promise((resolve) => events.once('data', resolve))
    await began.promise
    const drained = drain()
    expect(await told).toEqual({ status: 200, text: 'data: 1\n\n' })
    go.resolve()
    expect(await slow).toEqual({ status: 200, text: 'slow' })
    await drained
  })
})

describe('through the test client', () => {
  test('the host and the protocol are those of the URL, and a body has its frame with every method', async () => {
    const reading: NodeHandler = async (request, response) => {
      let text = ''
      for await (const chunk of request) text += chunk
      response.end(`${request.method} ${request.headers.host} ${text}`)
    }
    await using client = await createTestClient({ routes: [mountNode('/node', reading)] })
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const request = new Request('https://acme.example:8443/node', { method, body: 'content' })
      expect(await (await client.web.fetch(request)).text()).toBe(`${method} acme.example:8443 content`)
    }
    await using told = await createTestClient({ routes: [mountNode('/node', telling())] })
    const secure = await told.web.fetch(new Request('https://acme.example/node'))
    expect(await secure.json()).toMatchObject({ protocol: 'https', hostname: 'acme.example' })
  })
})
