// Routes and methods: behaviors from the test suites of fastify, h3 and @hono/node-server. Those that differ on purpose
// are listed, with the reason, in docs/http-behavior.md.

import { defineRoutes, errors, mount, type RouteBuilder, RouteError } from '@myfy/web'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { listening } from '../listening.ts'
import { message, type PeerCase, testPeers } from '../peers.ts'

const routes = defineRoutes('', (route) => {
  route.get('/after', () => 'after')
  route.get('/', () => 'root')
  route.get('/static', () => 'static')
  route.get('/users/me', () => 'me')
  route.get('/users/:id', ({ params }) => params)
  route.get('/users/:id/posts/:post', ({ params }) => params)
  route.get('/files/**:path', ({ params }) => params)
  route.get('/optional/:id?', ({ params }) => params)
  route.get('/digits/:id(\\d+)', ({ params }) => params)
  route.get('/near/:lat-:lng', ({ params }) => params)
  route.get('/at/:name.json', ({ params }) => params)
  route.get('/こんにちは', () => 'unicode')
  route.get('/query', ({ query }) => query)
  route.get('/url', ({ url }) => url.href)
  route.get('/pattern/:id', ({ route }) => route)
  route.get('/both', () => 'get')
  route.head('/both', () => new Response(null, { headers: { 'x-head': 'own' } }))
  route.post('/both', () => 'post')
  route.put('/both', () => 'put')
  route.options('/own-options', () => 'options')
  route.get('/own-options', () => 'get')
  route.post('/created', { status: 201 }, () => ({ id: 1 }))
  route.get(
    '/checked/:id',
    { params: z.object({ id: z.coerce.number() }), query: z.object({ n: z.coerce.number().optional() }) },
    ({ params, query }) => ({ ...params, ...query }),
  )
  route.get('/tags', { query: z.object({ tag: z.array(z.string()).default([]) }) }, ({ query }) => query.tag)
  route.get('/headers', { headers: z.object({ 'x-version': z.coerce.number() }) }, ({ headers }) => headers)
  route.get('/output', { response: z.object({ a: z.number() }) }, () => ({ a: 1, secret: 2 }))
  route.get('/wrong-output', { response: z.object({ a: z.number() }) }, () => ({ a: 'x' }) as never)
  route.get('/missing', () => errors.notFound('no such thing', { id: 7 }))
})
const grouped = defineRoutes('/v1/', (route) => {
  route.get('/', () => 'group')
  route.get('/list', () => 'list')
})
const tenant = defineRoutes('/t/:tenant', (route) => void route.get('/:id', ({ params }) => params))
const inner = mount('/inner', (request) => {
  const { pathname, search } = new URL(request.url)
  return new Response(`${request.method} ${pathname}${search}`, { status: pathname === '/404' ? 404 : 200 })
})

let port: number
beforeAll(async () => {
  const server = await listening({ web: { routes: [routes, grouped, tenant, inner] }, manual: true })
  port = server.port
  return server.stop
})

const get = (path: string, status: number, body?: string | RegExp, ...headers: string[]): PeerCase => ({
  sent: message(`GET ${path}`, headers),
  answers: [{ status, ...(body !== undefined && { body }) }],
})
const asked = (
  method: string,
  path: string,
  status: number,
  body?: string,
  headers?: Record<string, string | null>,
): PeerCase => ({
  sent: message(`${method} ${path}`),
  answers: [{ status, method, ...(body !== undefined && { body }), ...(headers && { headers }) }],
})

const paths: Record<string, PeerCase> = {
  'fastify route "shorthand - get": the root': get('/', 200, 'root'),
  'h3 router "Handle route"': get('/static', 200, 'static'),
  'h3 router "Handle shadowed route": a static segment before a parameter': get('/users/me', 200, 'me'),
  'fastify get "shorthand - get params"': get('/users/7', 200, '{"id":"7"}'),
  'fastify route-prefix "Prefix should support parameters as well"': get(
    '/t/a/b',
    200,
    '{"tenant":"a","id":"b"}',
  ),
  'h3 router: two parameters': get('/users/7/posts/8', 200, '{"id":"7","post":"8"}'),
  'fastify route: several segments': get('/files/a/b/c.txt', 200, '{"path":"a/b/c.txt"}'),
  'fastify route: an optional parameter': get('/optional', 200, '{}'),
  'fastify route: an optional parameter that is there': get('/optional/7', 200, '{"id":"7"}'),
  'fastify route: a pattern of digits': get('/digits/42', 200, '{"id":"42"}'),
  'fastify route: a pattern that does not match': get('/digits/x', 404),
  'fastify route: two parameters in one segment': get('/near/1-2', 200, '{"lat":"1","lng":"2"}'),
  'fastify route: a parameter with a suffix': get('/at/a.json', 200, '{"name":"a"}'),
  'fastify route "route with non-english characters"': get(
    '/%E3%81%93%E3%82%93%E3%81%AB%E3%81%A1%E3%81%AF',
    200,
    'unicode',
  ),
  'h3 router "can decode router params"': get('/users/a%20b', 200, '{"id":"a b"}'),
  'h3 router "decodes exactly one level"': get('/users/a%2520b', 200, '{"id":"a%20b"}'),
  'h3 router: an encoded slash is a part of its parameter': get('/users/a%2Fb', 200, '{"id":"a/b"}'),
  'fastify 404s "400 in case of bad url": a parameter': get('/users/%zz', 400),
  'fastify 404s "400 in case of bad url": no route': get('/nowhere/%', 400),
  'h3 security "never reintroduces a dot segment"': get('/files/a/%2e%2e/b', 200, '{"path":"b"}'),
  'h3 security "double-encoded is a distinct path"': get('/%2573tatic', 404),
  'h3 security "decodes an unreserved escape"': get('/%73tatic', 200, 'static'),
  'fastify case-insensitive: case matters': get('/STATIC', 404),
  'fastify route-prefix "matches both /prefix and /prefix/ with a / route": without': get(
    '/v1',
    200,
    'group',
  ),
  'fastify route-prefix "matches both /prefix and /prefix/ with a / route": with': get('/v1/', 200, 'group'),
  'fastify route-prefix "Prefix with trailing /"': get('/v1/list', 200, 'list'),
  'fastify route-prefix: a prefix is whole segments': get('/v1list', 404),
  'h3 mount "collapses leading slashes"': get('/inner', 200, 'GET /'),
  'h3 mount "works with fetch function passed"': get('/inner/a/b?c=1', 200, 'GET /a/b?c=1'),
  'h3 mount "should not execute for prefix-matching paths without segment boundary"': get('/innermost', 404),
  'h3 mount: the status of the mounted application': get('/inner/404', 404, 'GET /404'),
  'h3 mount: every method': asked('DELETE', '/inner/x', 200, 'DELETE /x'),
  'h3 router "can return the matched path"': get('/pattern/1', 200, '/pattern/:id'),
  'node-server "GET /posts?page=2"': get('/query?page=2', 200, '{"page":"2"}'),
  'h3 utils "can parse query params": a list': get('/query?a=1&a=2', 200, '{"a":["1","2"]}'),
  'h3 utils "can parse query params": a name without a value': get('/query?a', 200, '{"a":""}'),
  'h3 utils "can parse query params": a plus is a space': get('/query?a=b+c%2B', 200, '{"a":"b c+"}'),
  'h3 router "Handle url with query parameters, include ? in url path"': get(
    '/query?a=b?c',
    200,
    '{"a":"b?c"}',
  ),
  'fastify use-semicolon-delimiter "default false"': get('/query;a=1', 404),
  'node-server "GET /url"': get('/url?a=%20b', 200, /^http:\/\/localhost\/url\?a=%20b$/),
  'node-server url "URL normalization": dots': get('/x/../url', 200, /\/url$/),
}

const methods: Record<string, PeerCase> = {
  'fastify head "HEAD route should be exposed by default"': asked('HEAD', '/static', 200, '', {
    'content-length': '6',
  }),
  'h3 router "explicit HEAD route takes precedence over GET fallback"': asked('HEAD', '/both', 200, '', {
    'x-head': 'own',
  }),
  'h3 router "Handle many methods (post)"': asked('POST', '/both', 200, 'post'),
  'h3 router "Handle different methods": PUT': asked('PUT', '/both', 200, 'put'),
  'h3 router "Not matching route method": 405 with Allow (RFC 9110, 15.5.6)': asked(
    'DELETE',
    '/both',
    405,
    undefined,
    { allow: 'GET, HEAD, OPTIONS, POST, PUT' },
  ),
  'h3 utils assertMethod "sets Allow header": OPTIONS without a route': asked('OPTIONS', '/both', 204, '', {
    allow: 'GET, HEAD, OPTIONS, POST, PUT',
  }),
  'fastify options: OPTIONS with a route': asked('OPTIONS', '/own-options', 200, 'options'),
  'fastify 404s "default 404"': asked('GET', '/nowhere', 404, undefined, {
    'content-type': 'application/problem+json',
  }),
  'fastify 404s "framework-unsupported method": a method that node knows': asked('PROPFIND', '/static', 405),
  'node-server "404 response - PURGE method"': asked('PURGE', '/nowhere', 404),
  'fastify trace: TRACE sends nothing back (RFC 9110, 9.3.8)': asked('TRACE', '/static', 405),
  'fastify http-methods/search: QUERY and SEARCH of an unknown path': asked('SEARCH', '/nowhere', 404),
  'fastify reply-code: the status of a route': asked('POST', '/created', 201, '{"id":1}'),
}

const validation: Record<string, PeerCase> = {
  'fastify get "request get params schema"': get('/checked/7', 200, '{"id":7}'),
  'fastify get "request get params schema error"': get('/checked/x', 422),
  'fastify get "request get querystring schema"': get('/checked/7?n=8', 200, '{"id":7,"n":8}'),
  'fastify get "request get querystring schema error"': get('/checked/7?n=x', 422),
  'fastify get "request get headers schema"': get('/headers', 200, '{"x-version":2}', 'X-Version: 2'),
  'fastify get "request get headers schema error"': get('/headers', 422, undefined, 'X-Version: x'),
  'h3 validate: a list of one': get('/tags?tag=a', 200, '["a"]'),
  'h3 validate: a default': get('/tags', 200, '[]'),
  'fastify output-validation: what the schema does not have is not sent': get('/output', 200, '{"a":1}'),
  'fastify output-validation "wrong object for schema - output": the fault of the server': get(
    '/wrong-output',
    500,
    /^(?!.*"a")/,
  ),
  'fastify reply-error "should set the status code": members of an error': get('/missing', 404, /"id":7/),
  'fastify validation-error-handling: the value is not sent back': get(
    '/checked/%3Cscript%3E',
    422,
    /^(?!.*script)/,
  ),
}

describe('paths', () => testPeers(() => port, paths))
describe('methods', () => testPeers(() => port, methods))
describe('validation', () => testPeers(() => port, validation))

// fastify throw.test.js and route.test.js: what is wrong with a declaration is an error before the first request.
describe('a declaration that is wrong is refused', () => {
  const declare = (define: (route: RouteBuilder) => void) => () => defineRoutes('', define)
  test.each([
    [
      'fastify "Should throw on missing handler"',
      declare((route) => void route.get('/', undefined as never)),
    ],
    [
      'fastify "invalid url attribute - non string URL"',
      declare((route) => void route.get(1 as never, () => 1)),
    ],
    [
      'fastify "Should throw if there is handler and the second parameter is not an object"',
      declare((route) => void route.get('/', 'x' as never, (() => 1) as never)),
    ],
    ['fastify: a path without a slash', declare((route) => void route.get('x', () => 1))],
    [
      'fastify "bodyLimit option not int"',
      declare((route) => void route.post('/', { bodyLimit: 'x' } as never, (() => 1) as never)),
    ],
    [
      'fastify handler-timeout "rejects invalid values"',
      declare((route) => void route.get('/', { timeout: -1 }, () => 1)),
    ],
    [
      'fastify "Should throw for an invalid schema"',
      declare((route) => void route.post('/', { body: {} as never }, (() => 1) as never)),
    ],
  ])('%s', (_name, run) => {
    expect(run).toThrow(/^Cannot /)
  })

  test.each([
    ['fastify "multiple assignment to the same route"', ['/a', '/a']],
    ['fastify: the same path with another name of its parameter', ['/:a', '/:b']],
  ])('%s', async (_name, [first, second]) => {
    const twice = defineRoutes('', (route) => {
      route.get(first!, () => 1)
      route.get(second!, () => 2)
    })
    await expect(listening({ web: { routes: [twice] } })).rejects.toThrow(RouteError)
  })
})
