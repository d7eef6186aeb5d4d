// The content of messages: behaviors from the test suites of fastify, h3 and @hono/node-server. Those that differ on
// purpose are listed, with the reason, in docs/http-behavior.md.

import { Readable } from 'node:stream'
import { defineRoutes } from '@myfy/web'
import { beforeAll, describe } from 'vitest'
import { z } from 'zod'
import { listening } from '../listening.ts'
import { message, type PeerCase, testPeers } from '../peers.ts'

const values: Record<string, () => unknown> = {
  string: () => 'text',
  'empty string': () => '',
  number: () => 42,
  zero: () => 0,
  true: () => true,
  false: () => false,
  null: () => null,
  undefined: () => undefined,
  object: () => ({ a: 1 }),
  array: () => [1, 'b', null],
  date: () => ({ at: new Date(0) }),
  'null prototype': () => Object.assign(Object.create(null), { a: 1 }),
  toJSON: () =>
    new (class Money {
      toJSON() {
        return '1 EUR'
      }
    })(),
  // biome-ignore lint/suspicious/noThenProperty: the behavior under test
  thenable: () => ({ then: (resolve: (value: string) => void) => resolve('later') }),
  buffer: () => Buffer.from('bytes'),
  uint8array: () => new Uint8Array([104, 105]),
  uint16array: () => new Uint16Array([0x6968]),
  view: () => new Uint8Array(new Uint8Array([97, 98, 99, 100]).buffer, 1, 2),
  arraybuffer: () => new Uint8Array([104, 105]).buffer,
  blob: () => new Blob(['blob'], { type: 'text/x-blob' }),
  file: () => new File(['file'], 'a.txt', { type: 'text/plain' }),
  readable: () => Readable.from(['node ', 'stream']),
  webstream: () => new Blob(['web stream']).stream(),
  iterator: async function* () {
    yield 'an '
    yield Buffer.from('iterator')
  },
  response: () => new Response('response', { status: 201, headers: { 'x-a': 'b' } }),
  'response json': () => Response.json({ a: 1 }, { status: 202 }),
  'response 204': () => new Response(null, { status: 204 }),
  'response redirect': () => Response.redirect('http://a.example/b', 307),
  'response type': () => new Response('<p>', { headers: { 'content-type': 'text/html' } }),
  'response used': async () => {
    const response = new Response('used')
    await response.text()
    return response
  },
  'response locked': () => {
    const response = new Response('locked')
    response.body!.getReader()
    return response
  },
  bigint: () => ({ n: 1n }),
  symbol: () => Symbol('s'),
  function: () => () => {},
  map: () => new Map([['a', 1]]),
  circular: () => {
    const value: Record<string, unknown> = {}
    value.self = value
    return value
  },
  'stream of objects': () => Readable.from([{ a: 1 }]),
  'failed stream': () =>
    new ReadableStream({
      start(controller) {
        controller.error(new Error('failed'))
      },
    }),
}

const any = z.any()
const routes = defineRoutes('', (route) => {
  route.get('/after', () => 'after')
  route.get('/value/:name', ({ params }) => values[decodeURIComponent(params.name)]!())
  route.post('/json', { body: any }, ({ body }) => ({ body }))
  route.post('/object', { body: z.object({ a: z.number() }) }, ({ body }) => body)
  route.post('/optional', { body: z.object({ a: z.number() }).optional() }, ({ body }) => ({
    body: body ?? 'none',
  }))
  route.post('/nullable', { body: z.string().nullable() }, ({ body }) => ({ body }))
  route.post('/limited', { body: any, bodyLimit: 10 }, () => 'taken')
  route.post('/text', ({ request }) => request.text())
  route.post('/request-json', async ({ request }) => request.json())
  route.post('/form', async ({ request }) => [...(await request.formData()).keys()])
  route.post('/bytes', async ({ request }) => ({ size: (await request.arrayBuffer()).byteLength }))
  route.post('/blob', async ({ request }) => ({ type: (await request.blob()).type }))
  route.post('/twice', async ({ request }) => {
    await request.text()
    return request.text()
  })
  route.post('/clone', async ({ request }) => [await request.clone().text(), await request.text()])
})

let port: number
beforeAll(async () => {
  const server = await listening({ web: { routes: [routes] }, manual: true })
  port = server.port
  return server.stop
})

const json = 'Content-Type: application/json'
const post = (path: string, body: string | Buffer, ...headers: string[]) =>
  message(`POST ${path}`, headers, body)
const sends = (
  path: string,
  body: string,
  headers: readonly string[],
  status: number,
  answer?: string,
): PeerCase => ({
  sent: post(path, body, ...headers),
  answers: [{ status, ...(answer !== undefined && { body: answer }) }],
})
const value = (
  name: string,
  status: number,
  body?: string | RegExp,
  type?: string | RegExp | null,
): PeerCase => ({
  sent: message(`GET /value/${encodeURIComponent(name)}`),
  answers: [
    {
      status,
      ...(body !== undefined && { body }),
      ...(type !== undefined && { headers: { 'content-type': type } }),
    },
  ],
})

const JSON_TYPE = 'application/json'
const BYTES = 'application/octet-stream'

const answers: Record<string, PeerCase> = {
  'fastify reply "plain string without content type should send a text/plain"': value(
    'string',
    200,
    'text',
    'text/plain; charset=utf-8',
  ),
  'fastify reply "send an empty string"': value('empty string', 200, '', 'text/plain; charset=utf-8'),
  'h3 app "can return primitive values": a number': value('number', 200, '42', JSON_TYPE),
  'h3 app "can return primitive values": 0': value('zero', 200, '0', JSON_TYPE),
  'h3 app "can return primitive values": true': value('true', 200, 'true', JSON_TYPE),
  'fastify get "send a falsy boolean"': value('false', 200, 'false', JSON_TYPE),
  'fastify get "return null"': value('null', 200, 'null', JSON_TYPE),
  'fastify get "empty response"': value('undefined', 204, '', null),
  'h3 app "can return JSON directly"': value('object', 200, '{"a":1}', JSON_TYPE),
  'h3 app "can return JSON directly": an array': value('array', 200, '[1,"b",null]', JSON_TYPE),
  'fastify serialize: a date is a text': value('date', 200, '{"at":"1970-01-01T00:00:00.000Z"}', JSON_TYPE),
  'fastify reply: an object without a prototype': value('null prototype', 200, '{"a":1}', JSON_TYPE),
  'fastify serialize: a value with toJSON': value('toJSON', 200, '"1 EUR"', JSON_TYPE),
  'fastify promises "thenable"': value('thenable', 200, 'later'),
  'fastify reply "buffer without content type should send a application/octet-stream"': value(
    'buffer',
    200,
    'bytes',
    BYTES,
  ),
  'fastify reply "Uint8Array without content type should send a application/octet-stream"': value(
    'uint8array',
    200,
    'hi',
    BYTES,
  ),
  'fastify reply "Uint16Array without content type"': value('uint16array', 200, 'hi', BYTES),
  'fastify reply "Uint8Array view of ArrayBuffer returns correct byteLength"': {
    sent: message('GET /value/view'),
    answers: [{ status: 200, body: 'bc', headers: { 'content-length': '2' } }],
  },
  'h3 app "can return Buffer directly": an ArrayBuffer': value('arraybuffer', 200, 'hi', BYTES),
  'h3 app "can return Blob directly"': value('blob', 200, 'blob', 'text/x-blob'),
  'h3 app "can return File directly"': value('file', 200, 'file', /^text\/plain/),
  'h3 app "Node.js Readable Stream"': value('readable', 200, 'node stream', BYTES),
  'h3 app "Web Stream"': value('webstream', 200, 'web stream', BYTES),
  'h3 iterable "concatenates iterated values"': value('iterator', 200, 'an iterator'),
  'h3 app "can return Response directly"': {
    sent: message('GET /value/response'),
    answers: [{ status: 201, body: 'response', headers: { 'x-a': 'b' } }],
  },
  'node-server "Response.json": its status and type': value('response json', 202, '{"a":1}', JSON_TYPE),
  'fastify web-api "should response with a Response 204"': value('response 204', 204, '', null),
  'node-server "Response.redirect"': {
    sent: message('GET /value/response%20redirect'),
    answers: [{ status: 307, headers: { location: 'http://a.example/b' } }],
  },
  'fastify web-api: the content type of a Response stays': value('response type', 200, '<p>', 'text/html'),
  'fastify web-api "Error when Response.bodyUsed"': value('response used', 500, /^\{/, /problem/),
  'fastify web-api "Error when Response.body.locked"': value('response locked', 500, /^\{/, /problem/),
  'fastify reply "throw with circular JSON"': value('circular', 500, /^\{/, /problem/),
  'fastify reply: a stream of objects is refused': value('stream of objects', 500),
  'fastify web-api "WebStream error before headers sent should trigger error handler"': value(
    'failed stream',
    500,
    /^\{/,
    /problem/,
  ),
  'h3 app "can return bigint directly" (refused: JSON has no integer of that size)': value('bigint', 500),
  'h3 app "returning symbol or function" (refused): a symbol': value('symbol', 500),
  'h3 app "returning symbol or function" (refused): a function': value('function', 500),
  'node-server: a Map (refused: it would be `{}`)': value('map', 500),
}

const requests: Record<string, PeerCase> = {
  'fastify content-parser: JSON': sends('/object', '{"a":1}', [json], 200, '{"a":1}'),
  'fastify content-parser "charset should not interfere"': sends(
    '/object',
    '{"a":1}',
    [`${json}; charset=utf-8`],
    200,
  ),
  'fastify content-type "handles empty parameters list"': sends('/object', '{"a":1}', [`${json};`], 200),
  'fastify content-type: a parameter that is not known': sends('/object', '{"a":1}', [`${json}; v=1`], 200),
  'fastify content-type "preserves a semicolon inside a quoted parameter value"': sends(
    '/object',
    '{"a":1}',
    [`${json}; v="a;b"`],
    200,
  ),
  'fastify content-type: the type in capital letters': sends(
    '/object',
    '{"a":1}',
    ['Content-Type: Application/JSON'],
    200,
  ),
  'fastify content-parser "+json"': sends(
    '/object',
    '{"a":1}',
    ['Content-Type: application/vnd.api+json'],
    200,
  ),
  'fastify content-parser: UTF-8 in quotes': sends('/object', '{"a":1}', [`${json}; charset="UTF-8"`], 200),
  'fastify content-type: another charset': sends('/object', '{"a":1}', [`${json}; charset=latin1`], 415),
  'fastify content-parser "Safeguard against malicious content-type / 1"': sends(
    '/object',
    '{"a":1}',
    ['Content-Type: constructor'],
    415,
  ),
  'fastify content-parser "Safeguard against malicious content-type / 2"': sends(
    '/object',
    '{"a":1}',
    ['Content-Type: toString'],
    415,
  ),
  'fastify content-parser "Safeguard against content-type spoofing"': sends(
    '/object',
    '{"a":1}',
    ['Content-Type: text/plain; content-type="application/json"'],
    415,
  ),
  'fastify content-type "indicates media type is not correct format"': sends(
    '/object',
    '{"a":1}',
    ['Content-Type: foo'],
    415,
  ),
  'fastify content-type "subtype with multiple fields validates as incorrect"': sends(
    '/object',
    '{"a":1}',
    ['Content-Type: application/jsonfoo'],
    415,
  ),
  'fastify content-parser "shouldn\'t support request with undefined Content-Type"': sends(
    '/object',
    '{"a":1}',
    [],
    415,
  ),
  'fastify content-parser: a form against a JSON schema': sends(
    '/object',
    'a=1',
    ['Content-Type: application/x-www-form-urlencoded'],
    415,
  ),
  'fastify schema-validation "will not be bypass by different content type"': sends(
    '/object',
    '{"a":"x"}',
    ['Content-Type: application/json ; charset=utf-8'],
    422,
  ),
  'fastify content-parser: a coding of the content': sends(
    '/object',
    '{"a":1}',
    [json, 'Content-Encoding: br'],
    415,
  ),
  'fastify FST_ERR_CTP_INVALID_JSON_BODY': sends('/json', '{"a":', [json], 400),
  'fastify content-parser: JSON with a comma too many': sends('/json', '[1,]', [json], 400),
  'fastify content-parser: JSON with a comment': sends('/json', '{/**/}', [json], 400),
  'h3 body "can parse json payload": a list': sends('/json', '[1]', [json], 200, '{"body":[1]}'),
  'h3 json-rpc: a number': sends('/json', '42', [json], 200, '{"body":42}'),
  'h3 json-rpc: null': sends('/json', 'null', [json], 200, '{"body":null}'),
  'h3 json-rpc: a text': sends('/json', '"a"', [json], 200, '{"body":"a"}'),
  'node-server "should support UTF-8 BOM in direct json() read"': sends(
    '/json',
    '\ufeff{"a":1}',
    [json],
    200,
    '{"body":{"a":1}}',
  ),
  'fastify FST_ERR_CTP_EMPTY_JSON_BODY: an empty body is no body': sends(
    '/optional',
    '',
    [json],
    200,
    '{"body":"none"}',
  ),
  'fastify post-empty-body: no body for a schema that needs one': sends('/object', '', [json], 422),
  'h3 body "handles non-present body"': {
    sent: message('POST /optional'),
    answers: [{ status: 200, body: '{"body":"none"}' }],
  },
  'fastify nullable-validation "nullable body"': sends('/nullable', 'null', [json], 200, '{"body":null}'),
  'fastify proto-poisoning error': sends('/json', '{"__proto__":{"a":42}}', [json], 400),
  'fastify proto-poisoning: escaped': sends('/json', '{"\\u005f_proto__":{"a":42}}', [json], 400),
  'fastify "constructor-poisoning error (default in v3)"': sends(
    '/json',
    '{"a":[{"constructor":{"prototype":{"b":1}}}]}',
    [json],
    400,
  ),
  'fastify constructor-poisoning: escaped': sends(
    '/json',
    '{"\\u0063onstructor":{"prototype":{}}}',
    [json],
    400,
  ),
  'fastify constructor-poisoning: a member `constructor` alone is data': sends(
    '/json',
    '{"constructor":"Lotus","text":"\\"constructor\\": {\\"prototype\\": 1}"}',
    [json],
    200,
  ),
  'fastify content-length "#2214 wrong content-length": fewer bytes': {
    sent: `${message('POST /json', [json, 'Content-Length: 3'], '{"a":1}')}`,
    answers: [{ status: 400, headers: { connection: 'close' } }],
    closes: true,
  },
  'fastify bodyLimit: a longer body': sends('/limited', '"0123456789"', [json], 413),
  'fastify bodyLimit: as many bytes as allowed': sends('/limited', '"01234567"', [json], 200, 'taken'),
  'fastify bodyLimit "should use byte length for UTF-8 strings, not character length"': sends(
    '/limited',
    '"€€€"',
    [json],
    413,
  ),
  'fastify bodyLimit in chunks': sends(
    '/limited',
    'c\r\n"0123456789"\r\n0\r\n\r\n',
    [json, 'Transfer-Encoding: chunked'],
    413,
  ),
  'fastify bodyLimit "can read a body that is exactly the limit": in chunks': sends(
    '/limited',
    '5\r\n"0123\r\n5\r\n4567"\r\n0\r\n\r\n',
    [json, 'Transfer-Encoding: chunked'],
    200,
  ),
  'h3 body "can read simple string"': sends('/text', 'a text', [], 200, 'a text'),
  'h3 body "returns an empty string if body is string"': sends('/text', '""', [], 200, '""'),
  'h3 body "returns empty string if body is not present"': {
    sent: message('POST /text'),
    answers: [{ status: 200, body: '' }],
  },
  'h3 body "fails if json is invalid"': sends('/request-json', '{', [json], 400),
  'h3 body "parse the form encoded into an object"': sends(
    '/form',
    'a=1&b=2',
    ['Content-Type: application/x-www-form-urlencoded'],
    200,
    '["a","b"]',
  ),
  'h3 body "parses multipart form data"': sends(
    '/form',
    '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--B--\r\n',
    ['Content-Type: multipart/form-data; boundary=B'],
    200,
    '["a"]',
  ),
  'h3 body "throws a 400 on a malformed multipart body"': sends(
    '/form',
    'not multipart',
    ['Content-Type: multipart/form-data; boundary=B'],
    400,
  ),
  'h3 body: a form of another type': sends('/form', '{}', [json], 415),
  'h3 body: bytes that are not UTF-8': {
    sent: Buffer.concat([
      Buffer.from(message('POST /bytes', ['Content-Length: 3'])),
      Buffer.from([0, 255, 128]),
    ]),
    answers: [{ status: 200, body: '{"size":3}' }],
  },
  'fastify content-parser: JSON that is not UTF-8': {
    sent: Buffer.concat([
      Buffer.from(message('POST /json', [json, 'Content-Length: 3'])),
      Buffer.from([34, 255, 34]),
    ]),
    answers: [{ status: 400 }],
  },
  'node-server "should preserve content type in blob() result"': sends(
    '/blob',
    'a',
    ['Content-Type: text/x-a'],
    200,
    '{"type":"text/x-a"}',
  ),
  'node-server "should reject second direct text() read"': sends('/twice', 'a', [], 500),
  'node-server "should allow clone()"': sends('/clone', 'a', [], 200, '["a","a"]'),
}

describe('answers', () => testPeers(() => port, answers))
describe('requests', () => testPeers(() => port, requests))
