// HTTPS: ALPN, a certificate that is renewed under load, and the errors of its options.

import { copyFile, mkdtemp, rename, rm, symlink } from 'node:fs/promises'
import { connect as connectHTTP2 } from 'node:http2'
import { Agent, get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { OptionError } from '@myfy/core'
import { defineRoutes, mountNode, TLSError } from '@myfy/web'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listening } from '../../listening.ts'
import { RawConnection } from '../../raw-client.ts'

const fixture = (name: string) => fileURLToPath(new URL(`../../fixtures/tls/${name}`, import.meta.url))
const a = { key: fixture('a.key'), cert: fixture('a.crt') }

const routes = defineRoutes('', (route) => {
  route.get('/url', ({ url }) => ({ url: url.href }))
  route.post('/length', async ({ request }) => (await request.text()).length)
  route.websocket('/ws', () => ({ message: (peer, message) => void peer.send(message.text()) }))
})

const secure = (port: number, protocols: string[]): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: protocols })
    socket.on('secureConnect', () => resolve(socket)).on('error', reject)
  })

/** The status, the version of HTTP and the name in the certificate of one request on a new connection. */
const ask = (url: string, path = '/url') =>
  new Promise<{ status: number; version: string; name: string; body: string }>((resolve, reject) => {
    const agent = new Agent({ rejectUnauthorized: false })
    get(url + path, { agent }, (response) => {
      const name = String((response.socket as TLSSocket).getPeerCertificate().subject.CN)
      let body = ''
      response.on('data', (chunk) => {
        body += chunk
      })
      response.on('end', () =>
        resolve({ status: response.statusCode!, version: response.httpVersion, name, body }),
      )
    }).on('error', reject)
  })

/** The same over HTTP/2. */
const askHTTP2 = (url: string, path = '/url') =>
  new Promise<{ status: number; body: string }>((resolve, reject) => {
    const session = connectHTTP2(url, { rejectUnauthorized: false }).on('error', reject)
    const stream = session.request({ ':path': path })
    let status = 0
    let body = ''
    stream.on('response', (headers) => {
      status = Number(headers[':status'])
    })
    stream.on('data', (chunk) => {
      body += chunk
    })
    stream.on('end', () => {
      session.close()
      resolve({ status, body })
    })
  })

test('a client chooses HTTP/2 or HTTP/1.1 by ALPN, and without it speaks HTTP/1.1', async () => {
  const { url, port } = await listening({ web: { routes: [routes] }, transport: { tls: a } })
  expect(url).toBe(`https://127.0.0.1:${port}`)
  for (const [offered, chosen] of [
    [['h2', 'http/1.1'], 'h2'],
    [['http/1.1', 'h2'], 'h2'],
    [['http/1.1'], 'http/1.1'],
    [[], false],
  ] as const) {
    const socket = await secure(port, [...offered])
    expect(socket.alpnProtocol).toBe(chosen)
    socket.destroy()
  }
  expect(await ask(url)).toMatchObject({ status: 200, version: '1.1', body: `{"url":"${url}/url"}` })
  expect(await askHTTP2(url)).toEqual({ status: 200, body: `{"url":"${url}/url"}` })
})

test('http2: false offers HTTP/1.1 only', async () => {
  const { port, url } = await listening({ web: { routes: [routes] }, transport: { tls: a, http2: false } })
  const socket = await secure(port, ['h2', 'http/1.1'])
  expect(socket.alpnProtocol).toBe('http/1.1')
  socket.destroy()
  expect((await ask(url)).status).toBe(200)
})

test('a WebSocket opens over TLS', async () => {
  const { port } = await listening({ web: { routes: [routes] }, transport: { tls: a } })
  const socket = await secure(port, ['http/1.1'])
  socket.write(
    'GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  const head = await new Promise<string>((resolve) => socket.once('data', (bytes) => resolve(String(bytes))))
  expect(head).toMatch(/^HTTP\/1\.1 101 /)
  socket.destroy()
})

test('a handler of node:http answers over HTTP/2', async () => {
  const mounted = mountNode('/node', (request, response) => {
    response.setHeader('connection', 'close')
    response.end(`${request.method} ${request.url} ${request.socket.remoteAddress}`)
  })
  const { url } = await listening({ web: { routes: [mounted] }, transport: { tls: a } })
  expect(await askHTTP2(url, '/node/a?b=c')).toEqual({ status: 200, body: 'GET /a?b=c 127.0.0.1' })
})

describe('without TLS, http2: true', () => {
  test('recognizes HTTP/2 by its preface, also in pieces, and leaves HTTP/1.1 as it is', async () => {
    const { url, port } = await listening({ web: { routes: [routes] }, transport: { http2: true } })
    expect((await askHTTP2(url)).status).toBe(200)
    const connection = new RawConnection({ port })
    for (const byte of 'POST /length HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello')
      connection.send(byte)
    expect((await connection.response()).body.toString()).toBe('5')
    expect(
      (await connection.request('POST', '/length', {}, 'x'.repeat(100_000)).response()).body.toString(),
    ).toBe('100000')
    connection.close()
    const broken = new RawConnection({ port }).send('PRI * HTTP/2.0\r\n\r\nXX')
    expect(await broken.rest()).not.toContain('200')
  })
})

describe('a certificate', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'myfy-'))
  })
  afterAll(() => rm(directory, { recursive: true }))

  test('that is replaced under load serves the next connections, and no request fails', async () => {
    // As Kubernetes mounts it: the files are links into a directory that is replaced.
    const [key, cert] = [join(directory, 'tls.key'), join(directory, 'tls.crt')]
    const link = async (name: string) => {
      for (const [target, path] of [
        [fixture(`${name}.key`), key],
        [fixture(`${name}.crt`), cert],
      ] as const) {
        await symlink(target, `${path}.new`)
        await rename(`${path}.new`, path)
      }
    }
    await link('a')
    const { url } = await listening({ web: { routes: [routes] }, transport: { tls: { key, cert } } })
    const failed: unknown[] = []
    const names = new Set<string>()
    let seen = () => {}
    const renewed = new Promise<void>((resolve) => {
      seen = resolve
    })
    let over = false
    const clients = Array.from({ length: 4 }, async () => {
      while (!over) {
        try {
          const { status, name } = await ask(url)
          names.add(name)
          if (status !== 200) failed.push(status)
          if (name === 'b.test') seen()
        } catch (error) {
          failed.push(error)
        }
      }
    })
    while (names.size === 0) await new Promise(setImmediate)
    await link('b')
    await renewed
    over = true
    await Promise.all(clients)
    expect([[...names], failed]).toEqual([['a.test', 'b.test'], []])
  })

  test('whose new key does not fit yet leaves the old one in use, with a warning', async () => {
    const [key, cert] = [join(directory, 'half.key'), join(directory, 'half.crt')]
    await copyFile(a.key, key)
    await copyFile(a.cert, cert)
    let warned = (_: string) => {}
    const warning = new Promise<string>((resolve) => {
      warned = resolve
    })
    const logger = {
      debug() {},
      info() {},
      warn: (_fields: object, message: string) => warned(message),
      error() {},
    }
    const { url } = await listening({ web: { routes: [routes] }, transport: { tls: { key, cert } }, logger })
    await copyFile(fixture('b.key'), key)
    expect(await warning).toBe('the TLS certificate is not renewed')
    expect((await ask(url)).name).toBe('a.test')
  })

  test.each([
    [{ key: fixture('a.key'), cert: fixture('b.crt') }, 'Cannot use the certificate'],
    [{ key: '/none.key', cert: fixture('a.crt') }, 'Cannot read the key /none.key: ENOENT'],
    [{ key: fixture('a.key'), cert: fixture('../drain.ts') }, 'Cannot use the certificate'],
  ])('%j is refused at the start', async (tls, message) => {
    const start = listening({ transport: { tls }, manual: true })
    await expect(start).rejects.toThrow(TLSError)
    await expect(start).rejects.toThrow(message)
  })

  test('without a path is refused', async () => {
    const start = listening({ transport: { tls: { key: undefined as never, cert: a.cert } }, manual: true })
    await expect(start).rejects.toThrow(OptionError)
    await expect(start).rejects.toThrow('Cannot configure tls.key: it is not the path of a file.')
  })
})
