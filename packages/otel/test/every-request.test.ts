// Each request, however it ends: one id, one access line, one span, and one point of the metric.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { request as requestHTTP1 } from 'node:http'
import { type ClientHttp2Session, connect as connectHTTP2 } from 'node:http2'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../../test/free-port.ts'
import { KIND } from './conventions.ts'
import { exporterEnvironment, receiver } from './receiver.ts'

const program = fileURLToPath(new URL('../../cli/bin/myfy.js', import.meta.url))
const application = fileURLToPath(new URL('./fixtures/everything.mjs', import.meta.url))

interface Answer {
  readonly id: string | undefined
  readonly status: number
  readonly body: string
}

type Send = (method: string, path: string, body?: string) => Promise<Answer>

const byHTTP1 =
  (url: string): Send =>
  async (method, path, body) => {
    const sent = requestHTTP1(url + path, { method, agent: false })
    sent.end(body)
    const [response] = await once(sent, 'response')
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk)
    return {
      id: response.headers['x-request-id'],
      status: response.statusCode,
      body: String(Buffer.concat(chunks)),
    }
  }

const byHTTP2 =
  (session: ClientHttp2Session): Send =>
  async (method, path, body) => {
    const stream = session.request({ ':method': method, ':path': path })
    stream.end(body)
    const [headers] = await once(stream, 'response')
    const chunks: Buffer[] = []
    for await (const chunk of stream) chunks.push(chunk)
    return { id: headers['x-request-id'], status: headers[':status'], body: String(Buffer.concat(chunks)) }
  }

/** What is sent, the status, and the route. */
const cases: ReadonlyArray<
  readonly [method: string, path: string, status: number, route?: string, body?: string]
> = [
  ['GET', '/r/json/7', 200, '/r/json/:id'],
  ['HEAD', '/r/json/7', 200, '/r/json/:id'],
  ['GET', '/r/events', 200, '/r/events'],
  ['GET', '/r/boom', 500, '/r/boom'],
  ['GET', '/r/shed', 503, '/r/shed'],
  ['GET', '/r/late', 503, '/r/late'],
  ['POST', '/r/body', 413, '/r/body', 'more than ten bytes'],
  ['GET', '/r/socket', 426, '/r/socket'],
  ['GET', '/node/x', 202, '/node/**'],
  ['GET', '/files/sdk.mjs', 200, '/files/**'],
  ['GET', '/files/none', 404, '/files/**'],
  ['GET', '/nowhere', 404],
  ['DELETE', '/r/boom', 405],
  ['OPTIONS', '/r/boom', 204],
]

test.each([
  ['run', ['run']],
  ['start', ['start']],
  ['start --workers 2', ['start', '--workers', '2']],
])('under `myfy %s`', async (_, words) => {
  using otlp = await receiver()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const [command = '', ...options] = words
  const child = spawn(process.execPath, [program, command, application, ...options], {
    env: {
      ...exporterEnvironment(otlp.url),
      PORT: String(port),
      LOG_FORMAT: 'json',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  const until = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (pattern.test(output)) resolve()
        else if (child.exitCode !== null) reject(new Error(`It ended without ${pattern}:\n${output}`))
      }
      for (const stream of [child.stdout, child.stderr]) stream.on('data', look)
      child.once('close', look)
      look()
    })
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  await until(options.length > 0 ? /workers ready/ : command === 'run' ? /➜|"ready in/ : /"ready in/)

  const session = connectHTTP2(url)
  session.on('error', () => {})
  onTestFinished(() => session.destroy())
  const expected: Array<{ id: string; method: string; status: number; route: string | undefined }> = []
  for (const send of [byHTTP1(url), byHTTP2(session)])
    for (const [method, path, status, route, body] of cases) {
      const answer = await send(method, path, body)
      expect([method, path, answer.status]).toEqual([method, path, status])
      expect(answer.id).toMatch(/^[\da-f]{32}$/)
      if (status >= 400) expect(JSON.parse(answer.body)).toMatchObject({ status, id: answer.id })
      expected.push({ id: answer.id!, method, status, route })
    }

  // A body that breaks off, and a WebSocket, have no answer with an id to read.
  const broken = connect(port, '127.0.0.1')
  broken.write('POST /r/body HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc', () =>
    setTimeout(() => broken.destroy(), 200),
  )
  await once(broken, 'close')
  const handshake = requestHTTP1(`${url}/r/socket`, {
    headers: {
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    },
  })
  handshake.end()
  const [, socket] = await once(handshake, 'upgrade')
  // RFC 6455, section 5.5.1: a masked close frame with the status 1000.
  socket.write(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]))
  socket.resume()
  await once(socket, 'close')
  // A request that is answered in the drain.
  const held = byHTTP1(url)('GET', '/r/held')
  await until(/"message":"held"|info {2}held/)
  session.close()
  child.kill('SIGTERM')
  const { id, status } = await held
  expected.push({ id: id!, method: 'GET', status, route: '/r/held' })
  expect(status).toBe(200)
  const [code] = await once(child, 'close')
  expect(code).toBe(0)

  const lines = output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  const access = lines.filter(({ ms, method }) => ms !== undefined && method !== undefined)
  const spans = otlp.spans.filter(({ kind }) => kind === KIND.server)
  for (const { id, method, status, route } of expected) {
    const found = spans.filter(({ traceId }) => traceId === id)
    const facts = found.map(({ attributes }) => [
      attributes['http.request.method'],
      attributes['http.response.status_code'],
      attributes['http.route'],
    ])
    expect(facts).toEqual([[method, status, route]])
    expect(access.filter((line) => line.id === id)).toMatchObject([
      { method, status, ...(route && { route }) },
    ])
  }
  const [cut] = spans.filter(
    ({ attributes }) =>
      attributes['http.route'] === '/r/body' && attributes['http.response.status_code'] !== 413,
  )
  expect(cut?.attributes['error.type']).toBeDefined()
  const [upgraded] = spans.filter(({ attributes }) => attributes['http.response.status_code'] === 101)
  expect(upgraded?.attributes['http.route']).toBe('/r/socket')
  for (const span of [cut!, upgraded!])
    expect(access.filter((line) => line.id === span.traceId).length).toBe(1)

  // The lines of the work of a request have its id.
  const inside = lines.filter(({ message }) => message === 'inside').map((line) => line.id)
  const looked = expected.filter(({ route }) => route === '/r/json/:id').map(({ id }) => id)
  expect(inside.sort()).toEqual(looked.sort())

  // Nothing else: one span and one line for each request, and each in one point.
  expect(spans.length).toBe(expected.length + 2)
  expect(access.length).toBe(expected.length + 2)
  const points = otlp.points.filter(({ metric }) => metric === 'http.server.request.duration')
  const keyOf = (route: unknown, status: unknown) => `${route} ${status}`
  const counted = new Map<string, number>()
  for (const { attributes, count = 0 } of points) {
    const key = keyOf(attributes['http.route'], attributes['http.response.status_code'])
    counted.set(key, (counted.get(key) ?? 0) + count)
  }
  const wanted = new Map<string, number>()
  for (const { attributes } of spans) {
    const key = keyOf(attributes['http.route'], attributes['http.response.status_code'])
    wanted.set(key, (wanted.get(key) ?? 0) + 1)
  }
  expect(Object.fromEntries([...counted].sort())).toEqual(Object.fromEntries([...wanted].sort()))
})
