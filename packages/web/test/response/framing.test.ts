// The framing of answers: RFC 9112 section 6, RFC 9110 sections 7.6.1, 8.6, 15.3.5 and 15.4.5.

import { createReadStream } from 'node:fs'
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { defineRoutes, mount } from '@myfy/web'
import { describe, expect, onTestFinished, test } from 'vitest'
import { frame, mergeHeaders } from '../../src/response/framing.ts'
import { listening } from '../listening.ts'
import { headerOf, RawConnection } from '../raw-client.ts'
import { recordingApp } from '../recording.ts'

async function* stream() {
  yield 'abc'
}

describe('an answer', () => {
  const known = (status: number, body: string | null, ...headers: string[]) => ({ status, headers, body })
  test.each([
    ['has the length of its text in bytes', known(200, 'é'), 'GET', ['content-length', '2'], 'é'],
    [
      'has one length, its own',
      known(200, 'abc', 'Content-Length', '9'),
      'GET',
      ['content-length', '3'],
      'abc',
    ],
    ['without a body has the length 0', known(200, null), 'GET', ['content-length', '0'], null],
    [
      'without a body is not as long as it says',
      known(200, null, 'content-length', '5'),
      'GET',
      ['content-length', '0'],
      null,
    ],
    ['to HEAD has the length of the body to GET', known(200, 'abc'), 'HEAD', ['content-length', '3'], null],
    [
      'to HEAD may announce a length without a body',
      known(200, null, 'content-length', '5'),
      'HEAD',
      ['content-length', '5'],
      null,
    ],
    ['of 204 has no length', known(204, 'abc', 'content-length', '3'), 'GET', [], null],
    [
      'of 304 has no length',
      known(304, null, 'content-length', '3', 'etag', '"a"'),
      'GET',
      ['etag', '"a"'],
      null,
    ],
    [
      'of 304 has what updates a cache, and nothing of a body',
      known(
        304,
        null,
        'Content-Type',
        'text/html',
        'Content-Encoding',
        'br',
        'Vary',
        'a',
        'Cache-Control',
        'no-cache',
      ),
      'GET',
      ['Vary', 'a', 'Cache-Control', 'no-cache'],
      null,
    ],
    ['of 205 has no body', known(205, 'abc'), 'GET', ['content-length', '0'], null],
    [
      'says nothing of another connection',
      known(
        200,
        'a',
        'Connection',
        'close, X-Hop',
        'X-Hop',
        '1',
        'Transfer-Encoding',
        'chunked',
        'Keep-Alive',
        'timeout=1',
        'X-End',
        '2',
      ),
      'GET',
      ['X-End', '2', 'content-length', '1'],
      'a',
    ],
    [
      'of 426 names the protocol',
      known(426, 'a', 'upgrade', 'websocket'),
      'GET',
      ['upgrade', 'websocket', 'content-length', '1'],
      'a',
    ],
  ] as const)('%s', (_name, reply, method, headers, body) => {
    expect(frame(reply, reply.headers, method)).toMatchObject({ headers, body })
  })

  test('that is a stream keeps a length that is a number, and no other', () => {
    const framed = (length: string) => {
      const headers = ['content-length', length]
      return frame({ status: 200, headers, body: stream() }, headers, 'GET')
    }
    expect(framed('3')).toMatchObject({ headers: ['content-length', '3'], length: 3 })
    for (const wrong of ['-1', 'abc', '3, 3', '0x3', '', '1e3']) expect(framed(wrong).headers).toEqual([])
  })
})

test('headers are set on others: cookies are added, vary lists both, the rest is replaced', () => {
  const before = ['access-control-allow-origin', '*', 'Vary', 'accept', 'set-cookie', 'a=1', 'x-own', '1']
  const others: Array<[string, string]> = [
    ['access-control-allow-origin', 'https://app.example'],
    ['vary', 'Origin, Accept'],
    ['set-cookie', 'b=2'],
    ['set-cookie', 'c=3'],
  ]
  expect(mergeHeaders(before, others)).toEqual([
    ...['set-cookie', 'a=1', 'x-own', '1', 'access-control-allow-origin', 'https://app.example'],
    ...['vary', 'Accept, Origin', 'set-cookie', 'b=2', 'set-cookie', 'c=3'],
  ])
})

describe('over a socket', () => {
  const slow = (...pieces: string[]) =>
    new ReadableStream<Uint8Array>({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 5))
        const piece = pieces.shift()
        if (piece === undefined) controller.close()
        else controller.enqueue(Buffer.from(piece))
      },
    })
  const announced = (length: string, ...pieces: string[]) =>
    new Response(slow(...pieces), { headers: { 'content-length': length } })

  test.each([
    ['fewer', 'abc', /^abc$/],
    ['more', 'abcdefghijkl', /^abc(?:def)?$/],
  ])(
    'a stream with %s bytes than announced ends the connection, and no further answer is sent on it',
    async (kind, text, sent) => {
      const { logger, lines } = recordingApp()
      const pieces = kind === 'fewer' ? ['ab', 'c'] : ['abc', text.slice(3)]
      const routes = defineRoutes('', (route) => {
        route.get('/wrong', () => announced('10', ...pieces, ...(kind === 'more' ? ['more'] : [])))
        route.get('/next', () => 'NEXT')
      })
      const { port } = await listening({ web: { routes: [routes] }, logger })
      const connection = new RawConnection({ port })
      connection.send('GET /wrong HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n')
      const [head, body = ''] = (await connection.rest()).split('\r\n\r\n')
      expect(head).toMatch(/content-length: 10/)
      expect(body).toMatch(sent)
      expect(lines.map(({ fields }) => (fields as { err?: Error }).err?.message).join()).toContain(
        'content-length of 10',
      )
    },
  )

  test('a file that shrinks while it is sent ends the connection', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'myfy-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    const file = join(directory, 'file')
    await writeFile(file, Buffer.alloc(9_000_000, 'A'))
    const routes = defineRoutes('', (route) => {
      route.get(
        '/file',
        () =>
          new Response(ReadableStream.from(createReadStream(file)) as never, {
            headers: { 'content-length': '9000000' },
          }),
      )
    })
    const { port } = await listening({ web: { routes: [routes] } })
    const connection = new RawConnection({ port })
    connection.request('GET', '/file')
    await connection.take(100)
    connection.socket.pause()
    await truncate(file, 10)
    connection.socket.resume()
    expect((await connection.rest()).length).toBeLessThan(9_000_000)
  })

  test('an answer of fetch() that was decoded is not described as encoded', async () => {
    const plain = '{"hello":"world, world, world, world, world"}'
    const upstream = createServer((request, response) => {
      const body = request.url === '/gzip' ? gzipSync(plain) : Buffer.from(plain)
      const encoding = request.url === '/gzip' ? { 'content-encoding': 'gzip' } : {}
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': body.length,
        ...encoding,
      })
      response.end(body)
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void upstream.close())
    const origin = () => `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
    const proxy = mount('/proxy', (request) => fetch(origin() + new URL(request.url).pathname))
    const { port } = await listening({ web: { routes: [proxy] } })
    const connection = new RawConnection({ port })
    for (const path of ['/proxy/gzip', '/proxy/plain', '/proxy/gzip']) {
      const response = await connection.request('GET', path).response()
      expect([response.body.toString(), headerOf(response, 'content-encoding')]).toEqual([plain, undefined])
    }
    connection.close()
  })

  test('a header that HTTP does not allow is a 500 with its own reason, and splits nothing', async () => {
    const routes = defineRoutes('', (route) => {
      route.get('/', () => ({ status: 1 }))
      route.get('/bad', { status: 201 }, ({ stream: _stream }) => 'x')
    })
    const evil = 'x"\r\nSet-Cookie: session=evil\r\nX: "'
    const { port } = await listening({
      web: {
        routes: [routes],
        exceptionHandlers: [],
        middleware: [
          async (context, next) => {
            const response = await next()
            if (context.path !== '/bad') return response
            const { errors } = await import('@myfy/web')
            return errors.unauthorized('no', { headers: { 'www-authenticate': evil } })
          },
        ],
      },
    })
    for (const upgrade of [{}, { Connection: 'Upgrade', Upgrade: 'websocket' }]) {
      const connection = new RawConnection({ port })
      const response = await connection.request('GET', '/bad', upgrade as Record<string, string>).response()
      expect([response.status, response.reason]).toEqual([500, 'Internal Server Error'])
      expect(headerOf(response, 'set-cookie')).toBeUndefined()
      connection.close()
    }
  })

  test('what a stream sent before it failed arrives, and its end does not', async () => {
    const routes = defineRoutes('', (route) => {
      route.get('/', async function* () {
        yield 'first\n'
        throw new Error('mid')
      } as never)
    })
    const { port } = await listening({ web: { routes: [routes] } })
    const connection = new RawConnection({ port })
    const text = await connection.request('GET', '/').rest()
    expect(text.split('\r\n\r\n')[1]).toBe('6\r\nfirst\n\r\n')
  })
})
