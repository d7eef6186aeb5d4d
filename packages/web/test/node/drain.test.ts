// The drain, on real processes with real signals: nothing that was accepted is lost.

import { once } from 'node:events'
import { copyFile, mkdtemp, rename, rm } from 'node:fs/promises'
import { connect as connectHTTP2 } from 'node:http2'
import { connect as connectTCP } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTLS } from 'node:tls'
import { promisify } from 'node:util'
import WebSocket from 'crossws/websocket'
import { expect, onTestFinished, test } from 'vitest'
import { type ClientOptions, client, idle, reader, Tally } from '../clients.ts'
import { Process } from '../process.ts'
import { RawWebSocket } from '../raw-websocket.ts'

const heavy = process.env.MYFY_HEAVY === '1'

interface Load {
  readonly env?: Record<string, string>
  readonly workers?: number
  readonly busy: number
  readonly options?: Partial<ClientOptions>
  /** The time under load before the signal, in ms. */
  readonly before: number
}

/** The drain test: busy clients, 5 requests of 2 s, 5 idle connections, an event stream, a WebSocket, then SIGTERM. */
async function drainUnder({ busy, options, before, env, workers }: Load) {
  using app = new Process('drain.ts', env, { ...(workers !== undefined && { workers }) })
  const port = Number(/:(\d+)$/.exec(await app.line(/^ready /))![1])
  const tally = new Tally()
  const events = await reader(port, '/events')
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`)
  await new Promise((resolve) => socket.addEventListener('open', resolve))
  const closed = new Promise<{ code: number; wasClean: boolean }>((resolve) =>
    socket.addEventListener('close', resolve),
  )
  const idles = await Promise.all(Array.from({ length: 5 }, () => idle(port)))
  const clients = Array.from({ length: busy }, () => client({ port, tally, path: '/fast', ...options }))
  await new Promise((resolve) => setTimeout(resolve, before))
  const slow = Array.from({ length: 5 }, () => client({ port, tally, path: '/slow', once: true }))
  await new Promise((resolve) => setTimeout(resolve, 200))

  app.signal('SIGTERM')
  const { code, at } = await app.exited
  await Promise.all([...clients, ...slow])
  for (const one of idles) one.destroy()
  const end = await closed
  return { app, tally, code, wait: at - tally.lastAnswer, events, stream: await events.ended, socket: end }
}

function expectNothingLost({
  app,
  tally,
  code,
  wait,
  events,
  stream,
  socket,
}: Awaited<ReturnType<typeof drainUnder>>) {
  expect(tally.lost).toEqual([])
  expect(tally.answered).toBe(tally.sent)
  expect(code).toBe(0)
  expect(wait).toBeLessThan(heavy ? 150 : 1_000)
  expect(stream).toBe('in order')
  expect(events.state.text).toContain('event: bye')
  expect([socket.code, socket.wasClean]).toEqual([1001, true])
  expect(app.lines).toContain('cleanup with 0 under way')
  expect(app.lines.indexOf('socket closed 1001')).toBeLessThan(app.lines.indexOf('cleanup with 0 under way'))
}

function report(
  name: string,
  { tally, wait, code }: Pick<Awaited<ReturnType<typeof drainUnder>>, 'tally' | 'wait' | 'code'>,
) {
  if (!heavy) return
  console.log(
    `${name}: ${tally.sent} sent, ${tally.lost.length} lost, ${tally.idleCut} cut idle, exit ${code} ${wait.toFixed(0)} ms after the last answer`,
  )
}

/** The event streams of the application, and those of them that say good-bye. */
const streams = ['/events', '/push', '/plain-events', '/express/events']
const farewells = ['/events', '/push']

interface Row {
  readonly path?: string
  readonly env?: Record<string, string>
  readonly workers?: number
  readonly options?: Partial<ClientOptions>
}
const around = { AROUND: '1' }
const rows: Record<string, Row> = {
  'plain requests': {},
  'slow requests': { path: '/slow' },
  'pipelined requests': { options: { depth: 8 } },
  'CORS and middleware': { env: around },
  'CORS, middleware and pipelined requests': { env: around, options: { depth: 8 } },
  'an Express application below a path': { path: '/express/fast' },
  'slow requests of an Express application': { path: '/express/slow', env: around },
  'two workers': { workers: 2 },
  'two workers, CORS and middleware': { workers: 2, env: around },
}
const sizes = heavy ? [50, 500] : [20]
const table = Object.entries(rows)
  // One row is the sum of the others.
  .filter(([name]) => heavy || name === 'slow requests of an Express application')
  .flatMap(([name, row]) => sizes.map((size) => [size, name, row] as const))

// Around the requests: every kind of event stream, a WebSocket, and clients that have pipelined and left.
test.each(table)('%i clients, %s: nothing is lost', { timeout: 120_000 }, async (size, name, row) => {
  const { path = '/fast', env, workers, options } = row
  using app = new Process('drain.ts', env, { ...(workers !== undefined && { workers }) })
  const port = Number(/:(\d+)$/.exec(await app.line(/^(?:.*\s)?ready http\S+$/))![1])
  const tally = new Tally()
  const readers = await Promise.all(streams.map((stream) => reader(port, stream)))
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket`)
  await new Promise((resolve) => socket.addEventListener('open', resolve))
  const closed = new Promise<{ code: number; wasClean: boolean }>((resolve) =>
    socket.addEventListener('close', resolve),
  )
  const clients = Array.from({ length: size }, () => client({ port, tally, path, ...options }))
  await new Promise((resolve) => setTimeout(resolve, heavy ? 2_000 : 500))
  for (let i = 0; i < 5; i++) {
    const gone = await idle(port)
    gone.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(5))
    setTimeout(() => gone.resetAndDestroy(), 20)
  }
  const slow = Array.from({ length: 5 }, () => client({ port, tally, path: '/slow', once: true }))
  await new Promise((resolve) => setTimeout(resolve, 200))
  app.signal('SIGTERM')
  const { code, at } = await app.exited
  await Promise.all([...clients, ...slow])
  const wait = at - tally.lastAnswer
  report(`${size} clients, ${name}`, { tally, wait, code })
  expect(tally.lost).toEqual([])
  expect(tally.answered).toBe(tally.sent)
  expect(code).toBe(0)
  expect(wait).toBeLessThan(heavy ? 150 : 1_000)
  for (const [i, { ended, state }] of readers.entries()) {
    expect([streams[i], await ended]).toEqual([streams[i], 'in order'])
    if (farewells.includes(streams[i]!)) expect(state.text).toContain('event: bye')
  }
  const { code: closeCode, wasClean } = await closed
  expect([closeCode, wasClean]).toEqual([1001, true])
})

test('50 busy clients lose nothing', async () => {
  const run = await drainUnder({ busy: 50, before: 500 })
  report('50 clients', run)
  expectNothingLost(run)
})

test.runIf(heavy)('500 busy clients lose nothing', async () => {
  const run = await drainUnder({ busy: 500, before: 2_000 })
  report('500 clients', run)
  expectNothingLost(run)
})

test.each([
  ['process', 60, {}],
  // More than the workers take in a few seconds while they answer.
  ['worker', heavy ? 500 : 60, { workers: 2 }],
])('connections that wait for a busy %s are accepted before the socket closes', async (_, count, options) => {
  using app = new Process('drain.ts', {}, options)
  const port = Number(/:(\d+)$/.exec(await app.line(/^(?:.*\s)?ready http\S+$/))![1])
  const tally = new Tally()
  // One is taken in a turn, and each turn takes 20 ms: the last waits for more than a second.
  const clients = Array.from({ length: count }, () => client({ port, tally, path: '/blocking', once: true }))
  while (tally.sent < count) await new Promise(setImmediate)
  app.signal('SIGTERM')
  const { code } = await app.exited
  await Promise.all(clients)
  expect(tally.lost).toEqual([])
  expect(tally.answered).toBe(tally.sent)
  expect(code).toBe(0)
})

test('clients that pipeline lose nothing', async () => {
  const run = await drainUnder({ busy: heavy ? 50 : 20, before: 500, options: { depth: 8 } })
  report('pipelining', run)
  expectNothingLost(run)
})

test('clients that pause 3 s between requests lose nothing, and receive Connection: close', async () => {
  const run = await drainUnder({ busy: heavy ? 50 : 20, before: 3_500, options: { pause: 3_000 } })
  report('pausing', run)
  expectNothingLost(run)
  expect(run.tally.idleCut).toBe(0)
})

test('HTTP/2 and HTTP/1.1 over TLS lose nothing: 100 streams on 10 connections, 50 busy clients', async () => {
  using app = new Process('drain.ts', { TLS: '1' })
  const port = Number(/:(\d+)$/.exec(await app.line(/^ready https:/))![1])
  const tally = new Tally()
  const open = () =>
    connectTLS({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] })
  const clients = Array.from({ length: 50 }, () => client({ port, tally, path: '/fast', open }))
  const silent = connectTCP(port, '127.0.0.1').on('error', () => {})
  const sessions = Array.from({ length: 10 }, () => http2Client(port))
  await new Promise((resolve) => setTimeout(resolve, 500))
  const slow = sessions.flatMap((session) => Array.from({ length: 10 }, () => session.get('/slow')))
  const busy = sessions.map((session) => session.loop('/fast'))
  // A server answers a ping behind all requests that were sent before it.
  await Promise.all(sessions.map((session) => session.ping()))

  app.signal('SIGTERM')
  expect((await Promise.all(slow)).filter((status) => status !== 200)).toEqual([])
  expect((await Promise.all(busy)).flat().filter((status) => status !== 200)).toEqual([])
  const { code } = await app.exited
  await Promise.all(clients)
  silent.destroy()
  expect(tally.lost).toEqual([])
  expect(tally.answered).toBe(tally.sent)
  expect(code).toBe(0)
  for (const session of sessions) expect(session.goaways).toEqual([0, 0])
  expect(app.lines).toContain('cleanup with 0 under way')
})

test('HTTP/2 and HTTP/1.1 over TLS lose nothing while the certificate is replaced and the drain begins', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'myfy-drain-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const renew = async (name: string) => {
    for (const kind of ['key', 'crt']) {
      const file = join(folder, `a.${kind}`)
      await copyFile(new URL(`../fixtures/tls/${name}.${kind}`, import.meta.url), `${file}.new`)
      await rename(`${file}.new`, file)
    }
  }
  await renew('a')
  using app = new Process('drain.ts', { TLS: '1', TLS_FOLDER: folder })
  const port = Number(/:(\d+)$/.exec(await app.line(/^ready https:/))![1])
  const tally = new Tally()
  const names = new Set<string>()
  let seen = () => {}
  const renewed = new Promise<void>((resolve) => {
    seen = resolve
  })
  // Each of these requests has a connection of its own, whose handshake has the current certificate.
  const open = () => {
    const socket = connectTLS({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
    })
    socket.once('secureConnect', () => {
      const name = String(socket.getPeerCertificate().subject.CN)
      names.add(name)
      if (name === 'b.test') seen()
    })
    return socket
  }
  const fresh = Array.from({ length: 5 }, () => client({ port, tally, path: '/fast', open, fresh: true }))
  const kept = Array.from({ length: 20 }, () => client({ port, tally, path: '/fast', open }))
  const sessions = Array.from({ length: 10 }, () => http2Client(port))
  const busy = sessions.map((session) => session.loop('/fast'))
  await Promise.all(sessions.map((session) => session.ping()))
  await renew('b')
  const slow = sessions.flatMap((session) => Array.from({ length: 10 }, () => session.get('/slow')))
  await renewed
  await Promise.all(sessions.map((session) => session.ping()))

  // Once more, and at once the signal: the new pair is read while the listener closes.
  await renew('a')
  app.signal('SIGTERM')
  expect((await Promise.all(slow)).filter((status) => status !== 200)).toEqual([])
  expect((await Promise.all(busy)).flat().filter((status) => status !== 200)).toEqual([])
  const { code } = await app.exited
  await Promise.all([...fresh, ...kept])
  expect(tally.lost).toEqual([])
  expect(tally.answered).toBe(tally.sent)
  expect([code, [...names].sort()]).toEqual([0, ['a.test', 'b.test']])
  expect(app.lines).toContain('cleanup with 0 under way')
})

const REFUSED_STREAM = 7

/** A client of HTTP/2 that opens no stream after it has received a GOAWAY, as RFC 9113 demands. */
function http2Client(port: number) {
  const session = connectHTTP2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
  const goaways: number[] = []
  session.on('goaway', (code) => goaways.push(code))
  session.on('error', () => {})
  const connected = once(session, 'connect')
  const get = (path: string): Promise<number | string> =>
    new Promise((resolve) => {
      const stream = session.request({ ':path': path })
      let status = 0
      stream.on('response', (headers) => {
        status = Number(headers[':status'])
      })
      // Node.js refuses a request of its own that it has not sent when the GOAWAY arrives. It was not processed, and a
      // client may send it again (RFC 9113, section 8.7).
      stream.on('error', (error) => resolve(stream.rstCode === REFUSED_STREAM ? 'refused' : String(error)))
      stream.on('close', () => resolve(status))
      stream.resume()
    })
  const loop = async (path: string) => {
    const statuses: Array<number | string> = []
    while (!session.closed && !session.destroyed) {
      const status = await get(path)
      // The request that was not sent is the last one, and no other may be refused.
      if (status === 'refused') break
      statuses.push(status)
    }
    return statuses
  }
  const ping = async () => {
    await connected
    await promisify((answered: (error: Error | null) => void) => session.ping(answered))()
  }
  return { goaways, get, loop, ping }
}

test('a stop during the start opens no port and ends with 0', async () => {
  using app = new Process('drain.ts', { SLOW_START: '20000' })
  await app.line(/^starting$/)
  app.signal('SIGTERM')
  expect((await app.exited).code).toBe(0)
  expect(app.lines.filter((line) => line.startsWith('ready'))).toEqual([])
})

const silentHTTP2 = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1')
const once11 = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`

/** Clients that keep a connection open in a drain, each with no work that could be lost. */
const lingering: ReadonlyArray<
  readonly [string, Record<string, string>, (port: number) => Promise<unknown>]
> = [
  ['a WebSocket', {}, (port) => unanswered(`http://127.0.0.1:${port}/socket`)],
  ['a WebSocket over TLS', { TLS: '1' }, (port) => unanswered(`https://127.0.0.1:${port}/socket`)],
  [
    'HTTP/2',
    { H2C: '1' },
    async (port) => {
      const socket = connectTCP(port, '127.0.0.1')
      socket.on('error', () => {})
      socket.write(silentHTTP2)
      // The settings of the server.
      await once(socket, 'data')
    },
  ],
  [
    'HTTP/1.1, after a pause between two requests',
    {},
    async (port) => {
      const socket = connectTCP(port, '127.0.0.1')
      socket.write(once11('/fast'))
      await once(socket, 'data')
      await new Promise((resolve) => setTimeout(resolve, 1_200))
      socket.write(once11('/fast'))
      await once(socket, 'data')
    },
  ],
  [
    'HTTP/1.1, and does not read its answer',
    {},
    async (port) => {
      const socket = connectTCP(port, '127.0.0.1')
      socket.on('error', () => {})
      socket.write(once11('/large'))
      await once(socket, 'readable')
    },
  ],
]

async function unanswered(url: string): Promise<void> {
  const socket = await RawWebSocket.open(url)
  socket.send('one')
  expect(await socket.next()).toBe('echo one')
}

test.each(lingering)(
  'a client that keeps its connection open takes a part of the drain, and none of the exit code: %s',
  async (_name, env, open) => {
    using app = new Process('drain.ts', { DRAIN: '2000', ...env })
    const port = Number(/:(\d+)$/.exec(await app.line(/^ready /))![1])
    await open(port)
    app.signal('SIGTERM')
    expect((await app.exited).code).toBe(0)
    expect(Number(/^drained (\d+)$/m.exec(app.lines.join('\n'))![1])).toBeLessThan(1_800)
  },
)

test('a stream that never ends is cut at the end of the drain, named, and reflected in the exit code', async () => {
  using app = new Process('drain.ts', { DRAIN: '1000' })
  const port = Number(/:(\d+)$/.exec(await app.line(/^ready /))![1])
  const never = await reader(port, '/never')
  const since = performance.now()
  app.signal('SIGTERM')
  const { code, at } = await app.exited
  expect(code).toBe(3)
  expect(await never.ended).toBe('cut')
  expect(at - since).toBeGreaterThan(900)
  expect(at - since).toBeLessThan(3_000)
  expect(app.lines.join('\n')).toMatch(/GET \/never \(stream/)
})
