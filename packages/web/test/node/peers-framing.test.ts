// The framing of messages: behaviors from the test suites of Node (`test-http-*`), @hono/node-server and h3. Those that
// differ on purpose are listed, with the reason, in docs/http-behavior.md.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineRoutes, errors, HTTPException } from '@myfy/web'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { listening } from '../listening.ts'
import { message, type PeerCase, testPeers } from '../peers.ts'
import { RawConnection } from '../raw-client.ts'

const streamOf = (...pieces: Array<string | Uint8Array>) =>
  (async function* () {
    for (const piece of pieces) {
      await sleep(1)
      yield piece
    }
  })()

const routes = defineRoutes('', (route) => {
  route.get('/after', () => 'after')
  route.get('/hello', () => 'hello')
  route.get('/late', () => sleep(20, 'late'))
  route.get('/none', () => {})
  route.get('/empty', () => '')
  route.get('/unicode', () => 'grüße €')
  route.get('/bytes', () => Buffer.from([0, 1, 255]))
  route.get('/large', () => 'x'.repeat(1_000_000))
  route.get('/stream', () => streamOf('one ', 'two'))
  route.get('/stream/empty', () => streamOf())
  route.get('/stream/holes', () => streamOf('', 'a', '', 'b', ''))
  route.get(
    '/stream/exact',
    () => new Response(new Blob(['exact']).stream(), { headers: { 'content-length': '5' } }),
  )
  route.get('/stream/fails', () =>
    (async function* () {
      yield await Promise.reject(new Error('before the first piece'))
    })(),
  )
  route.get(
    '/events',
    () => new Response('data: 1\n\n', { headers: { 'content-type': 'text/event-stream' } }),
  )
  route.get('/status/:code', ({ params }) => new Response(null, { status: Number(params.code) }))
  route.get('/cookies', () => {
    const response = new Response('cookies')
    for (const cookie of ['a=1', 'b=2; Path=/']) response.headers.append('set-cookie', cookie)
    return response
  })
  route.get('/etag', () => new Response('tagged', { headers: { etag: '"v1"' } }))
  route.get(
    '/not-modified',
    () => new Response(null, { status: 304, headers: { etag: '"v1"', 'content-length': '5' } }),
  )
  route.get('/length', () => new Response('abc', { headers: { 'Content-Length': '3' } }))
  route.get('/split', () => {
    throw new HTTPException(400, { headers: { 'x-a': 'a\r\nSet-Cookie: b=1' } })
  })
  route.get('/header/:name', ({ params, header }) => ({ value: header(params.name) }))
  route.get('/host', ({ url }) => url.host)
  route.get('/throw', () => {
    throw new Error('secret')
  })
  route.post('/echo', ({ request }) => request.text())
  route.put('/echo', ({ request }) => request.text())
  route.patch('/echo', ({ request }) => request.text())
  route.delete('/echo', ({ request }) => request.text())
  route.options('/echo', ({ request }) => request.text())
  route.post('/length-of', async ({ request }) => String((await request.arrayBuffer()).byteLength))
  route.post('/ignored', () => 'ignored')
  route.post('/refused', () => errors.forbidden('no'))
  route.post('/cancelled', async ({ request }) => {
    await request.body?.cancel()
    return 'cancelled'
  })
  route.post('/partly', async ({ request }) => {
    const reader = request.body!.getReader()
    const { value } = await reader.read()
    return `read ${value!.byteLength > 0}`
  })
  route.post('/json', { body: z.object({ a: z.number() }) }, ({ body }) => body)
  route.post('/small', { bodyLimit: 10 }, ({ request }) => request.text())
  route.websocket('/ws', () => ({}))
})

let port: number
beforeAll(async () => {
  const server = await listening({ web: { routes: [routes] }, manual: true })
  port = server.port
  return server.stop
})

const chunked = 'Transfer-Encoding: chunked'
const get = (path: string, ...headers: string[]) => message(`GET ${path}`, headers)
const post = (path: string, body: string, ...headers: string[]) => message(`POST ${path}`, headers, body)
const ok = (body: string, method?: string) => ({ status: 200, body, ...(method && { method }) })
const refused = (status: number) => ({ status, headers: { connection: 'close' } })

const versions: Record<string, PeerCase> = {
  'node test-http-1.0: a request of HTTP/1.0 is answered, and the connection closes': {
    sent: 'GET /hello HTTP/1.0\r\n\r\n',
    answers: [{ ...ok('hello'), headers: { connection: 'close', 'content-length': '5' } }],
    closes: true,
  },
  'node test-http-1.0-keep-alive: a client of HTTP/1.0 may ask to keep the connection': {
    sent: 'GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
    answers: [{ ...ok('hello'), headers: { connection: 'keep-alive' } }],
  },
  'node test-http-wget: HTTP/1.0 with keep-alive and a Host': {
    sent: 'GET /hello HTTP/1.0\r\nHost: a\r\nConnection: Keep-Alive\r\n\r\n',
    answers: [{ ...ok('hello'), headers: { 'transfer-encoding': null } }],
  },
  'node test-http-keep-alive-close-on-header: `Connection: close` closes after the answer': {
    sent: get('/hello', 'Connection: close'),
    answers: [{ ...ok('hello'), headers: { connection: 'close' } }],
    closes: true,
  },
  'node test-http-automatic-headers: an answer has a date, a length and keep-alive': {
    sent: get('/hello'),
    answers: [
      {
        ...ok('hello'),
        headers: {
          date: /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/,
          connection: 'keep-alive',
          'content-length': '5',
        },
      },
    ],
  },
  'node test-http-keep-alive: several requests use one connection, one after the other': {
    sent: [get('/hello'), get('/hello')],
    answers: [ok('hello'), ok('hello')],
  },
  'node test-http-parser: an empty line before the request line is skipped (RFC 9112, 2.2)': {
    sent: `\r\n${get('/hello')}`,
    answers: [ok('hello')],
  },
  'node test-http-request-end: a request that arrives byte by byte is one request': {
    sent: get('/hello').split(''),
    answers: [ok('hello')],
  },
  'node test-http-chunked in HTTP/1.0: the connection closes, for an old proxy may have passed it on (RFC 9112, 6.1)':
    {
      sent: `POST /echo HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n${chunked}\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
      answers: [{ ...ok('abc'), headers: { connection: 'close' } }],
      closes: true,
    },
  'node test-http2-server-unknown-protocol: the preface of HTTP/2 is refused': {
    sent: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    answers: [{ status: expect.any(Number) as never }],
    closes: true,
  },
}

const pipelines: Record<string, PeerCase> = {
  'node test-http-pipeline-regr-3508: pipelined answers keep the order of their requests': {
    sent: get('/late') + get('/hello') + get('/late') + get('/empty'),
    answers: [ok('late'), ok('hello'), ok('late'), ok('')],
  },
  'node test-http-pipeline-regr-3332: pipelined requests are answered while a large answer is sent': {
    sent: get('/large') + get('/hello'),
    answers: [{ status: 200, body: /^x{1000000}$/ }, ok('hello')],
  },
  'node test-http-pipeline-assertionerror-finish: a stream is whole before the next answer begins': {
    sent: get('/stream') + get('/stream') + get('/hello'),
    answers: [ok('one two'), ok('one two'), ok('hello')],
  },
  'node test-http-many-ended-pipelines: requests behind `Connection: close` are not answered': {
    sent: get('/hello') + get('/hello', 'Connection: close') + get('/hello'),
    answers: [ok('hello'), { ...ok('hello'), headers: { connection: 'close' } }],
    closes: true,
  },
  'node test-http-upgrade-server: a handshake behind a request that is still answered is declined': {
    sent:
      get('/late') +
      get(
        '/ws',
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ),
    answers: [ok('late'), { status: 426 }],
  },
  'node test-http-connect: CONNECT behind a request is refused after its answer': {
    sent: `${get('/late')}CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n`,
    answers: [ok('late'), refused(501)],
    closes: true,
  },
  'node test-http-expect-handling: an expectation behind a request is refused after its answer': {
    sent: get('/late') + get('/hello', 'Expect: meoww'),
    answers: [ok('late'), refused(417)],
    closes: true,
  },
  'node test-http-server-unconsume: a pipelined request behind a body that is not read': {
    sent: post('/ignored', 'abc') + get('/hello'),
    answers: [ok('ignored'), ok('hello')],
  },
  'node test-http-pipeline-requests-connection-leak: a pipelined error does not disturb the others': {
    sent: get('/hello') + get('/throw') + get('/nowhere') + get('/hello'),
    answers: [ok('hello'), { status: 500 }, { status: 404 }, ok('hello')],
  },
  'node test-http-incoming-pipelined-socket-destroy: garbage behind a request': {
    sent: `${get('/hello')}\x01\x02\r\n\r\n`,
    answers: [ok('hello'), refused(400)],
    closes: true,
  },
  'fastify request-error "bad request on reused keep-alive connection": the second request is refused': {
    sent: [get('/hello'), 'GET /hello HTTP/1.1\r\nHost a\r\n\r\n'],
    answers: [{ status: 200 }, refused(400)],
    closes: true,
  },
}

const answers: Record<string, PeerCase> = {
  'node test-http-chunked: a stream is chunked': {
    sent: get('/stream'),
    answers: [{ ...ok('one two'), headers: { 'transfer-encoding': 'chunked', 'content-length': null } }],
  },
  'node test-http-zero-length-write: an empty piece does not end a chunked body': {
    sent: get('/stream/holes'),
    answers: [ok('ab')],
  },
  'node test-http-write-empty-string: an empty text has the length 0': {
    sent: get('/empty'),
    answers: [{ ...ok(''), headers: { 'content-length': '0', 'transfer-encoding': null } }],
  },
  'node test-http-default-encoding: a text is UTF-8, and its length is in bytes': {
    sent: get('/unicode'),
    answers: [{ ...ok('grüße €'), headers: { 'content-length': '11' } }],
  },
  'node test-http-buffer-sanity: bytes arrive as they are': {
    sent: get('/bytes'),
    answers: [
      { status: 200, headers: { 'content-length': '3', 'content-type': 'application/octet-stream' } },
    ],
  },
  'node test-http-full-response: an answer of 1 MB': {
    sent: get('/large'),
    answers: [{ status: 200, headers: { 'content-length': '1000000' } }],
  },
  'node test-http-set-cookies: each cookie has a line of its own': {
    sent: get('/cookies'),
    answers: [{ ...ok('cookies'), headers: { 'set-cookie': 'a=1 | b=2; Path=/' } }],
  },
  'node test-http-response-splitting: a line break in a header is not sent': {
    sent: get('/split'),
    answers: [{ status: 500, headers: { 'set-cookie': null, 'x-a': null } }],
  },
  'node test-http-chunked-304: a 304 has neither body nor framing': {
    sent: get('/status/304'),
    answers: [{ status: 304, body: '', headers: { 'transfer-encoding': null, 'content-length': null } }],
  },
  'node test-http-allow-req-after-204-res: a 204 has no framing, and the connection stays usable': {
    sent: get('/none'),
    answers: [{ status: 204, body: '', headers: { 'transfer-encoding': null, 'content-length': null } }],
  },
  'node test-http-head-request: HEAD has the headers of GET and no body': {
    sent: message('HEAD /hello'),
    answers: [{ ...ok('', 'HEAD'), headers: { 'content-length': '5', 'content-type': /^text\/plain/ } }],
  },
  'node test-http-head-response-has-no-body-end: HEAD of a stream sends no piece of it': {
    sent: message('HEAD /stream'),
    answers: [ok('', 'HEAD')],
  },
  'node test-http-head-throw-on-response-body-write: HEAD of a stream that fails': {
    sent: message('HEAD /stream/fails'),
    answers: [{ status: 500, method: 'HEAD', body: '' }],
  },
  'node test-http-pipe-fs: a stream of known length is not chunked': {
    sent: get('/stream/exact'),
    answers: [{ ...ok('exact'), headers: { 'content-length': '5', 'transfer-encoding': null } }],
  },
  'node test-http-exceptions: a handler that throws answers 500, and nothing of the error': {
    sent: get('/throw'),
    answers: [{ status: 500, body: /^(?!.*secret)/ }],
  },
  'node-server "Should not set content-type for a null body response"': {
    sent: get('/status/200'),
    answers: [{ ...ok(''), headers: { 'content-type': null, 'content-length': '0' } }],
  },
  'node-server "GET /text-with-content-length-object": one length': {
    sent: get('/length'),
    answers: [{ ...ok('abc'), headers: { 'content-length': '3' } }],
  },
  'node-server "GET /etag/buffer": the tag of a handler stays': {
    sent: get('/etag'),
    answers: [{ ...ok('tagged'), headers: { etag: '"v1"' } }],
  },
  'node-server "GET /event-stream-without-transfer-encoding": events are sent as they are': {
    sent: get('/events'),
    answers: [{ ...ok('data: 1\n\n'), headers: { 'content-type': 'text/event-stream' } }],
  },
  'node-server "Should return error - stream without app crashing": a stream that fails before its first piece':
    {
      sent: get('/stream/fails'),
      answers: [{ status: 500 }],
    },
  'h3 iterable "sends empty body for an empty iterator"': { sent: get('/stream/empty'), answers: [ok('')] },
  'h3 router "HEAD to a path with no GET route still 404s"': {
    sent: message('HEAD /nowhere'),
    answers: [{ status: 404, method: 'HEAD', body: '' }],
  },
  'h3 router "preserves a content-length header set by the GET handler" for HEAD': {
    sent: message('HEAD /stream/exact'),
    answers: [{ ...ok('', 'HEAD'), headers: { 'content-length': '5' } }],
  },
  ...Object.fromEntries(
    [201, 202, 205, 206, 301, 302, 307, 308, 400, 404, 410, 418, 429, 451, 500, 502, 503, 511].map(
      (status) => [
        `node test-http-status-code: ${status} without a body`,
        {
          sent: get(`/status/${status}`),
          answers: [{ status, body: '', headers: { 'content-length': '0' } }],
        },
      ],
    ),
  ),
}

const requests: Record<string, PeerCase> = {
  'node test-http-content-length: a body of a known length': {
    sent: post('/echo', 'abc'),
    answers: [ok('abc')],
  },
  'node test-http-contentLength0: a body of length 0': { sent: post('/echo', ''), answers: [ok('')] },
  'node test-http-chunked request: chunks are joined': {
    sent: post('/echo', '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n', chunked),
    answers: [ok('abcde')],
  },
  'node test-http-chunked-pipelined: a request behind the last chunk': {
    sent: post('/echo', '3\r\nabc\r\n0\r\n\r\n', chunked) + get('/hello'),
    answers: [ok('abc'), ok('hello')],
  },
  'node test-http-trailers: the trailers of a body are read': {
    sent: post('/echo', '3\r\nabc\r\n0\r\nX-Check: 1\r\n\r\n', chunked, 'Trailer: X-Check'),
    answers: [ok('abc')],
  },
  'node test-http-chunk-extensions: an extension of a chunk is ignored': {
    sent: post('/echo', '3;name="v"\r\nabc\r\n0\r\n\r\n', chunked),
    answers: [ok('abc')],
  },
  'node test-http-request-end: a chunk that arrives in pieces': {
    sent: [`POST /echo HTTP/1.1\r\nHost: a\r\n${chunked}\r\n\r\n`, '5\r', '\nab', 'cde\r\n', '0\r\n', '\r\n'],
    answers: [ok('abcde')],
  },
  'node test-http-request-large-payload: a body of 900 kB': {
    sent: post('/length-of', 'x'.repeat(900_000)),
    answers: [ok('900000')],
  },
  ...Object.fromEntries(
    ['PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method) => [
      `node test-http-request-method-delete-payload: ${method} has a body`,
      { sent: message(`${method} /echo`, [], 'body'), answers: [ok('body')] },
    ]),
  ),
  'node test-http-get-with-body: the body of a GET is not taken for a request': {
    sent: message('GET /hello', [], 'GET /throw HTTP/1.1\r\nHost: a\r\n\r\n'),
    answers: [ok('hello')],
  },
  'node test-http-head-with-body: the body of a HEAD is not taken for a request': {
    sent: message('HEAD /hello', [], 'abc'),
    answers: [ok('', 'HEAD')],
  },
  'node-server "POST /no-body-consumed": a body that no handler reads': {
    sent: post('/ignored', 'x'.repeat(10_000)),
    answers: [ok('ignored')],
  },
  'node-server "POST /body-cancelled": a body that a handler cancels': {
    sent: post('/cancelled', 'abc'),
    answers: [ok('cancelled')],
  },
  'node-server "POST /partially-consumed": a body of which a part is read': {
    sent: post('/partly', 'abc'),
    answers: [ok('read true')],
  },
  'node-server "reads a complete chunked body" with a schema': {
    sent: post('/json', '7\r\n{"a":1}\r\n0\r\n\r\n', chunked, 'Content-Type: application/json'),
    answers: [ok('{"a":1}')],
  },
  'node-server "lingering close for early 413 responses"': {
    sent: [
      `POST /small HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n`,
      // The rest does not come: a body that has arrived as a whole would let the connection stay.
      'x'.repeat(50_000),
    ],
    answers: [refused(413)],
    closes: true,
  },
  'h3 body-limit "does not count a chunked body the handler never reads"': {
    sent: post('/ignored', `5dc\r\n${'x'.repeat(1_500)}\r\n0\r\n\r\n`, chunked),
    answers: [ok('ignored')],
  },
}

const heads: Record<string, PeerCase> = {
  'node test-http-header-owstext: white space around a value is not a part of it': {
    sent: get('/header/x-a', 'X-A: \t value\t '),
    answers: [ok('{"value":"value"}')],
  },
  'node test-http-blank-header: a value may be empty': {
    sent: get('/header/x-a', 'X-A:'),
    answers: [ok('{"value":""}')],
  },
  'node test-http-server-multiheaders: a header that is sent twice is a list': {
    sent: get('/header/x-a', 'X-A: 1', 'x-a: 2'),
    answers: [ok('{"value":"1, 2"}')],
  },
  'node test-http-server-multiheaders2: cookies are joined by a semicolon': {
    sent: get('/header/cookie', 'Cookie: a=1', 'Cookie: b=2'),
    answers: [ok('{"value":"a=1; b=2"}')],
  },
  'node test-http-header-obstext: bytes above 127 are allowed in a value': {
    sent: Buffer.from(get('/header/x-a', 'X-A: \u00a7'), 'latin1'),
    answers: [ok('{"value":"§"}')],
  },
  'node test-http-unset-header: a header that is absent is undefined': {
    sent: get('/header/x-a'),
    answers: [ok('{}')],
  },
  'node test-http-header-prototype: the names of Object.prototype are absent': {
    sent: get('/header/constructor') + get('/header/__proto__'),
    answers: [ok('{}'), ok('{}')],
  },
  'node test-http-host-header-ipv6-fail: an IPv6 host': {
    sent: 'GET /host HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n',
    answers: [ok('[::1]:8000')],
  },
  'fastify request-header-host "Return 200 when Host header is empty"': {
    sent: 'GET /hello HTTP/1.1\r\nHost:\r\n\r\n',
    answers: [ok('hello')],
  },
  'fastify request-header-host "Return 400 when Host header is missing"': {
    sent: 'GET /hello HTTP/1.1\r\n\r\n',
    answers: [{ status: 400 }],
  },
  'fastify request-header-host "Return 200 when Host header is missing using HTTP/1.0"': {
    sent: 'GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
    answers: [ok('hello')],
  },
  'node-server "Should return server error for host header with path"': {
    sent: 'GET /hello HTTP/1.1\r\nHost: a/b\r\n\r\n',
    answers: [{ status: 400 }],
  },
  'node-server "Should throw error if host header contains query parameter"': {
    sent: 'GET /hello HTTP/1.1\r\nHost: a?b\r\n\r\n',
    answers: [{ status: 400 }],
  },
  'node-server "Should throw error if host header port is invalid"': {
    sent: 'GET /hello HTTP/1.1\r\nHost: a:port\r\n\r\n',
    answers: [{ status: 400 }],
  },
  'node-server "Should throw error for unmatched closing bracket in host"': {
    sent: 'GET /hello HTTP/1.1\r\nHost: ::1]\r\n\r\n',
    answers: [{ status: 400 }],
  },
  'node-server "should be created from valid absolute URL": the host of the target wins': {
    sent: 'GET http://example.com/host HTTP/1.1\r\nHost: other\r\n\r\n',
    answers: [ok('example.com')],
  },
  'node test-http-malformed-request: an escape in the query that is not UTF-8': {
    sent: get('/hello?foo=%99bar'),
    answers: [ok('hello')],
  },
  'node test-http-upgrade-server: an offer that no route takes is ignored (RFC 9110, 7.8)': {
    sent: get('/hello', 'Connection: Upgrade', 'Upgrade: WebSocket'),
    answers: [ok('hello')],
  },
  'node test-http-upgrade-server-with-body: the body of a request with an offer is read': {
    sent: post('/echo', 'abc', 'Connection: Upgrade', 'Upgrade: h2c'),
    answers: [ok('abc')],
  },
  'node-server websocket "should reject WebSocket upgrade when route is not upgraded"': {
    sent: get(
      '/nowhere',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ),
    answers: [{ status: 404 }],
  },
  'node-server websocket "aborted by an invalid Sec-WebSocket-Key"': {
    sent: get(
      '/ws',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: a',
    ),
    answers: [{ status: 400 }],
    closes: true,
  },
  'node test-http-outgoing-message-inheritance: OPTIONS of the server as a whole': {
    sent: message('OPTIONS *'),
    answers: [{ status: expect.any(Number) as never }],
  },
}

const invalid: Record<string, string | Buffer> = {
  'node test-http-double-content-length: two lengths': post(
    '/echo',
    'abc',
    'Content-Length: 3',
    'Content-Length: 3',
  ),
  'node test-http-request-smuggling-content-length: a space in the name of the length':
    'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\nhello',
  'node test-http-server-reject-chunked-with-content-length: chunks and a length': post(
    '/echo',
    '0\r\n\r\n',
    chunked,
    'Content-Length: 5',
  ),
  'node test-http-transfer-encoding-smuggling: a second coding behind chunked': post(
    '/echo',
    '5\r\nhello\r\n0\r\n\r\n',
    chunked,
    'Transfer-Encoding: eee',
  ),
  'node test-http-transfer-encoding-repeated-chunked: `chunkedchunked`': post(
    '/echo',
    '5\r\nhello\r\n0\r\n\r\n',
    'Transfer-Encoding: chunkedchunked',
  ),
  'node test-http-invalid-te: a coding that is unknown': post(
    '/echo',
    'hello',
    'Transfer-Encoding: something',
  ),
  'node test-http-chunked-smuggling: bytes between a size and its line end': post(
    '/echo',
    '2\n;\r\nxx\r\n0\r\n\r\n',
    chunked,
  ),
  'node test-http-chunked-smuggling: a size that is not hexadecimal': post(
    '/echo',
    '2x\r\nab\r\n0\r\n\r\n',
    chunked,
  ),
  'node test-http-chunked-smuggling: a size with a sign': post('/echo', '+2\r\nab\r\n0\r\n\r\n', chunked),
  'node test-http-chunked-smuggling: more bytes than the size': post(
    '/echo',
    '2\r\nabc\r\n0\r\n\r\n',
    chunked,
  ),
  'node test-http-dummy-characters-smuggling: a bare line feed': `GET /hello HTTP/1.1\r\nHost: a\r\nDummy: x\nContent-Length: 23\r\n\r\n`,
  'node test-http-server-reject-cr-no-lf: a bare carriage return': `GET /hello HTTP/1.1\r\nHost: a\r\nFoo: bar\rx\r\n\r\n`,
  'node test-http-missing-header-separator-lf: a header without its line feed':
    'GET /hello HTTP/1.1\r\nHost: a\r\nX: y\rZ: a\r\n\r\n',
  'node test-http-missing-header-separator-cr: a header without its carriage return':
    'GET /hello HTTP/1.1\r\nHost: a\nX: y\r\n\r\n',
  'node test-http-header-badrequest: a line without a colon': get('/hello', 'Garbage'),
  'node test-http-invalidheaderfield: a name with a space': get('/hello', 'Bad Name: x'),
  'node test-http-invalidheaderfield: a name with a NUL': get('/hello', 'Bad\0Name: x'),
  'node test-http-invalid-header-value: a NUL in a value': get('/hello', 'X: a\0b'),
  'node test-http-methods: a method in lower case': 'get /hello HTTP/1.1\r\nHost: a\r\n\r\n',
  'node test-http-methods: an unknown method': 'FROB /hello HTTP/1.1\r\nHost: a\r\n\r\n',
  'node test-http-parser-bad-ref: bytes that are not HTTP': '\x16\x03\x01\r\n\r\n',
  'fastify request-error "non-numeric content-length is rejected"': post(
    '/echo',
    'abc',
    'Content-Length: abc',
  ),
  'fastify content-length "default 400 with wrong content-length": a negative one': post(
    '/echo',
    'abc',
    'Content-Length: -1',
  ),
  'node test-http-content-length-mismatch: a list of lengths': post('/echo', 'abc', 'Content-Length: 3, 3'),
  'node test-http-content-length-mismatch: a length with a sign': post('/echo', 'abc', 'Content-Length: +3'),
  'node test-http-content-length-mismatch: a length in hexadecimal': post(
    '/echo',
    'abc',
    'Content-Length: 0x3',
  ),
}

const limits: Record<string, PeerCase> = {
  'node test-http-max-header-size: headers above the limit': {
    sent: get('/hello', `X: ${'a'.repeat(20_000)}`),
    answers: [refused(431)],
    closes: true,
  },
  'node test-http-max-headers-count: many headers are too large': {
    sent: get('/hello', ...Array.from({ length: 2_000 }, (_, i) => `X-${i}: aaaaaa`)),
    answers: [refused(431)],
    closes: true,
  },
  'fastify header-overflow "Should return 431 if URI is too long"': {
    sent: get(`/${'a'.repeat(20_000)}`),
    answers: [refused(431)],
    closes: true,
  },
  'node test-http-chunk-extensions-limit: extensions above the limit': {
    sent: post('/echo', `2;${'A'.repeat(16_400)}=bar\r\nAA\r\n0\r\n\r\n`, chunked),
    answers: [refused(413)],
    closes: true,
  },
  'node test-http-expect-handling: an expectation that is unknown': {
    sent: get('/hello', 'Expect: meoww'),
    answers: [refused(417)],
    closes: true,
  },
  'node test-http-connect: CONNECT': {
    sent: 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n',
    answers: [refused(501)],
    closes: true,
  },
}

const byteFor = Object.entries({ versions, pipelines, answers, requests, heads, limits })
describe.each(byteFor)('%s', (_name, cases) => testPeers(() => port, cases))

describe('a message that is not valid', () => {
  testPeers(
    () => port,
    Object.fromEntries(
      Object.entries(invalid).map(([name, sent]) => [name, { sent, answers: [refused(400)], closes: true }]),
    ),
  )
})

test('node test-http-expect-continue: `100 Continue` is sent when the body is asked for', async () => {
  const connection = new RawConnection({ port })
  connection.send('POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n')
  expect((await connection.take(25)).toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n')
  expect((await connection.send('abc').response()).body.toString()).toBe('abc')
  connection.close()
})

test('node test-http-expect-continue: a request that is refused asks for no body (RFC 9110, 10.1.1)', async () => {
  const connection = new RawConnection({ port })
  connection.send('POST /refused HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n')
  expect((await connection.take(12)).toString()).toBe('HTTP/1.1 403')
  connection.close()
})

test('node test-http-1.0: a stream to HTTP/1.0 ends with the connection, without chunks', async () => {
  const connection = new RawConnection({ port })
  connection.send('GET /stream HTTP/1.0\r\n\r\n')
  const [head, body] = (await connection.rest()).split('\r\n\r\n')
  expect([head!.includes('chunked'), /\r\nconnection: close/i.test(head!), body]).toEqual([
    false,
    true,
    'one two',
  ])
})

test('node test-http-eof-before-eom: a client that ends in the middle of its body', async () => {
  const connection = new RawConnection({ port })
  connection.send('POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc')
  connection.socket.end()
  expect(await connection.rest()).toMatch(/^(?:HTTP\/1\.1 400 .*)?$/s)
})

test('node test-http-abort-client: a client that ends its side of the connection has left, and its request aborts', async () => {
  const connection = new RawConnection({ port })
  connection.send(get('/late'))
  connection.socket.end()
  expect(await connection.rest()).toBe('')
})
