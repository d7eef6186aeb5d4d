// WebSocket connections.

import { request } from '@myfy/di'
import { defineRoutes, errors } from '@myfy/web'
import WebSocket from 'crossws/websocket'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { deferred, listening } from '../listening.ts'
import { headerOf, RawConnection } from '../raw-client.ts'
import { RawWebSocket } from '../raw-websocket.ts'
import { recordingApp } from '../recording.ts'

describe('a WebSocket', () => {
  const opened = (url: string, options?: string[]) => {
    const socket = new WebSocket(url.replace('http', 'ws'), options)
    const messages: string[] = []
    socket.addEventListener('message', (event) => messages.push(String(event.data)))
    const open = new Promise<void>((resolve) => socket.addEventListener('open', () => resolve()))
    const closed = new Promise<{ code: number; wasClean: boolean }>((resolve) =>
      socket.addEventListener('close', resolve),
    )
    const failed = new Promise<void>((resolve) => socket.addEventListener('error', () => resolve()))
    const message = () =>
      new Promise<string>((resolve) =>
        socket.addEventListener('message', (event) => resolve(String(event.data)), { once: true }),
      )
    return { socket, messages, open, closed, failed, message }
  }

  test('is validated and has services like a request, and the services live as long as the connection', async () => {
    const events: string[] = []
    const gone = deferred()
    const session = request(() => ({ name: 'ada' }), {
      settle: (_service, outcome) => void events.push(outcome.ok ? 'commit' : 'roll back'),
      dispose() {
        events.push('dispose')
        gone.resolve()
      },
    })
    const routes = defineRoutes('/rooms', (route) => {
      route.websocket(
        '/:id',
        { params: z.object({ id: z.coerce.number() }), inject: { session } },
        ({ params, session }) => ({
          open: (peer) => void peer.send(`${session.name} in ${params.id + 1}`),
          message: (peer, message) => void peer.send(message.text().toUpperCase()),
          close: () => void events.push('close'),
        }),
      )
    })
    const { url } = await listening({ web: { routes: [routes] } })
    const { socket, open, message, closed } = opened(`${url}/rooms/7`)
    expect(await message()).toBe('ada in 8')
    await open
    const answer = message()
    socket.send('hello')
    expect(await answer).toBe('HELLO')
    expect(events).toEqual(['commit'])
    socket.close(1000)
    await closed
    await gone.promise
    expect(events).toEqual(['commit', 'close', 'dispose'])
  })

  test('is refused if its services cannot settle, before it opens', async () => {
    const opened: string[] = []
    const session = request(() => ({}), {
      settle(_service, { ok }) {
        if (ok) throw errors.conflict('somebody else has written')
      },
    })
    const routes = defineRoutes('', (route) => {
      route.websocket('/', { inject: { session } }, () => ({ open: () => void opened.push('open') }))
    })
    const { url } = await listening({ web: { routes: [routes] } })
    const { response } = await RawWebSocket.open(url)
    expect(response.statusCode).toBe(409)
    expect(opened).toEqual([])
  })

  test('is refused by an error like any request', async () => {
    const routes = defineRoutes('', (route) => {
      route.websocket('/no', () => errors.unauthorized('who are you?'))
    })
    const { url } = await listening({ web: { routes: [routes] } })
    const { failed } = opened(`${url}/no`)
    await failed
    const plain = await fetch(`${url}/no`)
    expect([plain.status, plain.headers.get('upgrade')]).toEqual([426, 'websocket'])
  })

  test('whose hook throws is closed with 1011, and other requests are not affected', async () => {
    const { logger, lines } = recordingApp()
    const routes = defineRoutes('', (route) => {
      route.websocket('/', () => ({
        message: async () => {
          throw new Error('no such room')
        },
      }))
      route.get('/ok', () => 'ok')
    })
    const { url } = await listening({ web: { routes: [routes] }, logger })
    const { socket, open, closed } = opened(url)
    await open
    socket.send('x')
    expect((await closed).code).toBe(1011)
    expect(lines.some((line) => line.level === 'error' && /message hook of WS \//.test(line.message))).toBe(
      true,
    )
    expect((await fetch(`${url}/ok`)).status).toBe(200)
  })

  test('cannot send a message above the limit', async () => {
    const routes = defineRoutes('', (route) => void route.websocket('/', () => ({})))
    const { url } = await listening({
      web: { routes: [routes] },
      transport: { limits: { maxMessageSize: 100 } },
    })
    const { socket, open, closed } = opened(url)
    await open
    socket.send('x'.repeat(101))
    expect((await closed).code).toBe(1009)
  })

  test('is closed with 1001 when the application drains', async () => {
    const routes = defineRoutes('', (route) => void route.websocket('/', () => ({})))
    const { url, drain, app } = await listening({ web: { routes: [routes] } })
    const { open, closed } = opened(url)
    await open
    expect(app.inFlight.list().map((work) => [work.kind, work.label])).toEqual([['websocket', 'WS /']])
    await drain()
    expect(await closed).toMatchObject({ code: 1001, wasClean: true })
    expect(app.inFlight.size).toBe(0)
  })
})

describe('the services of a WebSocket', () => {
  const frame = (opcode: number, payload: Buffer) =>
    Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload])
  const closeFrame = frame(8, Buffer.from([0x03, 0xe8]))
  const hooks = ['open', 'message', 'close'] as const
  const ends = {
    'the client closes': (connection: RawConnection) => void connection.send(closeFrame),
    'the client disappears': (connection: RawConnection) => connection.close(),
    'the application drains': (connection: RawConnection, drain: () => Promise<void>) => {
      void drain()
      connection.send(closeFrame)
    },
  }

  test.each(
    hooks.flatMap((hook) =>
      (Object.keys(ends) as Array<keyof typeof ends>).map((end) => [hook, end] as const),
    ),
  )('live until its %s hook has ended when %s', async (held, end) => {
    const events: string[] = []
    const [began, released, closed] = [deferred(), deferred(), deferred()]
    const session = request(() => ({}), { dispose: () => void events.push('dispose') })
    const hook = async (name: (typeof hooks)[number]) => {
      if (name !== held) return
      began.resolve()
      await released.promise
      events.push(`end of ${name}`)
    }
    const routes = defineRoutes('', (route) => {
      route.websocket('/', { inject: { session } }, () => ({
        open: () => hook('open'),
        message: () => hook('message'),
        close: () => {
          closed.resolve()
          return hook('close')
        },
      }))
    })
    const { port, app, drain } = await listening({ web: { routes: [routes] } })
    const connection = new RawConnection({ port })
    connection.send(
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
    expect((await connection.response()).status).toBe(101)
    connection.send(frame(1, Buffer.from('one')))
    if (held !== 'close') await began.promise
    ends[end](connection, drain)
    await closed.promise
    // The connection has ended when the turns of the event loop that follow are over.
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve))
    expect(events).toEqual([])
    expect(app.inFlight.list().map((work) => work.kind)).toEqual(['websocket'])
    released.resolve()
    await app.inFlight.whenIdle()
    expect(events).toEqual([`end of ${held}`, 'dispose'])
    connection.close()
  })
})

describe('a WebSocket handshake', () => {
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  }
  const routes = defineRoutes('', (route) => {
    route.websocket('/ws', { protocols: ['graphql-transport-ws', 'mqtt'] }, () => ({
      message: (peer, message) => void peer.send(message.text()),
    }))
    route.get('/plain', () => 'plain')
  })
  const handshake = async (port: number, extra: Record<string, string>, path = '/ws') => {
    const connection = new RawConnection({ port })
    const response = await connection.request('GET', path, { ...headers, ...extra }).response()
    connection.close()
    return response
  }

  // RFC 6455 section 4.2.2: the server selects one of the offered subprotocols, or none.
  test.each([
    ['mqtt', 'mqtt'],
    ['unknown, mqtt', 'mqtt'],
    ['mqtt, graphql-transport-ws', 'graphql-transport-ws'],
    ['unknown', undefined],
  ])('that offers the subprotocols %s receives %s', async (offered, selected) => {
    const { port } = await listening({ web: { routes: [routes] } })
    const response = await handshake(port, { 'Sec-WebSocket-Protocol': offered })
    expect([response.status, headerOf(response, 'sec-websocket-protocol')]).toEqual([101, selected])
  })

  test('receives the headers and cookies that middleware has set', async () => {
    const { port } = await listening({
      web: {
        routes: [routes],
        middleware: [
          async (_context, next) => {
            const response = await next()
            response.headers.append('set-cookie', 'a=1')
            return response
          },
        ],
      },
    })
    const response = await handshake(port, {})
    expect([response.status, headerOf(response, 'set-cookie')]).toEqual([101, 'a=1'])
  })

  // RFC 6455 sections 4.2.1 and 4.4.
  test.each([
    ['without a valid key', { 'Sec-WebSocket-Key': 'x' }, 400],
    ['of another version', { 'Sec-WebSocket-Version': '8' }, 426],
  ] as const)('%s is refused', async (_name, extra, status) => {
    const { port } = await listening({ web: { routes: [routes] } })
    const response = await handshake(port, extra)
    expect(response.status).toBe(status)
    if (status === 426) expect(headerOf(response, 'sec-websocket-version')).toBe('13')
  })

  test('for a route that is not a WebSocket is an ordinary request, and its connection stays usable', async () => {
    const { port } = await listening({ web: { routes: [routes] } })
    const connection = new RawConnection({ port })
    for (let i = 0; i < 2; i++) {
      const response = await connection.request('GET', '/plain', headers).response()
      expect([response.status, response.body.toString()]).toEqual([200, 'plain'])
    }
    connection.close()
  })
})

test('a WebSocket client that does not read is cut when more than maxBuffered bytes wait for it', async () => {
  const closed = deferred<number | undefined>()
  const routes = defineRoutes('', (route) => {
    route.websocket('/', () => ({
      open: (peer) => {
        const timer = setInterval(() => peer.send('x'.repeat(100_000)), 1)
        void closed.promise.then(() => clearInterval(timer))
      },
      close: (_peer, { code }) => closed.resolve(code),
    }))
  })
  const { port, app } = await listening({
    web: { routes: [routes] },
    transport: { limits: { maxBuffered: 1_000_000 } },
  })
  const connection = new RawConnection({ port })
  connection.socket.pause()
  connection.send(
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  expect(await closed.promise).toBe(1006)
  await app.inFlight.whenIdle()
  connection.close()
})
