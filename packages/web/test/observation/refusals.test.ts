// One access line for each request that is refused before a route could be found, or that is cut.

import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHTTP2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { connect as connectTLS } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { defineRoutes, type HTTPTransportOptions } from '@myfy/web'
import { describe, expect, test } from 'vitest'
import { deferred, listening } from '../listening.ts'
import { type Line, recordingApp } from '../recording.ts'

const tls = (name: string) => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url))
const secure = { key: tls('a.key'), cert: tls('a.crt') }

interface Http2Client {
  readonly session: ClientHttp2Session
  readonly stream: ClientHttp2Stream
  readonly socket: Socket
}

/** The ways of HTTP/1.1 on a bare socket. */
const ways: ReadonlyArray<
  readonly [name: string, transport: HTTPTransportOptions, open: (port: number) => Socket]
> = [
  ['HTTP/1.1', {}, (port) => connect(port, '127.0.0.1')],
  ['HTTP/1.1 beside HTTP/2', { http2: true }, (port) => connect(port, '127.0.0.1')],
  [
    'TLS',
    { tls: secure },
    (port) =>
      connectTLS({
        port,
        host: '127.0.0.1',
        ca: readFileSync(secure.cert),
        checkServerIdentity: () => undefined,
      }),
  ],
]

const routes = defineRoutes('', (route) => {
  route.get('/text', () => 'text')
  route.post('/body', async ({ request }) => request.text())
})

/** What a client sends, the statuses of its answers, and the fields of the last line. */
const refused: Readonly<Record<string, readonly [bytes: string, statuses: readonly number[], line: object]>> =
  {
    'a line that does not begin a request': ['nonsense\r\n\r\n', [400], {}],
    'a request without Host': ['GET /text HTTP/1.1\r\nConnection: close\r\n\r\n', [400], { method: 'GET' }],
    'an invalid target': [
      'GET http://[::1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
      [400],
      { method: 'GET' },
    ],
    'an invalid header': ['GET /text HTTP/1.1\r\nHost: a\r\nA B: c\r\n\r\n', [400], {}],
    'two lengths': [
      'POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na',
      [400],
      {},
    ],
    'a large header': [`GET /text HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`, [431], {}],
    'another version': ['GET /text HTTP/0.9\r\nHost: a\r\n\r\n', [505], { method: 'GET' }],
    'a proxy request': ['CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n', [501], { method: 'CONNECT' }],
    'an unknown expectation': [
      'POST /body HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nContent-Length: 1\r\n\r\na',
      [417],
      { method: 'POST' },
    ],
    'a trace request': [
      'TRACE /text HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
      [405],
      { method: 'TRACE' },
    ],
    'nonsense behind a request': ['GET /text HTTP/1.1\r\nHost: a\r\n\r\nnonsense\r\n\r\n', [200, 400], {}],
    'two requests at once': [
      'GET /text HTTP/1.1\r\nHost: a\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
      [200, 404],
      { method: 'GET' },
    ],
    'a head that does not end': ['GET /text HTTP/1.1\r\nHost: a\r\n', [408], {}],
  }

const access = (lines: readonly Line[]) => lines.map(({ fields }) => fields as Record<string, unknown>)

describe.each(ways)('over %s', (_way, transport, open) => {
  test.each(Object.entries(refused))(
    '%s has one access line, with the id of its answer',
    async (_name, one) => {
      const [bytes, statuses, line] = one
      const { logger, lines } = recordingApp()
      const { port } = await listening({
        logger,
        transport: { ...transport, limits: { headersTimeout: 300 } },
        web: { routes: [routes], accessLog: true },
      })
      const socket = open(port!)
      socket.on('error', () => {})
      socket.write(bytes)
      const answer = String(Buffer.concat(await socket.toArray()))
      const ids = [...answer.matchAll(/^x-request-id: (\S+)/gim)].map(([, id]) => id)
      const found = [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))
      expect(found).toEqual(statuses)
      // An answer may be sent before the end of the one before it is known.
      await expect
        .poll(() =>
          access(lines)
            .map(({ id }) => id)
            .sort(),
        )
        .toEqual([...ids].sort())
      expect(
        access(lines)
          .map(({ status }) => status)
          .sort(),
      ).toEqual(statuses)
      const measured = { ms: expect.any(Number), bytes: expect.any(Number) }
      for (const one of access(lines)) expect(one).toMatchObject(measured)
      for (const { message } of lines) expect(message).toMatch(/ \d{3} \(.*s\)$/)
      expect(access(lines)).toContainEqual(expect.objectContaining({ ...measured, ...line }))
      if (statuses.at(-1)! >= 400) expect(answer).toContain(`"id":"${ids.at(-1)}"`)
    },
  )
})

describe('a request that is cut', () => {
  const held = () => {
    const entered = deferred()
    const held = defineRoutes('/held', (route) => {
      route.get('/', async ({ signal }) => {
        entered.resolve()
        await once(signal, 'abort')
      })
      route.post('/', async ({ request }) => {
        entered.resolve()
        return request.text()
      })
    })
    return { entered, held }
  }

  test.each(ways)(
    'by its client over %s has one line, which is incomplete',
    async (_way, transport, open) => {
      const { entered, held: own } = held()
      const { logger, lines } = recordingApp()
      const { port, app } = await listening({ logger, transport, web: { routes: [own], accessLog: true } })
      const socket = open(port!)
      socket.write('GET /held HTTP/1.1\r\nHost: a\r\n\r\n')
      await entered.promise
      socket.destroy()
      await app.inFlight.whenIdle()
      await expect.poll(() => access(lines)).toHaveLength(1)
      expect(access(lines)[0]).toMatchObject({ method: 'GET', route: '/held', incomplete: true })
    },
  )

  const closings: Readonly<Record<string, (client: Http2Client) => void>> = {
    'its stream': ({ stream }) => stream.close(8),
    'its connection': ({ session }) => session.destroy(),
    'its socket': ({ socket }) => socket.destroy(),
  }
  test.each(
    Object.keys(closings).flatMap((name) => [
      ['HTTP/2', name],
      ['HTTP/2 without TLS', name],
    ]) as Array<[string, string]>,
  )('over %s by a client that closes %s has one line, which is incomplete', async (way, name) => {
    const { entered, held: own } = held()
    const { logger, lines } = recordingApp()
    const isPlain = way !== 'HTTP/2'
    const transport = isPlain ? { http2: true } : { tls: secure }
    const { url, port, app } = await listening({ logger, transport, web: { routes: [own], accessLog: true } })
    const socket = isPlain
      ? connect(port!, '127.0.0.1')
      : connectTLS({ port: port!, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['h2'] })
    if (!isPlain) await once(socket, 'secureConnect')
    const session = connectHTTP2(url, { createConnection: () => socket })
    session.on('error', () => {})
    const stream = session.request({ ':path': '/held' })
    stream.on('error', () => {})
    await entered.promise
    closings[name]!({ session, stream, socket })
    await app.inFlight.whenIdle()
    session.destroy()
    await expect.poll(() => lines.length).toBeGreaterThan(0)
    const line = { method: 'GET', route: '/held', incomplete: true }
    expect(access(lines)).toEqual([expect.objectContaining(line)])
  })

  test.each([
    ['in the middle of its body', 'Content-Length: 100\r\n\r\nabc'],
    ['in the middle of a chunk', 'Transfer-Encoding: chunked\r\n\r\n64\r\nabc'],
    ['with an invalid chunk', 'Transfer-Encoding: chunked\r\n\r\nxyz\r\n'],
  ])('%s has one line', async (_name, rest) => {
    const { entered, held: own } = held()
    const { logger, lines } = recordingApp()
    const { port, app } = await listening({ logger, web: { routes: [own], accessLog: true } })
    const socket = connect(port!, '127.0.0.1')
    const received: Buffer[] = []
    socket.on('error', () => {}).on('data', (bytes: Buffer) => received.push(bytes))
    socket.write(`POST /held HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n${rest}`)
    await entered.promise
    socket.end()
    await once(socket, 'close')
    await app.inFlight.whenIdle()
    await expect.poll(() => access(lines).filter(({ method }) => method)).toHaveLength(1)
    expect(access(lines)).toEqual([expect.objectContaining({ method: 'POST', route: '/held', status: 400 })])
    const answer = String(Buffer.concat(received))
    expect(answer).toContain(`"id":"${access(lines)[0]!.id}"`)
    expect(answer.match(/^x-request-id: (\S+)/m)?.[1]).toBe(access(lines)[0]!.id)
  })
})
