// Middleware, hooks and errors: behaviors from the test suites of fastify (hooks, reply-error, handler-timeout), h3 and
// @hono/node-server. Those that differ on purpose are listed, with the reason, in docs/http-behavior.md.

import { setTimeout as sleep } from 'node:timers/promises'
import { defineRoutes, errors, HTTPException, type Middleware } from '@myfy/web'
import { HTTPError } from 'h3'
import { beforeAll, describe } from 'vitest'
import { z } from 'zod'
import { listening } from '../listening.ts'
import { message, type PeerCase, testPeers } from '../peers.ts'

class Taken extends Error {}
class Renamed extends Error {}

const order: string[] = []
const trace =
  (name: string): Middleware =>
  async (_context, next) => {
    order.push(`${name} in`)
    const response = await next()
    order.push(`${name} out`)
    return response
  }
const withPath =
  (prefix: string, middleware: Middleware): Middleware =>
  (context, next) =>
    context.path.startsWith(prefix) ? middleware(context, next) : next()

const global: Middleware[] = [
  withPath('/order', async (_context, next) => {
    order.length = 0
    const response = await next()
    response.headers.set('x-order', order.join(', '))
    return response
  }),
  withPath('/order', trace('module')),
  withPath('/stamped', async (_context, next) => {
    const response = await next()
    response.headers.set('x-stamp', String(response.status))
    return response
  }),
  withPath('/changed', async (_context, next) => {
    const text = await (await next()).text()
    return new Response(text.toUpperCase(), { status: 299 })
  }),
  withPath('/blocked', () => errors.forbidden('blocked')),
  withPath('/replaced', () => ({ replaced: true })),
  withPath('/thrown', () => {
    throw new Taken()
  }),
  withPath('/rejected', async () => {
    await sleep(1)
    throw new Error('secret')
  }),
  withPath('/twice', async (_context, next) => {
    await next()
    return next()
  }),
  withPath('/silent', () => undefined as never),
  withPath('/awaited', async (_context, next) => {
    await next()
  }),
  withPath('/recovered', async (_context, next) => {
    const response = await next()
    return response.status === 500 ? new Response('recovered') : response
  }),
  withPath('/secret', ({ header }, next) =>
    header('authorization') === 'Bearer t'
      ? next()
      : errors.unauthorized('no', { headers: { 'www-authenticate': 'Bearer' } }),
  ),
  withPath('/cookies', async (_context, next) => {
    const response = await next()
    response.headers.append('set-cookie', 'middleware=1')
    return response
  }),
  withPath('/removed', async (_context, next) => {
    const response = await next()
    response.headers.delete('x-inner')
    return response
  }),
]

const failing: Record<string, () => unknown> = {
  error: () => {
    throw new Error('secret')
  },
  string: () => {
    throw 'secret'
  },
  undefined: () => {
    throw undefined
  },
  null: () => {
    throw null
  },
  number: () => {
    throw 404
  },
  object: () => {
    throw { status: 200, message: 'secret' }
  },
  rejection: () => Promise.reject(new Error('secret')),
  late: async () => {
    await sleep(1)
    throw new Error('secret')
  },
  'status property': () => {
    throw Object.assign(new Error('secret'), { status: 418, statusCode: 418 })
  },
  'returned error': () => new Error('secret'),
  'http exception': () => {
    throw new HTTPException(418, { detail: 'short and stout', headers: { 'x-pot': 'tea' } })
  },
  'returned exception': () => errors.conflict('taken'),
  'h3 error': () => {
    throw new HTTPError({ status: 409, message: 'h3 says no' })
  },
  'invalid header': () => new HTTPException(400, { headers: { 'x-a': 'a\nb' } }),
}

const routes = defineRoutes('', (route) => {
  route.get('/after', () => 'after')
  route.get('/order/:x', { middleware: [trace('route')] }, () => {
    order.push('handler')
    return 'ordered'
  })
  for (const path of [
    'stamped',
    'changed',
    'blocked',
    'replaced',
    'thrown',
    'rejected',
    'twice',
    'silent',
    'awaited',
  ] as const)
    route.get(`/${path}`, () => path)
  route.get('/stamped/error', () => failing.error!())
  route.get('/stamped/stream', async function* () {
    yield 'streamed'
  } as never)
  route.get('/recovered', () => failing.error!())
  route.post('/secret', { body: z.object({ a: z.number() }) }, () => 'known')
  route.get('/cookies', () => {
    const response = new Response('cookies')
    response.headers.append('set-cookie', 'handler=1')
    return response
  })
  route.get('/removed', () => new Response('', { headers: { 'x-inner': '1' } }))
  route.get('/fails/:how', ({ params }) => failing[decodeURIComponent(params.how)]!())
  route.get('/handled/taken', () => {
    throw new Taken('taken')
  })
  route.get('/handled/renamed', () => {
    throw new Renamed('renamed')
  })
  route.get('/slow', { timeout: 30 }, () => sleep(200, 'slow'))
  route.get('/slow/aborts', { timeout: 30 }, async ({ signal }) => {
    await sleep(5_000, undefined, { signal })
    return 'never'
  })
  route.get('/fast', { timeout: 5_000 }, () => sleep(5, 'fast'))
  route.get('/slow/stream', { timeout: 30 }, async function* () {
    yield 'a'
    await sleep(80)
    yield 'b'
  } as never)
})
const guarded = defineRoutes(
  '/guarded',
  {
    before: {
      run: ({ header }) => (header('x-key') === 'k' ? undefined : errors.unauthorized('key required')),
    },
  },
  (route) => {
    route.post('/', { body: z.object({ a: z.number() }) }, () => 'in')
    route.get('/answer', () => 'in')
  },
)
const answering = defineRoutes(
  '/answering',
  { before: { run: () => new Response('instead', { status: 203 }) } },
  (route) => void route.get('/', () => 'never'),
)

let port: number
beforeAll(async () => {
  const server = await listening({
    web: {
      routes: [routes, guarded, answering],
      middleware: global,
      exceptionHandlers: [
        [Taken, () => new HTTPException(409, { detail: 'taken by a handler' })],
        [
          Renamed,
          () => {
            throw new Error('secret')
          },
        ],
      ],
    },
    manual: true,
  })
  port = server.port
  return server.stop
})

const get = (
  path: string,
  status: number,
  body?: string | RegExp,
  headers?: Record<string, string | RegExp | null>,
  ...sent: string[]
): PeerCase => ({
  sent: message(`GET ${path}`, sent),
  answers: [{ status, ...(body !== undefined && { body }), ...(headers && { headers }) }],
})
const post = (path: string, body: string, headers: readonly string[], status: number): PeerCase => ({
  sent: message(`POST ${path}`, ['Content-Type: application/json', ...headers], body),
  answers: [{ status }],
})
const PROBLEM = { 'content-type': 'application/problem+json' }
const hidden = /^(?!.*secret).*"id":"/

const middleware: Record<string, PeerCase> = {
  'h3 middleware "should run all middleware in order"': get('/order/1', 200, 'ordered', {
    'x-order': 'module in, route in, handler, route out, module out',
  }),
  'fastify hooks "onSend hook is called after payload is serialized and headers are set"': get(
    '/stamped',
    200,
    'stamped',
    { 'x-stamp': '200' },
  ),
  'fastify hooks "run hooks on default 404"': get('/stamped/nowhere', 404, undefined, {
    'x-stamp': '404',
    ...PROBLEM,
  }),
  'fastify 404s "onSend hooks run" for an error': get('/stamped/error', 500, hidden, { 'x-stamp': '500' }),
  'fastify stream "should trigger the onSend hook" for a stream': get('/stamped/stream', 200, 'streamed', {
    'x-stamp': '200',
  }),
  'fastify hooks "modify payload" and "Content-Length header should be updated"': get(
    '/changed',
    299,
    'CHANGED',
    { 'content-length': '7' },
  ),
  'fastify hooks "onRequest hooks should be able to block a request"': get(
    '/blocked',
    403,
    /blocked/,
    PROBLEM,
  ),
  'h3 middleware "intercepted middleware": a value is the answer': get('/replaced', 200, '{"replaced":true}'),
  'fastify hooks "onSend hook throws": an error with a handler': get('/thrown', 409, /taken by a handler/),
  'fastify hooks: a hook that rejects': get('/rejected', 500, hidden),
  'h3 middleware: next() twice is an error of the program': get('/twice', 500, hidden),
  'h3 app "handles next() call": middleware that returns nothing and calls nothing': get(
    '/silent',
    500,
    hidden,
  ),
  'h3 middleware: middleware that awaits next() and returns nothing': get('/awaited', 200, 'awaited'),
  'fastify set-error-handler: middleware may recover': get('/recovered', 200, 'recovered'),
  'node-server "Should not authorized"': post('/secret', '{"a":1}', [], 401),
  'node-server "Should authorized"': post('/secret', '{"a":1}', ['Authorization: Bearer t'], 200),
  'fastify hooks "preValidation": a guard comes before the validation': post('/secret', '{"a":"x"}', [], 401),
  'h3 app "keeps a handler-returned Response\'s own set-cookie values when merging"': get(
    '/cookies',
    200,
    'cookies',
    { 'set-cookie': 'handler=1 | middleware=1' },
  ),
  'fastify reply "removeHeader can remove the value"': get('/removed', 200, '', { 'x-inner': null }),
  'fastify route-hooks "onRequest hook of a route": a hook of a group refuses': post(
    '/guarded',
    '{"a":1}',
    [],
    401,
  ),
  'fastify route-hooks: a hook of a group comes before the validation': post('/guarded', '{}', [], 401),
  'fastify route-hooks: a hook of a group lets pass': post('/guarded', '{"a":1}', ['X-Key: k'], 200),
  'fastify route-hooks: the validation follows': post('/guarded', '{}', ['X-Key: k'], 422),
  'fastify hooks-async "preHandler respond with a string": a hook may answer': get(
    '/answering',
    203,
    'instead',
  ),
  'fastify hooks: a hook of a group is not that of another': get('/fast', 200, 'fast'),
}

const fails = (
  how: string,
  status: number,
  body: string | RegExp,
  headers: Record<string, string> = PROBLEM,
) => get(`/fails/${encodeURIComponent(how)}`, status, body, headers)

const failures: Record<string, PeerCase> = {
  'fastify 500s "default 500"': fails('error', 500, hidden),
  'fastify 500s "default 500 with non-error string"': fails('string', 500, hidden),
  'fastify reply-error "should trigger error handlers if a sync route throws undefined"': fails(
    'undefined',
    500,
    hidden,
  ),
  'fastify 500s "default 500 with non-error null"': fails('null', 500, hidden),
  'h3 errors "throw number" (no status: it is a mistake)': fails('number', 500, hidden),
  'h3 errors "status on a thrown object is never honored"': fails('object', 500, hidden),
  'h3 errors "throw object does not leak into the response body"': fails('object', 500, hidden),
  'fastify promises "shorthand - fetch promise es6 get return error"': fails('rejection', 500, hidden),
  'fastify async-await: a rejection after a wait': fails('late', 500, hidden),
  'fastify reply-error "Error instance sets HTTP status code" (not ours)': fails(
    'status property',
    500,
    hidden,
  ),
  'h3 errors "return HTTPError": a returned error': fails('returned error', 500, hidden),
  'fastify reply-error "should set the status code and the headers from the error object"': fails(
    'http exception',
    418,
    /short and stout/,
    { 'x-pot': 'tea', ...PROBLEM },
  ),
  'h3 errors "returned and thrown errors agree"': fails('returned exception', 409, /taken/),
  'h3 errors "throw HTTPError"': fails('h3 error', 409, /h3 says no/),
  'fastify reply "invalid response headers when sending back an error"': fails('invalid header', 500, hidden),
  'fastify set-error-handler: a handler for the class': get('/handled/taken', 409, /taken by a handler/),
  'fastify reply-error "error thrown by custom error handler routes to default error handler"': get(
    '/handled/renamed',
    500,
    hidden,
  ),
  'fastify handler-timeout "slow handler returns 503"': get('/slow', 503, /too long/, PROBLEM),
  'fastify handler-timeout "request.signal aborts when timeout fires"': get('/slow/aborts', 503),
  'fastify handler-timeout "fast handler completes normally with 200"': get('/fast', 200, 'fast'),
  'fastify handler-timeout "streaming response": a stream that has begun is not cut': get(
    '/slow/stream',
    200,
    'ab',
  ),
}

describe('middleware', () => testPeers(() => port, middleware))
describe('failures', () => testPeers(() => port, failures))
