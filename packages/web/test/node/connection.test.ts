// The connections of clients: how they end, what may wait on them, and what a client cannot do with one.

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { request } from '@myfy/di'
import { defineRoutes, errors } from '@myfy/web'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { Connection } from '../../src/node/connection.ts'
import { deferred, listening } from '../listening.ts'
import { Process } from '../process.ts'
import { headerOf, RawConnection } from '../raw-client.ts'

const heavy = process.env.MYFY_HEAVY === '1'

describe('no client ends the process', () => {
  let app: Process
  const ports: Record<string, number> = {}

  beforeAll(async () => {
    app = new Process('hostile.ts', {}, { flags: ['--expose-gc'] })
    ports.main = Number(/:(\d+)$/.exec(await app.line(/^ready /))![1])
    ports.health = Number(/:(\d+)\//.exec(await app.line(/^health /))![1])
  })
  afterAll(async () => {
    app.signal('SIGTERM')
    const { code } = await app.exited
    expect(code).toBe(0)
    expect(app.lines.filter((line) => /unhandled|uncaught/i.test(line))).toEqual([])
  })

  const upgrade = (protocol: string) => `Connection: Upgrade\r\nUpgrade: ${protocol}\r\n`
  const webSocket = `${upgrade('websocket')}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n`
  const heads = {
    CONNECT: 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n',
    'CONNECT with bytes behind it': 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n\r\n',
    'an offer of HTTP/2': `GET /slow HTTP/1.1\r\nHost: a\r\n${upgrade('h2c')}HTTP2-Settings: AAMAAABk\r\n\r\n`,
    'an offer of HTTP/2 with a body': `POST /echo HTTP/1.1\r\nHost: a\r\n${upgrade('h2c')}Content-Length: 20\r\n\r\n{`,
    'a WebSocket handshake': `GET /socket HTTP/1.1\r\nHost: a\r\n${webSocket}\r\n`,
    'a WebSocket handshake without a key': `GET /socket HTTP/1.1\r\nHost: a\r\n${upgrade('websocket')}\r\n`,
    'a WebSocket handshake for another route': `GET /slow HTTP/1.1\r\nHost: a\r\n${webSocket}\r\n`,
    'a WebSocket handshake behind a request': `GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /socket HTTP/1.1\r\nHost: a\r\n${webSocket}\r\n`,
    'a WebSocket handshake behind a request that is dropped': `GET /ok HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /ok HTTP/1.1\r\nHost: a\r\n\r\nGET /socket HTTP/1.1\r\nHost: a\r\n${webSocket}\r\n`,
    'a WebSocket handshake behind an unknown expectation': `GET /ok HTTP/1.1\r\nHost: a\r\nExpect: magic\r\n\r\nGET /socket HTTP/1.1\r\nHost: a\r\n${webSocket}\r\n`,
    'CONNECT behind a request':
      'GET /slow HTTP/1.1\r\nHost: a\r\n\r\nCONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n',
    GET: 'GET /slow HTTP/1.1\r\nHost: a\r\n\r\n',
    'three pipelined GET': 'GET /slow HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(3),
    'POST without its body':
      'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
    'half of a head': 'GET /slow HTTP/1.1\r\nHost:',
    'bytes that are not HTTP': '\x16\x03\x01\x02\x00',
    'an unknown expectation': 'GET /slow HTTP/1.1\r\nHost: a\r\nExpect: magic\r\n\r\n',
    'HTTP/0.9': 'GET /slow\r\n\r\n',
    TRACE: 'TRACE /ok HTTP/1.1\r\nHost: a\r\n\r\n',
    nothing: '',
  }
  const ends = {
    reset: (socket: Socket) => socket.resetAndDestroy(),
    'half-close': (socket: Socket) => socket.end(),
    'half-close, then reset': (socket: Socket) => {
      socket.end()
      setImmediate(() => socket.resetAndDestroy())
    },
    close: (socket: Socket) => socket.destroy(),
    silence: () => {},
  }

  /** The moments of an end in ms, about those at which the server acts; -1 for the first byte of the answer. */
  const moments = [0, 1, 5, 50, 99, 101, -1]

  const state = async () => {
    const response = await fetch(`http://127.0.0.1:${ports.main}/state`)
    return (await response.json()) as { inFlight: number; memory: number }
  }

  /** Attacks, and attacks again where there is time: the second time must not add to the memory. */
  async function expectNothingLeft(round: () => Promise<void>): Promise<void> {
    await round()
    const before = await state()
    expect(before.inFlight).toBe(0)
    if (!heavy) return
    await round()
    const after = await state()
    expect(after.inFlight).toBe(0)
    expect(after.memory - before.memory).toBeLessThan(20)
  }

  async function attack(port: number, head: string, end: (socket: Socket) => void, moment: number) {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {})
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    await Promise.race([new Promise((resolve) => socket.once('connect', resolve)), closed])
    socket.resume().write(head)
    if (moment > 0) await Promise.race([sleep(moment), closed])
    if (moment < 0)
      await Promise.race([new Promise((resolve) => socket.once('data', resolve)), sleep(150), closed])
    end(socket)
    // A silent client is closed by the server, but not at once: its connection may serve another request.
    await Promise.race([closed, sleep(2_500)])
    socket.destroy()
    await closed
  }

  test.each(['main', 'health'])(
    'by any first line, at any moment, in any way, on the %s port',
    async (name) => {
      const round = async () => {
        const all = Object.values(heads).flatMap((head) =>
          Object.values(ends).flatMap((end) =>
            moments.map((moment) => attack(ports[name]!, head, end, moment)),
          ),
        )
        await Promise.all(all)
      }
      await expectNothingLeft(round)
      expect((await fetch(`http://127.0.0.1:${ports.main}/ok`)).status).toBe(200)
      expect(app.child.exitCode).toBeNull()
    },
  )

  // Each kind of client asks for more than it may leave unread, and reads nothing.
  const greedy = {
    'an answer': 'GET /large HTTP/1.1\r\nHost: a\r\n\r\n',
    'a stream': 'GET /endless HTTP/1.1\r\nHost: a\r\n\r\n',
    events: 'GET /events HTTP/1.1\r\nHost: a\r\n\r\n',
    'a WebSocket': `GET /flood HTTP/1.1\r\nHost: a\r\n${webSocket}\r\n`,
    'pipelined answers': 'GET /large HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(100),
  }

  test('by never reading an answer, a stream, events, messages or pipelined answers', async () => {
    const round = async () => {
      const sockets = Object.values(greedy).flatMap((head) =>
        Array.from({ length: 3 }, () => {
          const socket = connect(ports.main!, '127.0.0.1').on('error', () => {})
          socket.pause().write(head)
          return socket
        }),
      )
      while ((await state()).inFlight === 0) await sleep(1)
      // They are cut by writeTimeout, while their clients still hold them open.
      while ((await state()).inFlight > 0) await sleep(50)
      for (const socket of sockets) socket.destroy()
    }
    await expectNothingLeft(round)
  })
})

test('1,000 connections with 256 descriptors: those that are open are served, and the next ones when some have closed', async () => {
  using app = new Process('hostile.ts', {}, { descriptors: 256 })
  const port = Number(/:(\d+)$/.exec(await app.line(/^ready /))![1])
  const early = new RawConnection({ port })
  expect((await early.request('GET', '/ok').response()).status).toBe(200)
  const sockets = Array.from({ length: 1_000 }, () => {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    socket.write('GET /ok HTTP/1.1\r\nHost:')
    return socket
  })
  expect((await early.request('GET', '/ok').response()).status).toBe(200)
  expect(await app.line(/no file descriptor is free/)).toMatch(/limits\.maxConnections$/)
  expect((await early.request('GET', '/ok').response()).status).toBe(200)
  expect(app.child.exitCode).toBeNull()
  for (const socket of sockets) socket.destroy()
  // The server learns of their end in its own time.
  const served = () =>
    fetch(`http://127.0.0.1:${port}/ok`)
      .then(({ ok }) => ok)
      .catch(() => false)
  while (!(await served())) await sleep(20)
  early.close()
  app.signal('SIGTERM')
  expect((await app.exited).code).toBe(0)
})

describe('a connection that closes', () => {
  test('has no timer when its last response finishes after it', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    const accepted = once(server, 'connection')
    await once(server, 'listening')
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
    const [socket] = (await accepted) as [Socket]
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    new Connection(socket, { draining: false, keepAliveHeaders: '' }).closeAfterResponse(false)
    const closed = once(socket, 'close')
    client.destroy()
    socket.destroy()
    await closed
    const before = timers()
    socket.destroySoon()
    expect(timers()).toBe(before)
    server.close()
  })

  test('ends all of its requests, also those that wait behind another', async () => {
    let open = 0
    let aborted = 0
    const began = deferred()
    const service = request(
      () => {
        open++
        return {}
      },
      { dispose: () => void open-- },
    )
    const routes = defineRoutes('', (route) => {
      route.get('/slow', { inject: { service } }, async ({ signal }) => {
        if (open === 5) began.resolve()
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        aborted++
      })
    })
    const { port, app } = await listening({ web: { routes: [routes] } })
    const connection = new RawConnection({ port })
    connection.send('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(5))
    await began.promise
    connection.close()
    await app.inFlight.whenIdle()
    expect([open, aborted]).toEqual([0, 5])
  })

  test('ends a stream that waits behind another request', async () => {
    const stopped = deferred()
    const began = deferred()
    const routes = defineRoutes('', (route) => {
      route.get('/slow', ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)))
      route.get('/endless', () =>
        (async function* () {
          try {
            for (;;) {
              yield 'x'
              began.resolve()
              await new Promise((resolve) => setImmediate(resolve))
            }
          } finally {
            stopped.resolve()
          }
        })(),
      )
    })
    const { port, app } = await listening({ web: { routes: [routes] } })
    const connection = new RawConnection({ port })
    connection.send('GET /slow HTTP/1.1\r\nHost: a\r\n\r\nGET /endless HTTP/1.1\r\nHost: a\r\n\r\n')
    await began.promise
    connection.close()
    await stopped.promise
    await app.inFlight.whenIdle()
  })
})

describe('pipelined requests', () => {
  test('are answered in order, however many there are', async () => {
    const routes = defineRoutes('', (route) => void route.get('/:n', ({ params }) => params.n))
    const { port } = await listening({ web: { routes: [routes] } })
    const connection = new RawConnection({ port })
    const numbers = Array.from({ length: 500 }, (_, i) => String(i))
    connection.send(numbers.map((n) => `GET /${n} HTTP/1.1\r\nHost: a\r\n\r\n`).join(''))
    for (const n of numbers) expect((await connection.response()).body.toString()).toBe(n)
    connection.close()
  })

  test('are not all begun at once: neither handlers nor answers pile up', async () => {
    let running = 0
    let most = 0
    const routes = defineRoutes('', (route) => {
      route.get('/large', () => {
        most = Math.max(most, ++running)
        return 'a'.repeat(4 * 1024 * 1024)
      })
      route.get('/slow', async () => {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setImmediate(resolve))
        running--
        return 'slow'
      })
    })
    const { port } = await listening({ web: { routes: [routes] } })
    const unread = new RawConnection({ port })
    unread.socket.pause()
    unread.send('GET /large HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(600))
    const other = new RawConnection({ port })
    for (let i = 0; i < 20; i++) await other.request('GET', '/health/live').response()
    expect(most).toBe(1)
    unread.close()
    running = 0
    other.send('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(100))
    for (let i = 0; i < 100; i++) await other.response()
    expect(most).toBeLessThanOrEqual(16)
    other.close()
  })
})

// RFC 9112 section 9.6: a server that closes while the client still sends must read on, or the client never reads the answer.
describe('an early answer', () => {
  const routes = defineRoutes('', (route) => {
    route.post('/auth', { middleware: [() => errors.unauthorized('no')] }, () => 1)
    route.post('/limit', { body: z.unknown(), bodyLimit: 1_000 }, () => 1)
    route.post('/unread', () => 'not read')
  })

  test.each([
    ['/auth', 401],
    ['/limit', 413],
    ['/nowhere', 404],
    ['/unread', 200],
  ])('of %s reaches a client that sends on, slowly, and reads only then', async (path, status) => {
    const { port } = await listening({ web: { routes: [routes] } })
    const connection = new RawConnection({ port })
    const piece = Buffer.alloc(50_000, 'x')
    connection.send(
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n\r\n`,
    )
    for (let i = 0; i < 40; i++) {
      connection.send(piece)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(connection.socket.errored).toBeNull()
    const response = await connection.response()
    expect([response.status, headerOf(response, 'connection')]).toEqual([status, 'close'])
    await connection.rest()
  })

  test('does not hold a drain when the client neither sends on nor closes', async () => {
    const { port, drain } = await listening({ web: { routes: [routes] } })
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {})
    socket.write('POST /auth HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx')
    await once(socket.resume(), 'end')
    await drain()
    socket.destroy()
  })
})

describe('a client that does not read', () => {
  test('is cut after writeTimeout, and its request ends', async () => {
    const failed = deferred<unknown>()
    const routes = defineRoutes('', (route) => {
      route.get('/endless', ({ signal }) => {
        signal.addEventListener('abort', () => failed.resolve(signal.reason))
        return (async function* () {
          for (;;) yield 'x'.repeat(100_000)
        })()
      })
    })
    const { port, app } = await listening({
      web: { routes: [routes] },
      transport: { limits: { writeTimeout: 200 } },
    })
    const connection = new RawConnection({ port })
    connection.socket.pause()
    connection.request('GET', '/endless')
    await failed.promise
    await app.inFlight.whenIdle()
    connection.close()
  })

  test('but reads slowly is not cut', async () => {
    const routes = defineRoutes('', (route) => void route.get('/large', () => Buffer.alloc(12_000_000, 'x')))
    const { port } = await listening({
      web: { routes: [routes] },
      transport: { limits: { writeTimeout: 1_000 } },
    })
    const socket = connect(port, '127.0.0.1')
    socket.write('GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    let size = 0
    // A kernel buffers megabytes: the server sees progress only when a third of its buffer is free.
    socket.on('data', (chunk) => {
      size += chunk.length
      socket.pause()
      setTimeout(() => socket.resume(), 6)
    })
    await once(socket, 'close')
    expect(size).toBeGreaterThan(12_000_000)
  })

  test('does not hold a drain', async () => {
    const routes = defineRoutes('', (route) => {
      route.get('/endless', () =>
        (async function* () {
          for (;;) yield 'x'.repeat(100_000)
        })(),
      )
    })
    const { port, drain, app } = await listening({ web: { routes: [routes] } })
    const connection = new RawConnection({ port })
    connection.socket.pause()
    connection.request('GET', '/endless')
    while (app.inFlight.size === 0) await new Promise((resolve) => setImmediate(resolve))
    await drain()
    connection.close()
  })

  test('leaves the sender of events: it is unsubscribed when it does not keep up, and cut', async () => {
    let listeners = 0
    const senders: Array<(text: string) => void> = []
    const routes = defineRoutes('', (route) => {
      route.get('/news', { timeout: 0 }, ({ stream }) =>
        stream.push((send) => {
          listeners++
          senders.push(send)
          return () => listeners--
        }),
      )
    })
    const { port, app } = await listening({ web: { routes: [routes] } })
    const connection = new RawConnection({ port })
    connection.socket.pause()
    connection.request('GET', '/news')
    while (senders.length === 0) await new Promise((resolve) => setImmediate(resolve))
    for (let i = 0; listeners > 0; i++) {
      senders[0]!('x'.repeat(10_000))
      if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await app.inFlight.whenIdle()
    expect(listeners).toBe(0)
    connection.close()
  })
})

describe('the body of a request', () => {
  const routes = defineRoutes('', (route) => {
    route.post('/upload', { timeout: 0, bodyLimit: 1e9 }, async ({ request }) => {
      let size = 0
      for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) size += chunk.byteLength
      return size
    })
    route.post('/late', { timeout: 0 }, async ({ request }) => {
      await new Promise((resolve) => setTimeout(resolve, 600))
      return request.text()
    })
  })
  const limits = { requestTimeout: 200, minBodyRate: 500 }

  test('may take longer than requestTimeout when it makes progress', async () => {
    const { port } = await listening({ web: { routes: [routes] }, transport: { limits } })
    const connection = new RawConnection({ port })
    connection.send('POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n')
    for (let i = 0; i < 20; i++) {
      connection.send('x'.repeat(1_000))
      await new Promise((resolve) => setTimeout(resolve, 40))
    }
    expect((await connection.response()).body.toString()).toBe('20000')
    connection.close()
  })

  test('is refused with 408 when it stops, or trickles', async () => {
    const { port } = await listening({ web: { routes: [routes] }, transport: { limits } })
    const stopped = new RawConnection({ port })
    stopped.send('POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\nx')
    const trickling = new RawConnection({ port })
    trickling.send('POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n')
    const timer = setInterval(() => trickling.socket.writable && trickling.send('x'), 40)
    expect((await stopped.response()).status).toBe(408)
    expect((await trickling.response()).status).toBe(408)
    clearInterval(timer)
    stopped.close()
    trickling.close()
  })

  test('is not late because the application reads it late', async () => {
    const { port } = await listening({ web: { routes: [routes] }, transport: { limits } })
    const connection = new RawConnection({ port })
    const body = 'x'.repeat(900_000)
    expect((await connection.request('POST', '/late', {}, body).response()).body.length).toBe(900_000)
    connection.close()
  })
})
