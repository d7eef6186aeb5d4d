// The stop of a server: behaviors from the test suites of fastify (close, close-pipelining) and Node (`test-http-server-
// close-*`). Those that differ on purpose are listed, with the reason, in docs/http-behavior.md.

import { connect } from 'node:net'
import { defineRoutes, type HTTPTransport } from '@myfy/web'
import { describe, expect, test } from 'vitest'
import { deferred, listening } from '../listening.ts'
import { message } from '../peers.ts'
import { headerOf, RawConnection } from '../raw-client.ts'

async function serve() {
  const began = deferred()
  const proceed = deferred()
  const routes = defineRoutes('', (route) => {
    route.get('/fast', () => 'fast')
    route.get('/held', async () => {
      began.resolve()
      await proceed.promise
      return 'held'
    })
    route.get('/held/stream', async function* () {
      yield 'a'
      began.resolve()
      await proceed.promise
      yield 'b'
    } as never)
    route.post('/held/body', ({ request }) => {
      began.resolve()
      return request.text()
    })
  })
  const server = await listening({
    web: { routes: [routes] },
    transport: { limits: { idleTimeoutOnDrain: 1_000 } },
  })
  const connection = new RawConnection({ port: server.port })
  return { server, began: began.promise, proceed: proceed.resolve, connection }
}

/** Resolves when no further connection is accepted. */
async function stopped({ transport }: { readonly transport: HTTPTransport }): Promise<void> {
  while (transport.port !== undefined) await new Promise((resolve) => setImmediate(resolve))
}

const closes = { status: 200, closes: 'close' }
const seen = async (connection: RawConnection) => {
  const response = await connection.response()
  return { status: response.status, closes: headerOf(response, 'connection') }
}

describe('a stop', () => {
  test('fastify "does not destroy connections with in-flight requests": the response is sent, and says close', async () => {
    const { connection, began, proceed, server } = await serve()
    connection.request('GET', '/held')
    await began
    const drained = server.drain()
    await stopped(server)
    proceed()
    expect(await seen(connection)).toEqual(closes)
    expect(await connection.rest()).toBe('')
    await drained
  })

  test('fastify close-pipelining: requests that are pipelined behind one are answered, the last one says close', async () => {
    const { connection, began, proceed, server } = await serve()
    connection.send(message('GET /held').repeat(3))
    await began
    const drained = server.drain()
    await stopped(server)
    proceed()
    expect((await seen(connection)).status).toBe(200)
    expect((await seen(connection)).status).toBe(200)
    expect(await seen(connection)).toEqual(closes)
    expect(await connection.rest()).toBe('')
    await drained
  })

  test('fastify "Current opened connection should continue to work after closing": a keep-alive connection is answered once more', async () => {
    const { connection, server } = await serve()
    await connection.request('GET', '/fast').response()
    const drained = server.drain()
    await stopped(server)
    connection.request('GET', '/fast')
    expect(await seen(connection)).toEqual(closes)
    await drained
  })

  test('fastify "Current opened connection should not accept new incoming connections"', async () => {
    const { connection, server, began, proceed } = await serve()
    connection.request('GET', '/held')
    await began
    const drained = server.drain()
    await stopped(server)
    const late = connect(server.port, '127.0.0.1')
    const code = await new Promise((resolve) =>
      late.once('error', (error: NodeJS.ErrnoException) => resolve(error.code)),
    )
    expect(code).toBe('ECONNREFUSED')
    proceed()
    expect(await seen(connection)).toEqual(closes)
    await drained
  })

  test('node test-http-server-close-idle: a connection that was never used does not hold the stop', async () => {
    const { connection, server } = await serve()
    await new Promise((resolve) => connection.socket.once('connect', resolve))
    await server.drain()
    expect(await connection.rest()).toBe('')
  })

  test('node test-http-server-close-idle-wait-response: a stream that has begun is sent to its end', async () => {
    const { connection, began, proceed, server } = await serve()
    connection.request('GET', '/held/stream')
    await began
    const drained = server.drain()
    await stopped(server)
    proceed()
    expect((await connection.response()).body.toString()).toBe('ab')
    await drained
    expect(await connection.rest()).toBe('')
  })

  test('node test-http-server-close-all: a body that still arrives is read', async () => {
    const { connection, began, server } = await serve()
    connection.send('POST /held/body HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc')
    await began
    const drained = server.drain()
    await stopped(server)
    connection.send('def')
    const response = await connection.response()
    expect([response.body.toString(), headerOf(response, 'connection')]).toEqual(['abcdef', 'close'])
    await drained
  })

  test('node test-http-server-stale-close: a head that still arrives is answered', async () => {
    const { connection, server } = await serve()
    connection.send('GET /fast HTTP/1.1\r\n')
    await new Promise((resolve) => connection.socket.once('connect', resolve))
    const drained = server.drain()
    await stopped(server)
    connection.send('Host: a\r\n\r\n')
    expect(await seen(connection)).toEqual(closes)
    await drained
  })
})
