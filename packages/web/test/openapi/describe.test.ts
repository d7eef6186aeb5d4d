// zod, valibot and arktype side by side: the same checks, the same answers, the same description.

import type { StandardSchema } from '@myfy/core'
import { defineRoutes, type WebModule } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { Validator } from '@seriousme/openapi-schema-validator'
import { toJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'

const toJSONSchema = (schema: StandardSchema) =>
  schema['~standard'].vendor === 'valibot' ? toJsonSchema(schema as never) : undefined

const zodRoutes = defineRoutes('/orders', (route) => {
  route.post(
    '/:id',
    {
      params: z.object({ id: z.coerce.number() }),
      query: z.object({ notify: z.enum(['yes', 'no']).optional() }),
      headers: z.object({ 'x-trace': z.string() }),
      body: z.object({ sku: z.string().min(3), count: z.number().int() }),
      response: z.object({ id: z.number(), sku: z.string() }),
      summary: 'Places an order',
      tags: ['orders'],
      status: 201,
    },
    ({ params, body, query, headers }) => {
      expectTypeOf(params).toEqualTypeOf<{ id: number }>()
      expectTypeOf(body).toEqualTypeOf<{ sku: string; count: number }>()
      expectTypeOf(query.notify).toEqualTypeOf<'yes' | 'no' | undefined>()
      expectTypeOf(headers['x-trace']).toEqualTypeOf<string>()
      return { id: params.id, sku: body.sku }
    },
  )
})

const valibotRoutes = defineRoutes('/orders', (route) => {
  route.post(
    '/:id',
    {
      params: v.object({ id: v.pipe(v.string(), v.digits(), v.toNumber()) }),
      query: v.object({ notify: v.optional(v.picklist(['yes', 'no'])) }),
      headers: v.object({ 'x-trace': v.string() }),
      body: v.object({ sku: v.pipe(v.string(), v.minLength(3)), count: v.pipe(v.number(), v.integer()) }),
      response: v.object({ id: v.number(), sku: v.string() }),
      status: 201,
    },
    ({ params, body, query }) => {
      expectTypeOf(params).toEqualTypeOf<{ id: number }>()
      expectTypeOf(body).toEqualTypeOf<{ sku: string; count: number }>()
      expectTypeOf(query.notify).toEqualTypeOf<'yes' | 'no' | undefined>()
      return { id: params.id, sku: body.sku }
    },
  )
})

const arktypeRoutes = defineRoutes('/orders', (route) => {
  route.post(
    '/:id',
    {
      params: type({ id: 'string.integer.parse' }),
      query: type({ 'notify?': "'yes' | 'no'" }),
      headers: type({ 'x-trace': 'string' }),
      body: type({ sku: 'string >= 3', count: 'number.integer' }),
      response: type({ id: 'number', sku: 'string' }),
      status: 201,
    },
    ({ params, body, query }) => {
      expectTypeOf(params.id).toEqualTypeOf<number>()
      expectTypeOf(body).toEqualTypeOf<{ sku: string; count: number }>()
      expectTypeOf(query.notify).toEqualTypeOf<'yes' | 'no' | undefined>()
      return { id: params.id, sku: body.sku }
    },
  )
})

describe.each([
  ['zod', zodRoutes],
  ['valibot', valibotRoutes],
  ['arktype', arktypeRoutes],
])('%s', (_library, routes) => {
  const good = { json: { sku: 'ABC', count: 1 }, headers: { 'x-trace': 't' } }

  test('gives the handler what its schemas make of the request', async () => {
    await using client = await createTestClient({ routes: [routes] })
    const response = await client.post('/orders/7?notify=yes', good)
    expect([response.status, await response.json()]).toEqual([201, { id: 7, sku: 'ABC' }])
  })

  test.each([
    ['params', '/orders/x-ray', good],
    ['query', '/orders/7?notify=hunter2', good],
    ['headers', '/orders/7', { json: good.json }],
    ['body', '/orders/7', { ...good, json: { sku: 'hunter2', count: 'hunter2' } }],
  ])('refuses bad %s with what was expected, never with what was sent', async (part, path, request) => {
    await using client = await createTestClient({ routes: [routes] })
    const response = await client.post(path, request)
    const body = (await response.json()) as { errors: Array<{ in: string; path: string; detail: string }> }
    expect(response.status).toBe(422)
    expect(body.errors[0]).toMatchObject({ in: part, path: expect.any(String), detail: expect.any(String) })
    expect(JSON.stringify(body)).not.toMatch(/hunter2|x-ray/)
  })

  test('is described by a valid OpenAPI document', async () => {
    await using client = await createTestClient({
      routes: [routes],
      openapi: { title: 'Orders', version: '1.2.3', toJSONSchema },
    })
    const response = await client.get('/openapi.json')
    const document = (await response.json()) as ReturnType<() => WebModule['openapi']>
    const result = await new Validator().validate(structuredClone(document) as never)
    expect(result.errors ?? []).toEqual([])
    expect(result.valid).toBe(true)
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Orders', version: '1.2.3' } })
    const operation = document.paths['/orders/{id}']!.post as Record<string, unknown>
    expect(operation).toMatchObject({
      operationId: 'postOrdersId',
      requestBody: {
        content: {
          'application/json': {
            schema: { type: 'object', required: expect.arrayContaining(['sku', 'count']) },
          },
        },
      },
      responses: { 201: {}, 422: {}, default: {} },
    })
    const names = (operation.parameters as Array<{ in: string; name: string; required: boolean }>).map(
      (one) => [one.in, one.name, one.required],
    )
    expect(names).toEqual([
      ['path', 'id', true],
      ['query', 'notify', false],
      ['header', 'x-trace', true],
    ])
  })
})

test('a schema that refers to itself is described with references that hold', async () => {
  const Tree = z.object({
    name: z.string(),
    get children() {
      return z.array(Tree)
    },
  })
  const routes = defineRoutes('/trees', (route) => {
    route.post('/', { body: Tree, response: Tree }, ({ body }) => body)
    route.get('/:id/**:rest', () => 'ok')
    route.websocket('/live', () => ({}))
  })
  await using client = await createTestClient({ routes: [routes] })
  const document = (await (await client.get('/openapi.json')).json()) as WebModule['openapi']
  const result = await new Validator().validate(structuredClone(document) as never)
  expect(result.errors ?? []).toEqual([])
  expect(Object.keys(document.paths)).toEqual(['/trees', '/trees/{id}/{rest}'])
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
    (match) => match[1]!,
  )
  for (const name of refs) expect(document.components.schemas).toHaveProperty(name)
  expect(refs.length).toBeGreaterThan(2)
})

test('the page for people is text, without scripts, in development only', async () => {
  const routes = defineRoutes('', (route) => {
    route.get('/x', { summary: '<script>alert(1)</script>' }, () => 1)
  })
  await using client = await createTestClient({ routes: [routes] })
  const response = await client.get('/docs')
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(await response.text()).not.toContain('<script>')
  await using production = await createTestClient({ routes: [routes], openapi: { docs: false } })
  expect((await production.get('/docs')).status).toBe(404)
})
