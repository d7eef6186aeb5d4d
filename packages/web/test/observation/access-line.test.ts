// One access line for each request, on every way and for every kind of answer.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { childLogger, consoleLogger, type Logger } from '@myfy/core'
import { request as requestScoped } from '@myfy/di'
import {
  CurrentRequest,
  defineRoutes,
  errors,
  mount,
  mountNode,
  proxy,
  redirect,
  serveFiles,
} from '@myfy/web'
import pino from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Line, recordingApp } from '../recording.ts'
import { type Sent, ways } from '../ways.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
// The example of W3C Trace Context, section 3.2.
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`

const Greeter = requestScoped({ current: CurrentRequest }, ({ current }) => ({
  greet: () => current.logger.info({}, 'greeting'),
}))

const directory = mkdtempSync(join(tmpdir(), 'myfy-access-'))
const behind = createServer((_request, response) => void response.writeHead(202).end('behind'))
let address = ''
beforeAll(async () => {
  writeFileSync(join(directory, 'ten.txt'), '0123456789')
  await new Promise<void>((resolve) => void behind.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(behind.address() as AddressInfo).port}`
})
afterAll(() => {
  behind.close()
  rmSync(directory, { recursive: true })
})

const routes = () => [
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
    route.get('/away', () => redirect('/r/text'))
    route.get('/tagged', { etag: true }, () => ({ ok: true }))
    route.get('/boom', () => {
      throw new Error('out of order')
    })
    route.get('/refused', () => {
      throw errors.conflict('taken')
    })
    route.get(
      '/late',
      { timeout: 20 },
      ({ signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
    )
    route.post('/body', { bodyLimit: 10 }, async ({ request }) => request.text())
    route.post('/valid', { body: z.object({ name: z.string() }) }, ({ body }) => body)
    route.get('/response', () => new Response('12345', { headers: { 'x-request-id': 'own' } }))
    route.websocket('/socket', () => ({}))
  }),
  mount('/web', () => new Response('1234')),
  mountNode('/node', (_request, response) => {
    response.writeHead(201).write('ab', () => response.end('c'))
  }),
  proxy('/proxied', address),
  proxy('/unreachable', 'http://127.0.0.1:9'),
  serveFiles('/files', directory),
]

interface Case extends Sent {
  readonly path: string
  readonly line: object
}

const text = { 'content-type': 'text/plain' }
const cases: Readonly<Record<string, Case>> = {
  'an object': { path: '/r/json/1', line: { route: '/r/json/:id', status: 200, bytes: 11 } },
  'a HEAD': { method: 'HEAD', path: '/r/json/1', line: { route: '/r/json/:id', status: 200, bytes: 0 } },
  'a text': { path: '/r/text', line: { route: '/r/text', status: 200, bytes: 6 } },
  nothing: { path: '/r/empty', line: { route: '/r/empty', status: 204, bytes: 0 } },
  bytes: { path: '/r/bytes', line: { route: '/r/bytes', status: 200, bytes: 10 } },
  'a stream': { path: '/r/stream', line: { route: '/r/stream', status: 200, bytes: 5 } },
  events: { path: '/r/events', line: { route: '/r/events', status: 200 } },
  'a redirect': { path: '/r/away', line: { route: '/r/away', status: 302 } },
  'an unchanged answer': {
    path: '/r/tagged',
    headers: { 'if-none-match': '*' },
    line: { route: '/r/tagged', status: 304, bytes: 0 },
  },
  'an unknown error': { path: '/r/boom', line: { route: '/r/boom', status: 500 } },
  'a refusal': { path: '/r/refused', line: { route: '/r/refused', status: 409 } },
  'a timeout': { path: '/r/late', line: { route: '/r/late', status: 503 } },
  'an unknown path': { path: '/nowhere', line: { status: 404 } },
  'an unknown method': { method: 'DELETE', path: '/r/text', line: { status: 405 } },
  'an unknown OPTIONS': { method: 'OPTIONS', path: '/r/text', line: { status: 204, bytes: 0 } },
  'a body that is too large': {
    method: 'POST',
    path: '/r/body',
    headers: text,
    body: 'more than ten bytes',
    line: { route: '/r/body', status: 413 },
  },
  'a body that is not valid': {
    method: 'POST',
    path: '/r/valid',
    headers: { 'content-type': 'application/json' },
    body: '{}',
    line: { route: '/r/valid', status: 422 },
  },
  'a body of an unknown type': {
    method: 'POST',
    path: '/r/valid',
    headers: text,
    body: 'x',
    line: { route: '/r/valid', status: 415 },
  },
  'a WebSocket without its handshake': { path: '/r/socket', line: { route: '/r/socket', status: 426 } },
  'a mounted handler': { path: '/web/x', line: { route: '/web/**', status: 200, bytes: 4 } },
  'a handler of node': { path: '/node/x', line: { route: '/node/**', status: 201, bytes: 3 } },
  'a proxy': { path: '/proxied/x', line: { route: '/proxied/**', status: 202, bytes: 6 } },
  'a proxy to nothing': { path: '/unreachable/x', line: { route: '/unreachable/**', status: 502 } },
  'a file': { path: '/files/ten.txt', line: { route: '/files/**', status: 200, bytes: 10 } },
  'a part of a file': {
    path: '/files/ten.txt',
    headers: { range: 'bytes=2-4' },
    line: { route: '/files/**', status: 206, bytes: 3 },
  },
  'a missing file': { path: '/files/eleven.txt', line: { route: '/files/**', status: 404 } },
}

const access = (lines: readonly Line[]) =>
  lines.flatMap(({ fields }) => ('method' in fields ? [fields as Record<string, unknown>] : []))

/** A logger that passes its lines on to several. */
const tee = (loggers: readonly Logger[]): Logger => ({
  debug: (fields, message) => loggers.forEach((one) => void one.debug(fields, message)),
  info: (fields, message) => loggers.forEach((one) => void one.info(fields, message)),
  warn: (fields, message) => loggers.forEach((one) => void one.warn(fields, message)),
  error: (fields, message) => loggers.forEach((one) => void one.error(fields, message)),
  child: (fields) => tee(loggers.map((one) => childLogger(one, fields))),
})

interface WrittenError {
  readonly message?: string
  readonly stack?: string
  readonly cause?: WrittenError
}

interface Written {
  readonly level: string | number
  readonly msg?: string
  readonly message?: string
  readonly err?: WrittenError
  readonly [field: string]: unknown
}

/** What a line tells, without what belongs to the form of a logger. */
function factsOf({ level, time: _time, pid: _pid, hostname: _host, msg, message, err, ...fields }: Written) {
  const levels: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error' }
  return {
    level: levels[Number(level)] ?? level,
    message: msg ?? message,
    // Only pino has the frames of the framework. It joins the stacks of causes, which begin below.
    stack: err?.stack
      ?.split('\ncaused by')[0]
      ?.split('\n')
      .filter((line) => !/\/packages\/|node:/.test(line))
      .slice(0, 2),
    fields,
  }
}

describe.each(Object.entries(ways))('a request by %s', (_way, open) => {
  const opened = async () => {
    const { logger, lines } = recordingApp()
    return { lines, ...(await open({ logger, routes: routes(), accessLog: true })) }
  }

  test.each(Object.entries(cases))(
    'for %s has one access line, with the id of its answer',
    async (_case, one) => {
      const { lines, send, idle } = await opened()
      const { path, line, method = 'GET', ...rest } = one
      const { status, headers, body } = await send(path, { method, ...rest })
      // The client may have read an answer before its end is known here.
      await expect.poll(() => access(lines)).toHaveLength(1)
      await idle()
      const id = headers.get('x-request-id')
      expect(id).toMatch(/^[\da-f]{32}$/)
      expect(access(lines)).toEqual([
        {
          id,
          method,
          ms: expect.any(Number),
          bytes: expect.any(Number),
          ...line,
        },
      ])
      const [{ ms, bytes, status: logged }] = access(lines) as [{ ms: number; bytes: number; status: number }]
      expect(ms).toBeGreaterThanOrEqual(0)
      expect(logged).toBe(status)
      if (method !== 'HEAD') expect(bytes).toBe(body.byteLength)
      if (status >= 400) expect(JSON.parse(String(body))).toMatchObject({ status, id })
      const others = lines.filter(({ fields }) => !('method' in fields))
      for (const { fields } of others) expect(fields).toMatchObject({ id })
      if (path.startsWith('/r/json'))
        expect(others.map(({ message }) => message)).toEqual(['working', 'greeting'])
      if (status === 500) expect(others.map(({ level }) => level)).toEqual(['error'])
    },
  )

  test('has the same facts in pino and on the console, in JSON and in text', async () => {
    const inPino: string[] = []
    const inJSON: string[] = []
    const inText: string[] = []
    const logger = tee([
      pino({}, { write: (line: string) => void inPino.push(line) }),
      consoleLogger({ json: true, write: (line) => inJSON.push(line) }),
      consoleLogger({ json: false, color: false, write: (line) => inText.push(line) }),
    ])
    const { send, idle } = await open({ logger, routes: routes(), accessLog: true })
    for (const { path, method = 'GET', line: _, ...rest } of Object.values(cases))
      await send(path, { method, ...rest })
    await idle()
    const parsed = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as Written)
    await expect
      .poll(() => parsed(inPino).filter(({ method }) => method !== undefined))
      .toHaveLength(Object.keys(cases).length)
    expect(parsed(inJSON).map(factsOf)).toEqual(parsed(inPino).map(factsOf))
    for (const [i, { message, id, bytes, err }] of parsed(inJSON).entries()) {
      expect(inText[i]).toContain(message)
      expect(inText[i]).toContain(`id=${String(id)}`)
      if (bytes !== undefined) expect(inText[i]).toContain(`bytes=${String(bytes)}`)
      // pino joins the messages and the stacks of causes.
      for (let at = err; at?.message !== undefined; at = at.cause)
        for (const text of [inPino[i], inText[i]]) expect(text).toContain(at.message)
    }
  })

  test('keeps the id of its trace, and not the one that a client made up', async () => {
    const { send } = await opened()
    const idOf = async (path: string, headers: Record<string, string>) =>
      (await send(path, { headers })).headers.get('x-request-id')
    expect(await idOf('/r/text', { traceparent: TRACEPARENT, 'x-request-id': 'made-up' })).toBe(TRACE)
    expect(await idOf('/r/text', { 'x-request-id': 'made-up' })).toMatch(/^[\da-f]{32}$/)
    expect(await idOf('/r/response', {})).toBe('own')
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
    const { send } = await opened()
    const { headers } = await send('/r/text', { headers: { traceparent } })
    expect(headers.get('x-request-id')).toMatch(/^[\da-f]{32}$/)
    expect(headers.get('x-request-id')).not.toBe(TRACE)
  })
})
