// Features together on connections: what one of them begins, the others must end.

import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { connect as connectHTTP2 } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync } from 'node:zlib'
import {
  defineAuth,
  defineRoutes,
  defineSession,
  download,
  file,
  form,
  mountNode,
  proxy,
  reply,
  serveFiles,
} from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { deferred, listening } from './listening.ts'
import { headerOf, RawConnection } from './raw-client.ts'
import { ACCEPTED, RawWebSocket } from './raw-websocket.ts'
import { recordingApp } from './recording.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'myfy-features-'))
  // What other tests leave in the common one must not be taken for a rest.
  process.env.TMPDIR = directory
})
afterAll(() => rm(directory, { recursive: true }))
const leftovers = async () => (await readdir(directory)).filter((name) => name.startsWith('myfy-upload-'))

const tls = (name: string) => fileURLToPath(new URL(`./fixtures/tls/${name}`, import.meta.url))
const certificate = { key: tls('a.key'), cert: tls('a.crt') }
const bearer = defineAuth({
  scheme: 'bearer',
  authenticate: ({ token }) => (token === 's3cret' ? { name: 'ada' } : undefined),
})
const boundary = 'XX'
const type = { 'Content-Type': `multipart/form-data; boundary=${boundary}` }
const fileHead = `--${boundary}\r\nContent-Disposition: form-data; name="a"; filename="a.bin"\r\n\r\n`
const tail = `\r\n--${boundary}--\r\n`

describe('an upload', () => {
  const goOn = deferred()
  const routes = defineRoutes('/files', (route) => {
    route.post('/stored', { body: form({ a: file({ max: '10mb' }) }) }, ({ body, url, id }) => ({
      size: body.a.size,
      scheme: url.protocol,
      id,
    }))
    route.post('/slow', { body: form({ a: file() }), timeout: 1 }, () => goOn.promise)
    route.get('/', () => 'list')
  })

  test('passes from HTTP/2 through a proxy, with the scheme and the id of the first request', async () => {
    const inner = await listening({ web: { routes: [routes] }, transport: { trustProxy: ['127.0.0.1'] } })
    const outer = await listening({
      web: { routes: [proxy('/old', `${inner.url}/files`, { bodyLimit: 1_000_000 })] },
      transport: { tls: certificate },
    })
    const session = connectHTTP2(outer.url, { rejectUnauthorized: false })
    onTestFinished(() => session.destroy())
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const send = async (bytes: number) => {
      const stream = session.request({
        ':method': 'POST',
        ':path': '/old/stored',
        'content-type': type['Content-Type'],
        traceparent,
      })
      stream.end(fileHead + 'x'.repeat(bytes) + tail)
      let status = 0
      let text = ''
      stream.on('response', (headers) => {
        status = Number(headers[':status'])
      })
      stream.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      await new Promise((resolve) => stream.on('close', resolve))
      return [status, JSON.parse(text)]
    }
    const id = '0af7651916cd43dd8448eb211c80319c'
    expect(await send(300_000)).toEqual([200, { size: 300_000, scheme: 'https:', id }])
    expect(await send(1_000_001)).toEqual([413, expect.objectContaining({ status: 413 })])
    await inner.app.inFlight.whenIdle()
    expect(await leftovers()).toEqual([])
  })

  test('whose stream the client resets leaves nothing, and the connection lives', async () => {
    const server = await listening({ web: { routes: [routes] }, transport: { http2: true } })
    const session = connectHTTP2(server.url)
    onTestFinished(() => session.destroy())
    const stream = session.request({
      ':method': 'POST',
      ':path': '/files/stored',
      'content-type': type['Content-Type'],
    })
    stream.on('error', () => {})
    stream.write(fileHead + 'x'.repeat(50_000))
    while ((await leftovers()).length === 0) await new Promise(setImmediate)
    stream.close(8)
    await server.app.inFlight.whenIdle()
    expect(await leftovers()).toEqual([])
    const next = session.request({ ':path': '/files' })
    expect(
      await new Promise((resolve) => next.on('response', (headers) => resolve(headers[':status']))),
    ).toBe(200)
  })

  test('whose handler takes too long is a 503, and its file is removed when the handler ends', async () => {
    const server = await listening({ web: { routes: [routes] } })
    const connection = new RawConnection({ port: server.port! })
    const body = `${fileHead}kept${tail}`
    expect((await connection.request('POST', '/files/slow', type, body).response()).status).toBe(503)
    connection.close()
    goOn.resolve()
    await server.app.inFlight.whenIdle()
    expect(await leftovers()).toEqual([])
  })

  test('is sent by the typed client, whose answers are by status', async () => {
    const typed = defineRoutes('/typed', { auth: bearer }, (route) => [
      route.post(
        '/:folder',
        {
          body: form({ title: z.string(), a: file() }),
          responses: { 201: z.object({ path: z.string() }), 409: z.object({ taken: z.string() }) },
        },
        ({ body, params }) =>
          body.title === 'taken'
            ? reply(409, { taken: body.title })
            : { path: `${params.folder}/${body.a.name}` },
      ),
    ])
    await using client = await createTestClient({ routes: [typed] })
    const send = (title: string, headers = { authorization: 'Bearer s3cret' }) => {
      const body = new FormData()
      body.append('title', title)
      body.append('a', new Blob(['x']), 'a.txt')
      return client.api.post('/typed/:folder', { params: { folder: 'in box' }, body, headers })
    }
    const created = await send('new')
    expect(created.status === 201 && created.data.path).toBe('in box/a.txt')
    const taken = await send('taken')
    expect(taken.status === 409 && taken.data.taken).toBe('taken')
    expect((await send('new', { authorization: 'Bearer wrong' })).status).toBe(401)
  })
})

describe('a WebSocket', () => {
  const session = defineSession<{ seen: number }>({ password: 'a secret of at least 32 characters' })
  const ended: string[] = []
  const routes = defineRoutes(
    '/live',
    { auth: bearer, rateLimit: { points: 3, per: '60s' }, inject: { session } },
    (route) => [
      route.websocket(
        '/:room',
        { protocols: ['chat.v2', 'chat.v1'], message: z.object({ say: z.string() }) },
        async ({ identity, session, params }) => {
          await session.update({ seen: 1 })
          return {
            open: (peer) => void peer.send(`${identity.name} in ${params.room}`),
            message: (peer, { say }) => void peer.send(say.toUpperCase()),
            close: (_peer, { code }) => void ended.push(`${params.room} ${code}`),
          }
        },
      ),
    ],
  )
  const authorization = 'Bearer s3cret'

  test('passes authentication and the limit, agrees on a protocol, keeps the session, and ends with the drain', async () => {
    const server = await listening({ web: { routes: [routes], compression: true, cors: {} } })
    const open = (room: string, headers: Record<string, string>) =>
      RawWebSocket.open(`${server.url}/live/${room}`, headers)
    const { response: refused } = await open('a', { authorization: 'Bearer wrong' })
    expect([refused.statusCode, refused.headers['www-authenticate']]).toEqual([
      401,
      expect.stringContaining('Bearer'),
    ])
    const socket = await open('b', { authorization, 'sec-websocket-protocol': 'chat.v0, chat.v1' })
    expect([socket.response.statusCode, socket.response.headers]).toMatchObject([
      101,
      {
        'sec-websocket-protocol': 'chat.v1',
        'sec-websocket-accept': ACCEPTED,
        'set-cookie': [expect.stringMatching(/^session=/)],
        'x-request-id': expect.stringMatching(/^[0-9a-f]{32}$/),
      },
    ])
    expect(await socket.next()).toBe('ada in b')
    socket.send(JSON.stringify({ say: 'hi' }))
    expect(await socket.next()).toBe('HI')
    const { response: none } = await open('c', { authorization, 'sec-websocket-protocol': 'chat.v0' })
    expect([none.statusCode, none.headers['sec-websocket-protocol']]).toEqual([101, undefined])
    expect((await open('d', { authorization })).response.statusCode).toBe(429)
    const draining = server.drain()
    expect(await socket.next()).toBe(1001)
    await draining
    await server.app.inFlight.whenIdle()
    expect(ended).toContain('b 1001')
  })

  test('is served beside HTTP/2 under TLS', async () => {
    const server = await listening({ web: { routes: [routes] }, transport: { tls: certificate } })
    const headers = { authorization, 'sec-websocket-protocol': 'chat.v2' }
    const socket = await RawWebSocket.open(`${server.url}/live/tls`, headers)
    expect([await socket.next(), socket.response.headers['sec-websocket-protocol']]).toEqual([
      'ada in tls',
      'chat.v2',
    ])
  })
})

describe('a download', () => {
  test('that a HEAD asks for opens nothing, and a source is closed when the client leaves', async () => {
    const cancelled = deferred()
    let opened = 0
    const routes = defineRoutes('', (route) => {
      route.get('/stream', () => {
        opened++
        return download(
          new ReadableStream<Uint8Array>({
            pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
            cancel: () => cancelled.resolve(),
          }) as never,
          { name: 'endless.bin' },
        )
      })
    })
    const server = await listening({ web: { routes: [routes], compression: true } })
    const head = new RawConnection({ port: server.port! })
    const response = await head.request('HEAD', '/stream').response('HEAD')
    expect([response.status, headerOf(response, 'content-disposition')]).toEqual([
      200,
      'attachment; filename="endless.bin"',
    ])
    await cancelled.promise
    head.close()
    expect(opened).toBe(1)
    await server.app.inFlight.whenIdle()
  })

  test('of a precompressed file is that file, and a range of it is one of its bytes', async () => {
    const site = join(directory, 'site')
    await mkdir(site)
    const text = 'body { color: red }\n'.repeat(200)
    await writeFile(join(site, 'a.css'), text)
    await writeFile(join(site, 'a.css.br'), brotliCompressSync(text))
    const server = await listening({
      web: { routes: [serveFiles('/site', site)], compression: true, etag: true },
    })
    const ask = async (headers: Record<string, string>) => {
      const connection = new RawConnection({ port: server.port! })
      const answer = await connection.request('GET', '/site/a.css', headers).response()
      connection.close()
      return answer
    }
    const encoded = await ask({ 'Accept-Encoding': 'br' })
    expect([headerOf(encoded, 'content-encoding'), encoded.body]).toEqual(['br', brotliCompressSync(text)])
    const part = await ask({ 'Accept-Encoding': 'br', Range: 'bytes=0-3' })
    expect(part.status).toBe(206)
    expect(part.body).toEqual(
      headerOf(part, 'content-encoding') === 'br'
        ? brotliCompressSync(text).subarray(0, 4)
        : Buffer.from('body'),
    )
    const plain = await ask({})
    expect([headerOf(plain, 'content-encoding'), plain.body.toString()]).toEqual([undefined, text])
    expect(headerOf(plain, 'etag')).not.toBe(headerOf(encoded, 'etag'))
  })
})

test('a key in the query is in no access line, no problem and no log', async () => {
  const { logger, lines } = recordingApp()
  const key = defineAuth({ scheme: 'apiKey', query: 'api_key', authenticate: () => undefined })
  const routes = defineRoutes('/q', { auth: key }, (route) => [
    route.get('/', () => 'never'),
    route.get('/boom', { auth: false }, () => {
      throw new Error('cannot fetch http://other/?api_key=hunter2secret')
    }),
  ])
  const server = await listening({ web: { routes: [routes], accessLog: {} }, logger })
  const texts = [
    await (await fetch(`${server.url}/q?api_key=hunter2secret`)).text(),
    await (await fetch(`${server.url}/q/boom?api_key=hunter2secret`)).text(),
  ]
  await server.app.inFlight.whenIdle()
  expect(lines.length).toBeGreaterThan(1)
  const everything = `${texts} ${JSON.stringify(lines)} ${lines.map(({ fields }) => String((fields as { err?: Error }).err?.stack))}`
  expect(everything).not.toContain('hunter2secret')
})

describe('an application of node:http below a prefix', () => {
  const echo = async () => {
    const { default: createAdapter } = await import('crossws/adapters/node')
    return createAdapter({
      hooks: {
        open: (peer) => void peer.send(peer.request.url.replace(/^.*?\/\/[^/]+/, '')),
        message: (peer, message) => void peer.send(message.text()),
      },
    })
  }
  const answering = (_request: IncomingMessage, response: ServerResponse) => void response.end('legacy')
  test.each([
    ['HTTP', {}],
    ['TLS beside HTTP/2', { tls: certificate }],
  ])('speaks WebSocket over %s, and the drain closes its connections with 1001', async (_, transport) => {
    const sockets = await echo()
    const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      void sockets.handleUpgrade(request, socket, head)
    const around: string[] = []
    const server = await listening({
      web: {
        routes: [mountNode('/legacy', answering, { upgrade })],
        middleware: [
          ({ path }, next) => {
            around.push(path)
            return next()
          },
        ],
      },
      transport,
    })
    const socket = await RawWebSocket.open(`${server.url}/legacy/live?room=7`)
    expect(await socket.next()).toBe('/live?room=7')
    socket.send('hello')
    expect(await socket.next()).toBe('hello')
    expect(around).toEqual(['/legacy/live'])
    expect(server.app.inFlight.list().map(({ kind }) => kind)).toEqual(['websocket'])
    const draining = server.drain()
    expect(await socket.next()).toBe(1001)
    await draining
    await server.app.inFlight.whenIdle()
  })

  test('that fails during an upgrade, or does not answer it before the drain, is cut', async () => {
    const { logger, lines } = recordingApp()
    const begun = deferred()
    const server = await listening({
      web: {
        routes: [
          mountNode('/failing', answering, { upgrade: async () => Promise.reject(new Error('no adapter')) }),
          mountNode('/silent', answering, { upgrade: () => begun.resolve() }),
        ],
      },
      logger,
    })
    await expect(RawWebSocket.open(`${server.url}/failing`)).rejects.toThrow('socket hang up')
    expect(lines.map(({ message }) => message)).toContain('the upgrade of ANY /failing/** failed')
    const silent = RawWebSocket.open(`${server.url}/silent`)
    const cut = expect(silent).rejects.toThrow('socket hang up')
    await begun.promise
    const draining = server.drain()
    await cut
    await draining
    await server.app.inFlight.whenIdle()
  })

  test('without `upgrade` answers a handshake like any request', async () => {
    const server = await listening({ web: { routes: [mountNode('/legacy', answering)] } })
    const connection = new RawConnection({ port: server.port! })
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket' }
    expect((await connection.request('GET', '/legacy/x', headers).response()).body.toString()).toBe('legacy')
    connection.close()
    expect(() => mountNode('/a', answering, { upgrade: true as never })).toThrow(
      '`upgrade` is not a function',
    )
  })
})
