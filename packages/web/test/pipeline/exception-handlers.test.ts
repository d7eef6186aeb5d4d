import { defineModule } from '@myfy/core'
import { request } from '@myfy/di'
import { defineRoutes, type ExceptionHandler, errors, HTTPException, type WebModuleOptions } from '@myfy/web'
import { createTestClient, type TestRequest } from '@myfy/web/testing'
import { HTTPError } from 'h3'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { recordingApp } from '../recording.ts'

class DbError extends Error {}
class DeadlockError extends DbError {}

const outcomes: boolean[] = []
const transaction = request(() => ({}), { settle: (_, { ok }) => void outcomes.push(ok) })
const identity = request(() => {
  throw errors.unauthorized('credentials required')
})

const routes = defineRoutes('', { bodyLimit: 50 }, (route) => {
  route.get('/thrown', { inject: { transaction } }, ({ transaction: _ }) => {
    throw errors.conflict('taken')
  })
  route.get('/returned', () => errors.conflict('taken'))
  route.post('/body', { body: z.object({ n: z.number() }) }, () => 1)
  route.get('/query', { query: z.object({ n: z.string() }) }, () => 1)
  route.get('/boom', () => {
    throw new Error('boom')
  })
  route.get('/text', () => {
    throw 'a string'
  })
  route.get('/deadlock', () => {
    throw new DeadlockError('deadlock')
  })
  route.get('/h3', () => {
    throw new HTTPError({ status: 418, message: 'teapot' })
  })
  route.get('/identity', { inject: { identity } }, () => 1)
  route.get('/slow', { timeout: 10 }, ({ signal }) => {
    return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  })
  route.websocket('/socket', () => ({}))
  route.get('/guarded', { middleware: [() => errors.forbidden('guarded')] }, () => 1)
})

const respond = async (
  exceptionHandlers: readonly ExceptionHandler[],
  method: string,
  path: string,
  sent: TestRequest = {},
) => {
  const { logger, lines } = recordingApp()
  await using client = await createTestClient({ routes: [routes], exceptionHandlers, logger })
  const response = await client.request(method, path, sent)
  return { status: response.status, headers: response.headers, text: await response.text(), lines }
}

const custom: ExceptionHandler = [
  HTTPException,
  (error: HTTPException) =>
    Response.json({ error: error.message }, { status: error.status, headers: error.headers }),
]

describe('a handler of HTTPException is called for', () => {
  // As setErrorHandler of Fastify, onError of Hono and @Catch(HttpException) of NestJS.
  test.each<[what: string, method: string, path: string, status: number, sent?: TestRequest]>([
    ['an exception that is thrown', 'GET', '/thrown', 409],
    ['an exception that is returned', 'GET', '/returned', 409],
    ['an unknown path', 'GET', '/nowhere', 404],
    ['a method that is not allowed', 'DELETE', '/thrown', 405],
    ['an invalid query', 'GET', '/query', 422],
    ['an invalid body', 'POST', '/body', 422, { json: {} }],
    ['malformed JSON', 'POST', '/body', 400, { body: '{', headers: { 'content-type': 'application/json' } }],
    ['a body that is too large', 'POST', '/body', 413, { json: { s: 'x'.repeat(99) } }],
    [
      'a body of another media type',
      'POST',
      '/body',
      415,
      { body: 'x', headers: { 'content-type': 'text/x' } },
    ],
    ['an HTTPError of h3', 'GET', '/h3', 418],
    ['an exception of a service', 'GET', '/identity', 401],
    ['an exception of middleware', 'GET', '/guarded', 403],
    ['a timeout', 'GET', '/slow', 503],
    ['a request to a WebSocket route', 'GET', '/socket', 426],
  ])('%s', async (_, method, path, status, sent) => {
    const response = await respond([custom], method, path, sent)
    expect(response.status).toBe(status)
    expect(JSON.parse(response.text)).toEqual({ error: expect.any(String) })
    if (status === 405) expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
  })

  test('no other error', async () => {
    expect(await respond([custom], 'GET', '/boom')).toMatchObject({
      status: 500,
      text: expect.stringContaining('"id":'),
    })
  })
})

test('the first handler whose class matches is called', async () => {
  const called =
    (name: string): ExceptionHandler[1] =>
    () =>
      new Response(name)
  const handlers: ExceptionHandler[] = [
    [DeadlockError, called('deadlock')],
    [DbError, called('database')],
    [Error, called('error')],
  ]
  expect((await respond(handlers, 'GET', '/deadlock')).text).toBe('deadlock')
  expect((await respond(handlers.slice(1), 'GET', '/deadlock')).text).toBe('database')
  expect((await respond(handlers, 'GET', '/boom')).text).toBe('error')
  expect((await respond(handlers, 'GET', '/nowhere')).text).toBe('error')
  // A thrown string is not an instance of a class.
  expect((await respond(handlers, 'GET', '/text')).status).toBe(500)
})

test('an HTTPError of h3 is passed to a handler of its class as it is', async () => {
  const handler: ExceptionHandler = [
    HTTPError,
    (error: HTTPError) => ({ unhandled: error.unhandled ?? false }),
  ]
  expect((await respond([handler, custom], 'GET', '/h3')).text).toBe('{"unhandled":false}')
})

describe('a handler', () => {
  test('keeps the default response when it returns the error', async () => {
    const same: ExceptionHandler = [Error, (error: Error) => error]
    expect(JSON.parse((await respond([same], 'GET', '/nowhere')).text)).toMatchObject({ status: 404 })
    const unknown = await respond([same], 'GET', '/boom')
    const { id } = JSON.parse(unknown.text) as { id: string }
    expect(unknown.lines).toMatchObject([{ level: 'error', fields: { id } }])
  })

  test('passes the error to the next handler when it returns undefined', async () => {
    const seen: unknown[] = []
    const observer: ExceptionHandler = [Error, (error: Error) => void seen.push(error.message)]
    expect((await respond([observer, custom], 'GET', '/thrown')).text).toBe('{"error":"taken"}')
    expect(seen).toEqual(['taken'])
  })

  test('can throw an HTTPException; any other error that it throws is a 500 that is logged', async () => {
    const throwing = (error: Error): ExceptionHandler => [
      Error,
      () => {
        throw error
      },
    ]
    expect((await respond([throwing(errors.gone('gone'))], 'GET', '/boom')).status).toBe(410)
    const failed = await respond([throwing(new Error('second'))], 'GET', '/nowhere')
    expect(failed.status).toBe(500)
    expect(failed.lines[0]!.fields).toMatchObject({ err: { message: 'second' } })
  })

  test('does not make a failed request succeed: its services roll back', async () => {
    outcomes.length = 0
    await respond([custom], 'GET', '/thrown')
    expect(outcomes).toEqual([false])
  })
})

test('a module brings exception handlers, which are asked after those of the application', async () => {
  class Lost extends Error {}
  const failing = defineRoutes('', (route) => {
    route.get('/lost', () => {
      throw new Lost()
    })
  })
  const module = defineModule({
    name: 'data',
    exceptionHandlers: [[Lost, () => errors.serviceUnavailable('lost')]] as const,
  })
  const start = (exceptionHandlers: WebModuleOptions['exceptionHandlers']) =>
    createTestClient({ routes: [failing], modules: [module], exceptionHandlers })
  await using client = await start([])
  expect((await client.get('/lost')).status).toBe(503)
  await using own = await start([[Lost, () => errors.gone()]])
  expect((await own.get('/lost')).status).toBe(410)
})

test('exception handlers of a module that are not pairs are refused before the start', async () => {
  const module = defineModule({ name: 'data', exceptionHandlers: [Error] })
  await expect(createTestClient({ modules: [module] })).rejects.toMatchObject({ code: 'MYFY_OPTION_INVALID' })
})
