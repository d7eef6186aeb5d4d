// Every form of error: status, content type, body; and that nothing leaks.

import { request } from '@myfy/di'
import { defineRoutes, errors, HTTPException } from '@myfy/web'
import { createTestClient, type TestClient } from '@myfy/web/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { recordingApp } from '../recording.ts'

class DbError extends Error {}

const transaction = request(() => ({}), {
  settle(_service, outcome) {
    if (outcome.ok) throw new Error('commit refused by constraint secret_key')
  },
})

const routes = defineRoutes('/e', { bodyLimit: 100 }, (route) => {
  route.post(
    '/body',
    { body: z.strictObject({ age: z.number().max(150), name: z.enum(['ada', 'bob']) }) },
    ({ body }) => body,
  )
  route.post('/optional', { body: z.object({ a: z.number() }).optional() }, ({ body }) => body ?? 'none')
  route.get('/thrown', () => {
    throw new HTTPException(409, {
      detail: 'taken',
      type: 'https://example.com/taken',
      title: 'Name taken',
      field: 'name',
    })
  })
  route.get('/returned', () => errors.notFound('no such user', { userId: 7 }))
  route.get('/headers', () => {
    throw errors.tooManyRequests('slow down', { headers: { 'retry-after': '3' } })
  })
  route.get('/unknown', () => {
    throw new Error('password=hunter2')
  })
  route.get('/text', () => {
    throw 'a bare secret'
  })
  route.get('/bigint', () => ({ value: 10n }))
  route.get('/response', { response: z.object({ id: z.number() }) }, () => ({ id: 'secret' }) as never)
  route.get('/stripped', { response: z.object({ id: z.number() }) }, () => ({ id: 1, passwordHash: 'x' }))
  route.get('/db', () => {
    throw new DbError('relation users does not exist')
  })
  route.get('/commit', { inject: { transaction } }, () => 'written')
  route.get('/badheader', () => {
    throw new HTTPException(400, { headers: { 'x-bad': 'a\nb' } })
  })
  route.get(
    '/slow',
    { timeout: 20 },
    ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  )
  route.get('/teapot', () => new Response('short and stout', { status: 418 }))
})

let client: TestClient
const { logger, lines } = recordingApp()

beforeAll(async () => {
  client = await createTestClient({
    routes: [routes],
    logger,
    exceptionHandlers: [[DbError, () => errors.serviceUnavailable('the database is away')]],
  })
})
afterAll(() => client.close())

async function problem(response: Response | Promise<Response>) {
  const answer = await response
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  const body = (await answer.json()) as Record<string, unknown>
  expect(body.status).toBe(answer.status)
  return body
}

/** A request id has the form of a trace id (W3C Trace Context). */
const ID = /^[\da-f]{32}$/

describe('the client learns', () => {
  test('404 of an unknown path', async () => {
    expect(await problem(client.get('/nowhere'))).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail: 'no route matches this path',
      id: expect.stringMatching(ID),
    })
  })

  test('405 of a known path with another method, and which it takes', async () => {
    const response = await client.delete('/e/body')
    expect(response.headers.get('allow')).toBe('OPTIONS, POST')
    expect(await problem(response)).toMatchObject({ status: 405, title: 'Method Not Allowed' })
  })

  test('the methods of a path, when it asks with OPTIONS', async () => {
    const response = await client.request('OPTIONS', '/e/thrown')
    expect([response.status, response.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS'])
  })

  test('415 of a body that is not JSON', async () => {
    const body = await problem(
      client.post('/e/body', {
        body: 'age=3',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
    )
    expect(body).toMatchObject({ status: 415 })
  })

  test.each(['application/json; charset=latin1', 'text/json', 'application/jsonp', ''])(
    '415 of the content type %j',
    async (type) => {
      const response = await client.post('/e/body', {
        body: new TextEncoder().encode('{}'),
        headers: type ? { 'content-type': type } : {},
      })
      expect(response.status).toBe(415)
    },
  )

  test.each(['application/json; charset=utf-8', 'application/vnd.api+json', 'Application/JSON'])(
    'nothing against %j',
    async (type) => {
      const response = await client.post('/e/body', {
        body: '{"age":3,"name":"ada"}',
        headers: { 'content-type': type },
      })
      expect(response.status).toBe(200)
    },
  )

  test('415 of a compressed body', async () => {
    const response = await client.post('/e/body', { json: {}, headers: { 'content-encoding': 'gzip' } })
    expect(await problem(response)).toMatchObject({ status: 415 })
  })

  test('400 of malformed JSON, without a part of it', async () => {
    const body = await problem(
      client.post('/e/body', { body: '{"age": hunter2', headers: { 'content-type': 'application/json' } }),
    )
    expect(body).toEqual({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: 'the request body is not valid JSON',
      id: expect.stringMatching(ID),
    })
  })

  test.each(['{"__proto__":{"admin":true}}', '{"a":{"\\u005f_proto__" : 1}}'])('400 of %s', async (text) => {
    const body = await problem(
      client.post('/e/body', { body: text, headers: { 'content-type': 'application/json' } }),
    )
    expect(body).toMatchObject({ status: 400 })
  })

  test('413 of a body over the limit', async () => {
    expect(await problem(client.post('/e/body', { json: { name: 'x'.repeat(200) } }))).toMatchObject({
      status: 413,
    })
  })

  test('422 of each thing that does not fit, never what was sent', async () => {
    const response = await client.post('/e/body', { json: { age: 9_999_999, name: 'mallory' } })
    const body = await problem(response)
    expect(body).toMatchObject({ status: 422, title: 'Unprocessable Entity' })
    expect(body.errors).toEqual([
      { in: 'body', path: 'age', detail: expect.any(String) },
      { in: 'body', path: 'name', detail: expect.any(String) },
    ])
    expect(JSON.stringify(body)).not.toMatch(/mallory|9999999/)
  })

  test('422 of a missing body, and nothing where it is optional', async () => {
    expect(await problem(client.post('/e/body'))).toMatchObject({ status: 422 })
    expect(await (await client.post('/e/optional')).text()).toBe('none')
  })

  test('400 of bad percent-encoding and of floods in the query', async () => {
    expect((await client.get('/e/teapot?a=%zz')).status).toBe(418)
    const asks = defineRoutes('/q', (route) => {
      route.get('/', ({ query }) => query)
      route.get('/:id', ({ params }) => params)
    })
    await using asking = await createTestClient({ routes: [asks] })
    expect(await problem(asking.get('/q?a=%zz'))).toMatchObject({ status: 400 })
    expect(await problem(asking.get('/q/%zz'))).toMatchObject({ status: 400 })
    expect(await problem(asking.get(`/q?${'k&'.repeat(1_001)}`))).toMatchObject({ status: 400 })
    expect(await problem(asking.get('/q?__proto__=1'))).toMatchObject({ status: 400 })
    expect(await (await asking.get('/q?a=1&a=2&b=%20+')).json()).toEqual({ a: ['1', '2'], b: '  ' })
  })

  test('what an exception says, thrown or returned', async () => {
    expect(await problem(client.get('/e/thrown'))).toEqual({
      type: 'https://example.com/taken',
      title: 'Name taken',
      status: 409,
      detail: 'taken',
      id: expect.stringMatching(ID),
      field: 'name',
    })
    expect(await problem(client.get('/e/returned'))).toMatchObject({
      status: 404,
      detail: 'no such user',
      userId: 7,
    })
    expect((await client.get('/e/headers')).headers.get('retry-after')).toBe('3')
  })

  test('what a handler of exceptions makes of an error', async () => {
    expect(await problem(client.get('/e/db'))).toMatchObject({ status: 503, detail: 'the database is away' })
  })

  test('503 of a handler that takes too long', async () => {
    expect(await problem(client.get('/e/slow'))).toMatchObject({
      status: 503,
      detail: 'the request took too long',
    })
  })

  test('a returned Response of any status as it is', async () => {
    const response = await client.get('/e/teapot')
    expect([response.status, await response.text()]).toEqual([418, 'short and stout'])
  })

  test('only what the response schema lets through', async () => {
    expect(await (await client.get('/e/stripped')).json()).toEqual({ id: 1 })
  })
})

describe('an error that nobody expected', () => {
  test.each(['/e/unknown', '/e/text', '/e/bigint', '/e/response', '/e/commit'])(
    'at %s is 500 with an id, and the id is in the log',
    async (path) => {
      lines.length = 0
      const body = await problem(client.get(path))
      expect(body).toEqual({
        type: 'about:blank',
        title: 'Internal Server Error',
        status: 500,
        id: expect.any(String),
      })
      const line = lines.find(({ fields }) => (fields as { id?: string }).id === body.id)
      expect(line).toMatchObject({ level: 'error', fields: { err: expect.anything(), route: `GET ${path}` } })
    },
  )
})
