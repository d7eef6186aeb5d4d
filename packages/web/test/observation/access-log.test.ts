import { once } from 'node:events'
import { connect } from 'node:net'
import { Application, consoleLogger, type Logger } from '@myfy/core'
import { defineRoutes, WebModule } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import WebSocket from 'crossws/websocket'
import pino from 'pino'
import { describe, expect, test } from 'vitest'
import { deferred, listening } from '../listening.ts'
import { type Line, recordingApp } from '../recording.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
// The example of W3C Trace Context, section 3.2.
const TRACEPARENT = `00-${TRACE}-00f067aa0ba902b7-01`

const routes = [
  defineRoutes('/r', (route) => {
    route.get('/text', () => 'grüß')
    route.get('/boom', () => {
      throw new Error('out of order')
    })
  }),
]

const access = (lines: readonly Line[]) =>
  lines.flatMap(({ fields }) => ('method' in fields ? [fields as Record<string, unknown>] : []))

/** Waits until the access lines are written: the client may have read an answer before its end is known here. */
const written = (lines: readonly Line[], count = 1) =>
  expect.poll(() => access(lines).length).toBeGreaterThanOrEqual(count)

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
    expect(lines.map(({ fields }) => fields)).toEqual([
      { id, ms: expect.any(Number), status: 400, bytes: expect.any(Number) },
    ])
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
