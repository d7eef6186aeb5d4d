// However a request ends, `http.server.active_requests` returns to zero, and its access line, its span and its point of the
// duration tell the same: kinds of routes × ways to end.

import { once } from 'node:events'
import { connect as connectHTTP2, constants } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { Application } from '@myfy/core'
import { OtelModule } from '@myfy/otel'
import { defineRoutes, HTTPTransport, type Middleware, mountNode, serveFiles, WebModule } from '@myfy/web'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { begin, expectAgreement, logger, measured, registerSdk } from './agreement.ts'

async function* endless() {
  while (true) {
    yield 'a line of an answer\n'
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const never = (signal: AbortSignal) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))

const routes = defineRoutes('/r', (route) => {
  route.get('/value', () => ({ ok: true }))
  route.get('/empty', () => undefined)
  route.get('/stream', endless)
  route.get('/events', ({ stream }) =>
    stream.events(async function* () {
      for await (const data of endless()) yield { data }
    }),
  )
  route.get('/broken-stream', async function* () {
    yield 'a'
    throw new Error('out of order')
  })
  route.get('/pending', { timeout: 0 }, ({ signal }) => never(signal))
  route.get('/late', { timeout: 20 }, ({ signal }) => never(signal))
  route.get('/throws', () => {
    throw new TypeError('out of order')
  })
  route.post('/body', { bodyLimit: 10 }, async ({ request }) => request.text())
  route.websocket('/socket', () => ({}))
})
const outOfOrder: Middleware = () => {
  throw new Error('the middleware is out of order')
}
const guarded = defineRoutes('/guarded', { middleware: [outOfOrder] }, (route) => {
  route.get('/x', () => 'never')
})

let app: Application
let transport: HTTPTransport
const { signal } = new AbortController()

const unregister = registerSdk()

beforeAll(async () => {
  transport = new HTTPTransport({ port: 0, host: '127.0.0.1', http2: true })
  const web = new WebModule({
    transport,
    accessLog: true,
    routes: [
      routes,
      guarded,
      mountNode('/node', (_request, response) => void response.write('first part')),
      serveFiles('/files', import.meta.dirname),
    ],
  })
  // A handler that was cut with its transport is in flight until the drain of the application cuts it.
  app = new Application({ logger, shutdown: { drain: 50 }, modules: [new OtelModule(), web] })
  await app.startModules()
  await transport.listen({ app, signal, logger })
})
afterAll(async () => {
  await transport.drain({ signal, remaining: () => 100, inFlight: () => app.inFlight.list() })
  transport.close()
  await app.stopModules().catch(() => {})
  unregister()
})

let before = 0
beforeEach(async () => {
  before = await begin()
})

/** Waits until one more request has ended, and none is active. */
async function ends(requests = 1): Promise<void> {
  await expect.poll(measured, { interval: 10 }).toEqual([0, before + requests])
  if (requests > 0) await expectAgreement(requests)
}

/** Waits until one is active. */
const begins = () => expect.poll(async () => (await measured())[0], { interval: 10 }).toBe(1)

async function open(head: string): Promise<Socket> {
  const socket = connect(transport.port!, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(head)
  return socket
}

const lines = (...list: string[]) => [...list, 'Host: localhost', '', ''].join('\r\n')

const HANDSHAKE = [
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]

describe('over HTTP/1.1', () => {
  test.each([
    ['GET /r/value'],
    ['HEAD /r/value'],
    ['GET /r/empty'],
    ['GET /r/broken-stream'],
    ['GET /r/late'],
    ['GET /r/throws'],
    ['HEAD /r/stream'],
    ['GET /guarded/x'],
    ['GET /nowhere'],
    ['DELETE /r/value'],
    ['OPTIONS /r/value'],
    ['OPTIONS *'],
    ['BREW /r/value'],
    ['GET /files/active-requests.test.ts'],
    ['GET /files/none'],
    ['GET /%zz'],
    ['GET /r/socket'],
    ['POST /r/body', 'Content-Length: 100'],
    ['POST /r/body', 'Content-Length: 100', 'Expect: 100-continue'],
  ])('%s', async (target, ...headers) => {
    const socket = await open(lines(`${target} HTTP/1.1`, 'Connection: close', ...headers))
    socket.resume()
    await ends(target === 'BREW /r/value' ? 0 : 1).finally(() => socket.destroy())
  })

  test.each(['/r/stream', '/r/events', '/r/pending', '/node/x'])(
    'GET %s, and the client leaves',
    async (path) => {
      const socket = await open(lines(`GET ${path} HTTP/1.1`))
      await begins()
      socket.destroy()
      await ends()
    },
  )

  test.each(['/r/stream', '/r/pending', '/node/x'])('GET %s, and the client resets', async (path) => {
    const socket = await open(lines(`GET ${path} HTTP/1.1`))
    await begins()
    socket.resetAndDestroy()
    await ends()
  })

  test('a body that breaks off', async () => {
    const socket = await open(`${lines('POST /r/body HTTP/1.1', 'Content-Length: 9')}abc`)
    await begins()
    socket.destroy()
    await ends()
  })

  test('requests that are pipelined and answered', async () => {
    const paths = ['/r/value', '/r/throws', '/nowhere', '/r/value']
    const socket = await open(paths.map((path) => lines(`GET ${path} HTTP/1.1`)).join(''))
    socket.resume()
    await ends(4).finally(() => socket.destroy())
  })

  test('requests that are pipelined before the client leaves', async () => {
    const head = lines('GET /r/pending HTTP/1.1')
    const socket = await open(head + head + head)
    await expect.poll(async () => (await measured())[0]).toBe(3)
    socket.destroy()
    await ends(3)
  })

  test.each([
    ['closes', Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8])],
    ['breaks the protocol', Buffer.from([0xff, 0xff, 0xff, 0xff])],
    ['leaves', undefined],
  ])('a WebSocket whose client %s', async (_, bytes) => {
    const socket = await open(lines('GET /r/socket HTTP/1.1', ...HANDSHAKE))
    await once(socket, 'data')
    await begins()
    if (bytes === undefined) socket.destroy()
    else socket.write(bytes)
    await ends()
    socket.destroy()
  })

  test.each([
    ['without a key', ['Connection: Upgrade', 'Upgrade: websocket']],
    ['to another protocol', ['Connection: Upgrade', 'Upgrade: chat']],
  ])('an upgrade %s', async (_, headers) => {
    const socket = await open(lines('GET /r/socket HTTP/1.1', ...headers))
    socket.resume()
    await ends()
    socket.destroy()
  })
})

describe('over HTTP/2', () => {
  const session = async () => {
    const client = connectHTTP2(transport.url!)
    client.on('error', () => {})
    await once(client, 'connect')
    return client
  }

  test.each(['/r/value', '/r/broken-stream', '/r/late', '/r/throws', '/guarded/x', '/nowhere'])(
    'GET %s',
    async (path) => {
      const client = await session()
      const stream = client.request({ ':path': path })
      stream.on('error', () => {}).resume()
      await ends()
      client.destroy()
    },
  )

  test.each(['/r/stream', '/r/events', '/r/pending', '/node/x'])(
    'GET %s, and the client resets',
    async (path) => {
      const client = await session()
      const stream = client.request({ ':path': path })
      stream.on('error', () => {})
      await begins()
      stream.close(constants.NGHTTP2_CANCEL)
      await ends()
      client.destroy()
    },
  )

  test('a body that breaks off', async () => {
    const client = await session()
    const stream = client.request({ ':path': '/r/body', ':method': 'POST' })
    stream.on('error', () => {}).write('abc')
    await begins()
    stream.close(constants.NGHTTP2_CANCEL)
    await ends()
    client.destroy()
  })

  test('a session that is destroyed with three requests', async () => {
    const client = await session()
    for (const path of ['/r/pending', '/r/stream', '/r/events'])
      client.request({ ':path': path }).on('error', () => {})
    await expect.poll(async () => (await measured())[0]).toBe(3)
    client.destroy()
    await ends(3)
  })
})

test('answers that are cut at the end of a drain', async () => {
  const other = new HTTPTransport({ port: 0, host: '127.0.0.1', http2: true })
  await other.listen({ app, signal, logger })
  const sockets: Socket[] = []
  for (const path of ['/r/pending', '/r/stream', '/r/events', '/node/x']) {
    const socket = connect(other.port!, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(lines(`GET ${path} HTTP/1.1`))
    sockets.push(socket)
  }
  const upgraded = connect(other.port!, '127.0.0.1')
  upgraded.write(lines('GET /r/socket HTTP/1.1', ...HANDSHAKE))
  await once(upgraded, 'data')
  await expect.poll(async () => (await measured())[0]).toBe(5)
  await other.drain({ signal, remaining: () => 0, inFlight: () => app.inFlight.list() })
  other.close()
  await ends(5)
  for (const socket of [...sockets, upgraded]) socket.destroy()
})
