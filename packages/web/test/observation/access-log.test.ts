import { once } from 'node:events'
import { type ClientHttp2Session, connect as connectHTTP2 } from 'node:http2'
import { connect } from 'node:net'
import { Application, consoleLogger, type Logger } from '@myfy/core'
import { request as requestScoped } from '@myfy/di'
import { CurrentRequest, defineRoutes, errors, mount, mountNode, WebModule } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import WebSocket from 'crossws/websocket'
import pino from 'pino'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { deferred, listening } from '../listening.ts'
import { type Line, recordingApp } from '../recording.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
// The example of W3C Trace Context, section 3.2.
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`

const Greeter = requestScoped({ current: CurrentRequest }, ({ current }) => ({
  greet: () => current.logger.info({}, 'greeting'),
}))

const routes = [
  defineRoutes('/r', (route) => {
    route.get('/json/:id', { inject: { greeter: Greeter } }, ({ logger, greeter }) => {
      logger.info({ step: 1 }, 'working')
      greeter.greet()
      return { ok: true }
    })
    route.get('/text', () => 'grüß')
    route.get('/empty', () => undefined)
    route.get('/bytes', () => new Uint8Array(10))
    route.get('/stream', async function* stream() {
      yield 'abc'
      yield 'de'
    })
    route.get('/events', ({ stream }) =>
      stream.events(async function* events() {
        yield { data: 'x' }
      }),
    )
    route.get('/boom', () => {
      throw new Error('out of order')
    })
    route.get('/teapot', () => {
      throw errors.conflict('taken')
    })
    route.post('/body', { bodyLimit: 10 }, async ({ request }) => request.text())
    route.get('/response', () => new Response('12345', { headers: { 'x-request-id': 'own' } }))
  }),
  mount('/web', () => new Response('1234')),
  mountNode(
    '/node',
    (_request, response) => void response.writeHead(201).write('ab', () => response.end('c')),
  ),
]

const access = (lines: readonly Line[]) =>
  lines.flatMap(({ fields }) => ('method' in fields ? [fields as Record<string, unknown>] : []))

const cases: ReadonlyArray<readonly [method: string, path: string, expected: object, body?: string]> = [
  ['GET', '/r/json/1', { route: '/r/json/:id', status: 200, bytes: 11 }],
  ['HEAD', '/r/json/1', { route: '/r/json/:id', status: 200, bytes: 0 }],
  ['GET', '/r/text', { route: '/r/text', status: 200, bytes: 6 }],
  ['GET', '/r/empty', { route: '/r/empty', status: 204, bytes: 0 }],
  ['GET', '/r/bytes', { route: '/r/bytes', status: 200, bytes: 10 }],
  ['GET', '/r/stream', { route: '/r/stream', status: 200, bytes: 5 }],
  ['GET', '/r/events', { route: '/r/events', status: 200 }],
  ['GET', '/r/boom', { route: '/r/boom', status: 500 }],
  ['GET', '/r/teapot', { route: '/r/teapot', status: 409 }],
  ['GET', '/nowhere', { status: 404 }],
  ['DELETE', '/r/text', { status: 405 }],
  ['POST', '/r/body', { route: '/r/body', status: 413 }, 'more than ten bytes'],
  ['GET', '/web/x', { route: '/web/**', status: 200, bytes: 4 }],
  ['GET', '/node/x', { route: '/node/**', status: 201, bytes: 3 }],
]

type Send = (path: string, init: RequestInit) => Promise<Response>

async function overHTTP2(session: ClientHttp2Session, path: string, init: RequestInit): Promise<Response> {
  const { method = 'GET', headers = {}, body } = init
  const stream = session.request({ ':method': method, ':path': path, ...(headers as Record<string, string>) })
  stream.end(body)
  const [received] = (await once(stream, 'response')) as [Record<string, string>]
  const content = Buffer.concat(await stream.toArray())
  const fields = Object.entries(received).filter(([name]) => !name.startsWith(':'))
  const status = Number(received[':status'])
  return new Response(content.length > 0 ? content : null, { status, headers: fields })
}

const ways: ReadonlyArray<readonly [name: string, open: (logger: Logger) => Promise<Send>]> = [
  [
    'a socket',
    async (logger) => {
      const { url } = await listening({ logger, web: { routes, accessLog: true } })
      return (path, init) => fetch(url + path, init)
    },
  ],
  [
    'HTTP/2',
    async (logger) => {
      const { url } = await listening({
        logger,
        transport: { http2: true },
        web: { routes, accessLog: true },
      })
      const session = connectHTTP2(url)
      onTestFinished(() => void session.close())
      return (path, init) => overHTTP2(session, path, init)
    },
  ],
  [
    'the test client',
    async (logger) => {
      const client = await createTestClient({ logger, routes, accessLog: true })
      return (path, { method, ...init }) => client.request(method!, path, init as object)
    },
  ],
  [
    'a socket, inside middleware',
    async (logger) => {
      const middleware = [async (_context: unknown, next: () => Promise<Response>) => next()]
      const { url } = await listening({
        logger,
        web: { routes, accessLog: true, middleware, cors: { origin: '*' } },
      })
      return (path, init) => fetch(url + path, init)
    },
  ],
]

describe.each(ways as Array<(typeof ways)[number]>)('a request through %s', (_, open) => {
  test.each(cases.map(([method, path, expected, body]) => ({ method, path, expected, body })))(
    '$method $path has one access line, with the id of its answer',
    async ({ method, path, expected, body }) => {
      const { logger, lines } = recordingApp()
      const send = await open(logger)
      const response = await send(path, {
        method,
        ...(body && { body, headers: { 'content-type': 'text/plain' } }),
      })
      const text = await response.text()
      await written(lines)
      const id = response.headers.get('x-request-id')
      expect(id).toMatch(/^[\da-f]{32}$/)
      expect(access(lines)).toEqual([
        expect.objectContaining({
          id,
          method,
          ms: expect.any(Number),
          bytes: expect.any(Number),
          ...expected,
        }),
      ])
      const [{ ms, bytes }] = access(lines) as [{ ms: number; bytes: number }]
      expect(ms).toBeGreaterThanOrEqual(0)
      if (method !== 'HEAD') expect(bytes).toBe(Buffer.byteLength(text))
      if (response.status >= 400) expect(JSON.parse(text)).toMatchObject({ id })
      const others = lines.filter(({ fields }) => !('method' in fields))
      for (const { fields } of others) expect(fields).toMatchObject({ id })
      if (path.startsWith('/r/json'))
        expect(others.map(({ message }) => message)).toEqual(['working', 'greeting'])
    },
  )

  test('keeps the id of its trace, and not the one that a client made up', async () => {
    const { logger } = recordingApp()
    const send = await open(logger)
    const headers = { traceparent: TRACEPARENT, 'x-request-id': 'made-up' }
    expect((await send('/r/text', { method: 'GET', headers })).headers.get('x-request-id')).toBe(TRACE)
    const untraced = await send('/r/text', { method: 'GET', headers: { 'x-request-id': 'made-up' } })
    expect(untraced.headers.get('x-request-id')).toMatch(/^[\da-f]{32}$/)
    const own = await send('/r/response', { method: 'GET' })
    expect(own.headers.get('x-request-id')).toBe('own')
  })

  // W3C Trace Context, section 3.2: version ff, ids of zeros, upper case and further text in version 00 are invalid.
  test.each([
    `ff-${TRACE}-00f067aa0ba902b7-01`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-00f067aa0ba902b7-01`,
    `00-${TRACE}-00f067aa0ba902b7-01-x`,
    'x',
  ])('ignores the invalid traceparent %s', async (traceparent) => {
    const { logger } = recordingApp()
    const send = await open(logger)
    const id = (await send('/r/text', { method: 'GET', headers: { traceparent } })).headers.get(
      'x-request-id',
    )
    expect(id).toMatch(/^[\da-f]{32}$/)
    expect(id).not.toBe(TRACE)
  })
})

/** Waits until the access lines are written: the client may have read an answer before its end is known here. */
const written = (lines: readonly Line[], count = 1) =>
  vi.waitFor(() => expect(access(lines).length).toBeGreaterThanOrEqual(count))

describe('x-request-id', () => {
  test('is believed behind a trusted proxy, unless it has characters that a log or header could misread', async () => {
    const { url } = await listening({ transport: { trustProxy: true }, web: { routes } })
    const idOf = async (given: string) =>
      (await fetch(`${url}/r/text`, { headers: { 'x-request-id': given } })).headers.get('x-request-id')
    expect(await idOf('edge-7/abc')).toBe('edge-7/abc')
    expect(await idOf('two words')).toMatch(/^[\da-f]{32}$/)
    expect(await idOf('x'.repeat(129))).toMatch(/^[\da-f]{32}$/)
  })
})

describe('the access log', () => {
  test('is off unless it is asked for', async () => {
    const { logger, lines } = recordingApp()
    const { url, stop } = await listening({ logger, web: { routes }, manual: true })
    await (await fetch(`${url}/r/text`)).text()
    await stop()
    expect(lines).toEqual([])
  })

  test('has no line for health probes', async () => {
    const { logger, lines } = recordingApp()
    const { url } = await listening({ logger, web: { routes, accessLog: true } })
    for (const path of ['/health', '/health/live', '/health/ready', '/r/text'])
      await (await fetch(url + path)).text()
    await written(lines)
    expect(access(lines)).toEqual([expect.objectContaining({ route: '/r/text' })])
  })

  test('has a share of the lines when it is sampled, and each that failed', async () => {
    const { logger, lines } = recordingApp()
    await using client = await createTestClient({ logger, routes, accessLog: { sample: 0.25 } })
    for (let i = 0; i < 20; i++) await client.get('/r/text')
    expect(access(lines)).toHaveLength(5)
    await client.get('/r/boom')
    expect(access(lines).at(-1)).toMatchObject({ status: 500 })
  })

  test('refuses a share that is none', () => {
    const app = new Application({ modules: [new WebModule({ accessLog: { sample: 2 } })] })
    return expect(app.initialize()).rejects.toThrow(/accessLog\.sample/)
  })

  test('has a line for a request that is not valid HTTP', async () => {
    const { logger, lines } = recordingApp()
    const { port } = await listening({ logger, web: { routes, accessLog: true } })
    const socket = connect(port!, '127.0.0.1')
    socket.write('nonsense\r\n\r\n')
    const answer = String(Buffer.concat(await socket.toArray()))
    const [, id] = /x-request-id: (\S+)/.exec(answer)!
    expect(answer).toContain(`"id":"${id}"`)
    expect(lines.map(({ fields }) => fields)).toEqual([{ id, status: 400, bytes: expect.any(Number) }])
  })

  test('says that a client left, and that an answer was cut at the end of a drain', async () => {
    const { logger, lines } = recordingApp()
    let entered = deferred()
    const slow = defineRoutes('/slow', (route) => {
      route.get('/:n', async ({ signal }) => {
        entered.resolve()
        await once(signal, 'abort')
      })
    })
    const { port, transport, stop } = await listening({
      logger,
      web: { routes: [slow], accessLog: true },
      manual: true,
    })
    const socket = connect(port!, '127.0.0.1')
    socket.write('GET /slow/1 HTTP/1.1\r\nHost: a\r\n\r\n')
    await entered.promise
    socket.destroy()
    await written(lines)
    expect(access(lines)).toEqual([expect.objectContaining({ route: '/slow/:n', incomplete: true })])
    entered = deferred()
    const pending = fetch(`http://127.0.0.1:${port}/slow/2`).catch(() => 'cut')
    await entered.promise
    transport.close()
    expect(await pending).toBe('cut')
    await written(lines, 2)
    expect(access(lines)).toHaveLength(2)
    expect(access(lines)[1]).toMatchObject({ incomplete: true })
    await stop()
  })

  test('has a line for a WebSocket when it closes, and the id is in the lines of its hooks', async () => {
    const { logger, lines } = recordingApp()
    const sockets = defineRoutes('/ws', (route) => {
      route.websocket('/', ({ logger: own }) => ({ open: () => own.info({}, 'open') }))
    })
    const { url } = await listening({ logger, web: { routes: [sockets], accessLog: true } })
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`)
    await new Promise((resolve) => socket.addEventListener('open', resolve))
    socket.close(1000)
    await new Promise((resolve) => socket.addEventListener('close', resolve))
    await written(lines)
    const [line] = access(lines)
    expect(line).toMatchObject({ method: 'GET', route: '/ws', status: 101 })
    expect(lines[0]).toMatchObject({ message: 'open', fields: { id: line!.id } })
  })

  test('shows the same facts in pino, in text and in JSON', async () => {
    const facts = async (logger: Logger, lines: string[]) => {
      await using client = await createTestClient({ logger, routes, accessLog: true })
      await client.get('/r/text', { headers: { traceparent: TRACEPARENT } })
      return lines.find((line) => line.includes('/r/text'))!
    }
    const inText: string[] = []
    const text = await facts(
      consoleLogger({ json: false, color: false, write: (line) => inText.push(line) }),
      inText,
    )
    expect(text).toMatch(new RegExp(`info +GET /r/text 200 \\(.*\\) id=${TRACE} bytes=6$`))
    const inJSON: string[] = []
    const json = JSON.parse(
      await facts(consoleLogger({ json: true, write: (line) => inJSON.push(line) }), inJSON),
    )
    const inPino: string[] = []
    const pinoLine = JSON.parse(
      await facts(pino({}, { write: (line: string) => void inPino.push(line) }), inPino),
    )
    for (const line of [json, pinoLine])
      expect(line).toMatchObject({ id: TRACE, method: 'GET', route: '/r/text', status: 200, bytes: 6 })
  })
})
