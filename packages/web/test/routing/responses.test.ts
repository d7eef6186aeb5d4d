// The responses of a route by status: their schemas, their types, and their description.

import { defineRoutes, HTTPException, type OpenAPIDocument, RouteError, reply } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

const User = z.object({ id: z.number(), name: z.string() }).meta({ id: 'User' })
const Conflict = z.object({ kind: z.literal('taken'), names: z.array(z.string()) })

const routes = defineRoutes('/users', (route) => {
  const responses = { 201: User, 409: Conflict, 404: { description: 'No such team' } }
  route.post('/', { body: z.object({ name: z.string() }), responses }, ({ body }) => {
    if (body.name === 'Ada') return reply(409, { kind: 'taken', names: ['Ada'] }, { 'x-taken': 'yes' })
    if (body.name === 'Nobody') return new HTTPException(404)
    return { id: 1, name: body.name, password: 'secret' }
  })
  route.get('/none', { responses: { 200: User, 204: { description: 'None' } } }, () => reply(204))
  route.get('/wrong', { responses: { 200: User } }, (() => reply(200, { id: 'x' })) as never)
  route.get('/100', () => reply(100, 'continue'))
  route.get('/text', () => reply(202, 'later'))
})

test('a value has the status of the success, and is parsed by its schema', async () => {
  await using client = await createTestClient({ routes: [routes] })
  const response = await client.post('/users', { json: { name: 'Bob' } })
  expect([response.status, await response.json()]).toEqual([201, { id: 1, name: 'Bob' }])
})

test('reply() sends another status, with headers', async () => {
  await using client = await createTestClient({ routes: [routes] })
  const conflict = await client.post('/users', { json: { name: 'Ada' } })
  expect([conflict.status, conflict.headers.get('x-taken'), await conflict.json()]).toEqual([
    409,
    'yes',
    { kind: 'taken', names: ['Ada'] },
  ])
  const none = await client.get('/users/none')
  expect([none.status, await none.text()]).toEqual([204, ''])
  const later = await client.get('/users/text')
  expect([later.status, await later.text(), later.headers.get('content-type')]).toEqual([
    202,
    'later',
    'text/plain; charset=utf-8',
  ])
})

test('a value that the schema of its status refuses, and a status that is not one, are a 500', async () => {
  await using client = await createTestClient({ routes: [routes] })
  expect((await client.get('/users/wrong')).status).toBe(500)
  expect((await client.get('/users/100')).status).toBe(500)
})

test('the description has every response with its schema', async () => {
  await using client = await createTestClient({ routes: [routes] })
  const document = (await (await client.get('/openapi.json')).json()) as OpenAPIDocument
  const { responses } = document.paths['/users']!.post as { responses: Record<string, object> }
  expect(Object.keys(responses)).toEqual(['201', '400', '404', '409', '413', '415', '422', 'default'])
  expect(responses[201]).toEqual({
    description: 'Created',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/User' } } },
  })
  expect(responses[409]).toMatchObject({
    description: 'Conflict',
    content: { 'application/json': { schema: { required: ['kind', 'names'] } } },
  })
  expect(responses[404]).toMatchObject({
    description: 'No such team',
    content: { 'application/problem+json': {} },
  })
})

test('the responses of a group and of a route are merged', () => {
  const { routes } = defineRoutes('', { responses: { 401: {}, 404: {} } }, (route) => {
    route.get('/', { responses: { 200: User, 404: { description: 'own' } } }, () => ({ id: 1, name: 'Ada' }))
  })
  expect(routes[0]!.spec.responses).toEqual({ 200: User, 401: {}, 404: { description: 'own' } })
})

describe('a declaration is refused when', () => {
  test('two successes have schemas and no status says which one a value is', () => {
    const declare = () =>
      defineRoutes('', (route) => {
        route.get('/', { responses: { 201: User, 202: User } }, () => ({ id: 1, name: 'Ada' }))
      })
    expect(declare).toThrow(RouteError)
    expect(declare).toThrow(
      'Cannot declare route GET /: responses has schemas for 201 and 202. Set `status` to the one of a value that is returned without reply().',
    )
  })

  test('a status is not one of a response, or an entry is undefined', () => {
    expect(() =>
      defineRoutes('', (route) => void route.get('/', { responses: { 700: User } }, () => 1)),
    ).toThrow('responses has the status 700. Use a status from 200 to 599.')
    expect(() =>
      defineRoutes('', (route) => void route.get('/', { responses: { 200: undefined as never } }, () => 1)),
    ).toThrow('the response 200 is undefined. Pass a schema, or an object with a description.')
  })
})

test('the types of a handler follow its responses', () => {
  defineRoutes('', (route) => {
    const responses = { 200: User, 409: Conflict }
    route.get('/a', { responses }, () => ({ id: 1, name: 'Ada' }))
    route.get('/b', { responses }, async () => reply(409, { kind: 'taken', names: [] }))
    // @ts-expect-error the value does not match the schema of 200
    route.get('/c', { responses }, () => ({ id: 'x' }))
    // @ts-expect-error the value does not match the schema of 409
    route.get('/d', { responses }, () => reply(409, { id: 1, name: 'Ada' }))
    // @ts-expect-error 404 is not declared
    route.get('/e', { responses }, () => reply(404, { id: 1 }))
    route.get('/f', { responses: { 201: { schema: User }, 404: {} } }, () => ({ id: 1, name: 'Ada' }))
    // Without a schema for a success, a value may be anything.
    route.get('/g', { responses: { 404: { description: 'none' } } }, () => ({ anything: true }))
    route.get('/h', { response: User, responses: { 409: Conflict } }, () =>
      reply(409, { kind: 'taken', names: [] }),
    )
    // @ts-expect-error the status selects the schema of a value without one
    route.get('/i', { status: 201, responses: { 200: Conflict, 201: User } }, () => ({
      kind: 'taken',
      names: [],
    }))
  })
})
