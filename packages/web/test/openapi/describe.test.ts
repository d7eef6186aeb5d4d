import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { StandardSchema } from '@myfy/core'
import {
  defineAuth,
  defineRoutes,
  download,
  errors,
  file,
  form,
  mount,
  mountNode,
  type OpenAPIOptions,
  proxy,
  type Routes,
  reply,
  serveFiles,
  type WebModule,
} from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { Validator } from '@seriousme/openapi-schema-validator'
import { toJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import ts from 'typescript'
import * as v from 'valibot'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { z as z3 } from 'zod/v3'
import { installed } from '../installed.ts'
import { recordingApp } from '../recording.ts'

const toJSONSchema = (schema: StandardSchema) =>
  schema['~standard'].vendor === 'valibot' ? toJsonSchema(schema as never) : undefined

interface Operation {
  readonly operationId: string
  readonly parameters?: ReadonlyArray<{
    name: string
    in: string
    required: boolean
    schema: Record<string, unknown>
  }>
  readonly requestBody?: { required: boolean; content: Record<string, { schema: Record<string, unknown> }> }
  readonly responses: Record<string, { description: string; content?: Record<string, { schema?: unknown }> }>
  readonly [key: string]: unknown
}
type Document = WebModule['openapi']

async function documentOf(routes: Routes, options: OpenAPIOptions = {}) {
  const { logger, lines } = recordingApp()
  await using client = await createTestClient({ routes: [routes], openapi: options, health: false, logger })
  const document = (await (await client.get('/openapi.json')).json()) as Document
  const result = await new Validator().validate(structuredClone(document) as never)
  expect(result.errors ?? []).toEqual([])
  const operation = (path: string, method = 'get') => document.paths[path]![method] as Operation
  const warnings = lines.filter(({ level }) => level === 'warn').map(({ message }) => message)
  return { document, operation, warnings }
}

const placeOrder = defineRoutes('/orders', (route) => {
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

const placeOrderZod3 = defineRoutes('/orders', (route) => {
  route.post(
    '/:id',
    {
      params: z3.object({ id: z3.coerce.number() }),
      query: z3.object({ notify: z3.enum(['yes', 'no']).optional() }),
      headers: z3.object({ 'x-trace': z3.string() }),
      body: z3.object({ sku: z3.string().min(3), count: z3.number().int() }),
      response: z3.object({ id: z3.number(), sku: z3.string() }),
      status: 201,
    },
    ({ params, body }) => ({ id: params.id, sku: body.sku }),
  )
})

const placeOrderValibot = defineRoutes('/orders', (route) => {
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

const placeOrderArktype = defineRoutes('/orders', (route) => {
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
  ['zod', placeOrder],
  ['zod 3', placeOrderZod3],
  ['valibot', placeOrderValibot],
  ['arktype', placeOrderArktype],
])('a route with schemas of %s', (_library, routes) => {
  const valid = { json: { sku: 'ABC', count: 1 }, headers: { 'x-trace': 't' } }

  test('gives the handler the outputs of the schemas', async () => {
    await using client = await createTestClient({ routes: [routes] })
    const response = await client.post('/orders/7?notify=yes', valid)
    expect([response.status, await response.json()]).toEqual([201, { id: 7, sku: 'ABC' }])
  })

  test.each([
    ['params', '/orders/x-ray', valid],
    ['query', '/orders/7?notify=hunter2', valid],
    ['headers', '/orders/7', { json: valid.json }],
    ['body', '/orders/7', { ...valid, json: { sku: 'hunter2', count: 'hunter2' } }],
  ])('rejects invalid %s without repeating them', async (part, path, request) => {
    await using client = await createTestClient({ routes: [routes] })
    const response = await client.post(path, request)
    const body = (await response.json()) as { errors: Array<{ in: string; path: string; detail: string }> }
    expect(response.status).toBe(422)
    expect(body.errors[0]).toMatchObject({ in: part, path: expect.any(String), detail: expect.any(String) })
    expect(JSON.stringify(body)).not.toMatch(/hunter2|x-ray/)
  })

  test('is described', async () => {
    const { document, operation } = await documentOf(routes, {
      title: 'Orders',
      version: '1.2.3',
      toJSONSchema,
    })
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Orders', version: '1.2.3' } })
    const described = operation('/orders/{id}', 'post')
    expect(described).toMatchObject({
      operationId: 'postOrdersId',
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: {
              type: 'object',
              required: expect.arrayContaining(['sku', 'count']),
              properties: { sku: { type: 'string', minLength: 3 }, count: { type: 'integer' } },
            },
          },
        },
      },
      responses: {
        201: { content: { 'application/json': { schema: { type: 'object' } } } },
        400: {},
        413: {},
        415: {},
        422: {},
        default: {},
      },
    })
    expect(described.parameters!.map((one) => [one.in, one.name, one.required])).toEqual([
      ['path', 'id', true],
      ['query', 'notify', false],
      ['header', 'x-trace', true],
    ])
  })
})

describe('operation IDs', () => {
  test('are unique, and derived from method and path', async () => {
    const routes = defineRoutes('', (route) => {
      route.get('/', () => 1)
      route.get('/users/:id', () => 1)
      route.get('/users/id', () => 1)
      route.post('/users/:userId', () => 1)
      route.get('/user-names/a.b', () => 1)
      route.get('/user/names/a/b', () => 1)
      route.get('/named', { operationId: 'listThem' }, () => 1)
      route.get('/list/them', { operationId: 'getMaybe' }, () => 1)
      route.get('/maybe/:name?', () => 1)
    })
    const { document } = await documentOf(routes)
    const ids = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, one]) => [`${method} ${path}`, (one as Operation).operationId]),
    )
    expect(Object.fromEntries(ids)).toEqual({
      'get /': 'get',
      'get /users/{id}': 'getUsersById',
      'get /users/id': 'getUsersId',
      'post /users/{id}': 'postUsersUserId',
      'get /user-names/a.b': 'getUserNamesAB',
      'get /user/names/a/b': 'getUserNamesAB2',
      'get /named': 'listThem',
      'get /list/them': 'getMaybe',
      'get /maybe': 'getMaybe2',
      'get /maybe/{name}': 'getMaybeName',
    })
  })

  test('that two routes set are rejected', async () => {
    const routes = defineRoutes('', (route) => {
      route.get('/a', { operationId: 'same' }, () => 1)
      route.get('/b', { operationId: 'same' }, () => 1)
    })
    await expect(createTestClient({ routes: [routes] })).rejects.toThrow(
      "Cannot declare route GET /b: GET /a has the same operationId 'same'. Use another operationId.",
    )
  })
})

describe('path templates', () => {
  test.each<[pattern: string, paths: string[]]>([
    ['/static', ['/static']],
    ['/users/:id', ['/users/{id}']],
    ['/maybe/:name?', ['/maybe', '/maybe/{name}']],
    ['/many/:path*', ['/many', '/many/{path}']],
    ['/many/:path+', ['/many/{path}']],
    ['/wild/**', ['/wild/{path}']],
    ['/wild/**:rest', ['/wild/{rest}']],
    ['/star/*/end', ['/star/{value}/end']],
    ['/digits/:id(\\d+)', ['/digits/{id}']],
    ['/nested/:id((?:a|b)c)', ['/nested/{id}']],
    ['/v:major-:minor', ['/v{major}-{minor}']],
    ['/file/:name.json', ['/file/{name}.json']],
    ['/group{/:b}?', ['/group', '/group/{b}']],
    ['/time/a\\:b', ['/time/a:b']],
    ['/:a?', ['/', '/{a}']],
  ])('of %s are %j', async (pattern, paths) => {
    const { document } = await documentOf(defineRoutes('', (route) => void route.get(pattern, () => 1)))
    expect(Object.keys(document.paths)).toEqual(paths)
    for (const path of paths) {
      const { parameters = [] } = document.paths[path]!.get as Operation
      expect(parameters.map(({ name }) => name)).toEqual(
        [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
      )
    }
  })

  test('that differ in the names of parameters are one path', async () => {
    const routes = defineRoutes('', (route) => {
      route.get('/users/:id', { params: z.object({ id: z.coerce.number() }) }, () => 1)
      route.put('/users/:userId', { params: z.object({ userId: z.uuid() }) }, () => 1)
    })
    const { document, operation } = await documentOf(routes)
    expect(Object.keys(document.paths)).toEqual(['/users/{id}'])
    expect(operation('/users/{id}').parameters).toMatchObject([{ name: 'id', schema: { type: 'number' } }])
    expect(operation('/users/{id}', 'put').parameters).toMatchObject([
      { name: 'id', schema: { format: 'uuid' } },
    ])
  })

  test('have the constraint of the pattern without a schema', async () => {
    const routes = defineRoutes('', (route) => void route.get('/a/:id(\\d+)', () => 1))
    const { operation } = await documentOf(routes)
    expect(operation('/a/{id}').parameters).toMatchObject([
      { schema: { type: 'string', pattern: '^(?:\\d+)$' } },
    ])
  })
})

describe('a schema that JSON Schema cannot express as a whole', () => {
  test('is described except for that part, with a warning', async () => {
    const routes = defineRoutes('', (route) => {
      route.get(
        '/dates',
        {
          query: z.object({ since: z.coerce.date(), page: z.coerce.number() }),
          response: z.object({
            id: z.number(),
            at: z.date(),
            size: z.string().transform((text) => text.length),
          }),
        },
        () => ({ id: 1, at: new Date(0), size: 'x' }),
      )
      route.get(
        '/dates3',
        {
          query: z3.object({ since: z3.coerce.date(), page: z3.coerce.number() }),
          response: z3.object({
            id: z3.number(),
            at: z3.date(),
            size: z3.string().transform((text) => text.length),
          }),
        },
        () => ({ id: 1, at: new Date(0), size: 'x' }),
      )
      route.get(
        '/ark',
        { query: type({ since: 'string.date.parse', page: 'string.integer.parse' }) },
        () => 1,
      )
      route.get(
        '/vali',
        { response: v.object({ id: v.number(), at: v.date(), note: v.optional(v.string()) }) },
        () => ({ id: 1, at: new Date(0) }),
      )
      route.get(
        '/unknown',
        { query: { '~standard': { version: 1, vendor: 'own', validate: (value) => ({ value }) } } },
        () => 1,
      )
    })
    const { operation, warnings } = await documentOf(routes, { toJSONSchema })
    for (const path of ['/dates', '/dates3']) {
      expect(operation(path).parameters).toMatchObject([
        { name: 'since', required: true, schema: { type: 'string', format: 'date-time' } },
        { name: 'page', required: true, schema: { type: 'number' } },
      ])
      expect(operation(path).responses[200]!.content!['application/json']!.schema).toEqual({
        type: 'object',
        properties: { id: { type: 'number' }, at: { type: 'string', format: 'date-time' }, size: {} },
        required: ['id', 'at', 'size'],
      })
    }
    expect(operation('/ark').parameters).toMatchObject([
      { name: 'page', schema: { type: 'string' } },
      { name: 'since', schema: { type: 'string' } },
    ])
    expect(operation('/vali').responses[200]!.content!['application/json']!.schema).toEqual({
      type: 'object',
      properties: {
        id: { type: 'number' },
        at: { type: 'string', format: 'date-time' },
        note: { type: 'string' },
      },
      required: ['id', 'at'],
    })
    expect(operation('/unknown').parameters).toBeUndefined()
    expect(warnings).toEqual([
      'the response schema of GET /dates is described in part: JSON Schema cannot express a transform (size)',
      'the response schema of GET /dates3 is described in part: JSON Schema cannot express a transform',
      'the query schema of GET /unknown is not described: its library has no JSON Schema. Pass openapi.toJSONSchema',
    ])
  })

  test('is described by the members of a union and of an intersection', async () => {
    const routes = defineRoutes('', (route) => {
      const union = [
        z.object({ k: z.literal('a'), n: z.string() }),
        z.object({ k: z.literal('b'), n: z.number(), b: z.string() }),
      ] as const
      route.get('/union', { query: z.discriminatedUnion('k', [...union]) }, () => 1)
      route.get(
        '/and',
        { query: z.intersection(z.object({ a: z.string() }), z.object({ b: z.string().optional() })) },
        () => 1,
      )
      route.get('/record', { query: z.record(z.string(), z.string()) }, () => 1)
      route.get('/lists', { query: z.object({ tag: z.array(z.string()) }) }, () => 1)
    })
    const { operation } = await documentOf(routes)
    expect(operation('/union').parameters).toMatchObject([
      { name: 'k', required: true, schema: { anyOf: [{ const: 'a' }, { const: 'b' }] } },
      { name: 'n', required: true, schema: { anyOf: [{ type: 'string' }, { type: 'number' }] } },
      { name: 'b', required: false, schema: { type: 'string' } },
    ])
    expect(operation('/and').parameters).toMatchObject([
      { name: 'a', required: true },
      { name: 'b', required: false },
    ])
    expect(operation('/record').parameters).toMatchObject([
      { in: 'query', style: 'form', explode: true, schema: { additionalProperties: { type: 'string' } } },
    ])
    expect(operation('/lists').parameters).toMatchObject([{ name: 'tag', schema: { type: 'array' } }])
  })
})

describe('responses and bodies', () => {
  const routes = defineRoutes('', (route) => {
    route.post('/optional', { body: z.object({ a: z.number() }).optional() }, ({ body }) => body ?? 'none')
    route.post('/required', { body: z.object({ a: z.number() }) }, ({ body }) => body)
    route.delete('/gone', () => undefined)
    route.get('/plain', () => 1)
    route.put('/void', { response: z.void() }, () => undefined)
    route.get('/maybe', { response: z.object({ a: z.number() }).optional() }, () => undefined)
    route.get('/text', { response: z.string() }, () => 'hello')
    route.get('/either', { response: z.union([z.string(), z.object({ a: z.number() })]) }, () => 'hello')
    route.get('/list', { response: z.array(z.string()) }, () => ['a'])
    route.post('/created', { status: 201 }, () => ({ id: 1 }))
    route.head('/head', { response: z.string() }, () => 'x')
    route.get(
      '/secure',
      {
        security: [{ bearer: [] }],
        deprecated: true,
        responses: { 401: {}, 409: { description: 'Taken', schema: z.object({ by: z.string() }) }, 302: {} },
      },
      () => 1,
    )
  })
  const options = { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } }

  test('are those that are sent', async () => {
    const { operation, document } = await documentOf(routes, options)
    const responses = (path: string, method?: string) =>
      Object.fromEntries(
        Object.entries(operation(path, method).responses).map(([status, one]) => [
          status,
          Object.keys(one.content ?? {}),
        ]),
      )
    const json = ['application/json']
    const problem = { default: ['application/problem+json'] }
    expect(operation('/optional', 'post').requestBody!.required).toBe(false)
    expect(operation('/required', 'post').requestBody!.required).toBe(true)
    expect(responses('/gone', 'delete')).toEqual({ '2XX': [], ...problem })
    expect(responses('/plain')).toEqual({ '2XX': [], ...problem })
    expect(responses('/void', 'put')).toEqual({ 204: [], ...problem })
    expect(responses('/maybe')).toEqual({ 200: json, 204: [], ...problem })
    expect(responses('/text')).toEqual({ 200: ['text/plain'], ...problem })
    expect(responses('/either')).toEqual({ 200: ['text/plain', 'application/json'], ...problem })
    expect(responses('/list')).toEqual({ 200: json, ...problem })
    expect(responses('/created', 'post')).toEqual({ 201: [], ...problem })
    expect(responses('/head', 'head')).toEqual({ 200: [], ...problem })
    expect(responses('/secure')).toEqual({
      '2XX': [],
      302: [],
      401: ['application/problem+json'],
      409: json,
      ...problem,
    })
    expect(operation('/secure')).toMatchObject({ security: [{ bearer: [] }], deprecated: true })
    expect(document.components.securitySchemes).toEqual(options.securitySchemes)
  })

  test('that name an undeclared security scheme are rejected', async () => {
    await expect(createTestClient({ routes: [routes] })).rejects.toThrow(
      "Cannot declare route GET /secure: its security names the scheme 'bearer', which is not declared. Declare it in openapi.securitySchemes of the WebModule.",
    )
  })
})

describe('components', () => {
  const User = z.object({ id: z.number(), name: z.string() }).meta({ id: 'User' })
  const Tree = z.object({
    name: z.string(),
    get children() {
      return z.array(Tree)
    },
  })

  test('hold a named schema once, whatever refers to it', async () => {
    const routes = defineRoutes('/users', (route) => {
      route.get('/', { response: z.array(User) }, () => [])
      route.get('/:id', { response: User }, () => ({ id: 1, name: 'a' }))
      route.post('/', { body: User, response: z.object({ user: User }) }, ({ body }) => ({ user: body }))
    })
    const { document, operation } = await documentOf(routes)
    expect(Object.keys(document.components.schemas)).toEqual(['Problem', 'User'])
    const ref = { $ref: '#/components/schemas/User' }
    expect(operation('/users/{id}').responses[200]!.content!['application/json']!.schema).toEqual(ref)
    expect(operation('/users').responses[200]!.content!['application/json']!.schema).toEqual({
      type: 'array',
      items: ref,
    })
    expect(operation('/users', 'post').requestBody!.content['application/json']!.schema).toEqual(ref)
  })

  test('hold both sides of a named schema where they differ', async () => {
    const Page = z.object({ size: z.number().default(10) }).meta({ id: 'Page' })
    const routes = defineRoutes('/', (route) => {
      route.post('/', { body: Page, response: Page }, ({ body }) => body)
    })
    const { document } = await documentOf(routes)
    expect(Object.keys(document.components.schemas)).toEqual(['Problem', 'Page', 'PageOutput'])
  })

  test('hold schemas that refer to themselves', async () => {
    const routes = defineRoutes('/trees', (route) => {
      route.post('/', { body: Tree, response: Tree }, ({ body }) => body)
      route.get('/:id/**:rest', { response: z.object({ root: Tree }) }, () => ({
        root: { name: 'a', children: [] },
      }))
      route.websocket('/live', () => ({}))
    })
    const { document } = await documentOf(routes)
    expect(Object.keys(document.paths)).toEqual(['/trees', '/trees/{id}/{rest}'])
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
      (match) => match[1]!,
    )
    for (const name of refs) expect(document.components.schemas).toHaveProperty([name])
    expect(refs.length).toBeGreaterThan(2)
  })
})

describe('a description with every feature', () => {
  const User = z
    .object({ id: z.number(), name: z.string(), joined: z.date().optional() })
    .meta({ id: 'User' })
  const Tree = z.object({
    name: z.string(),
    get children() {
      return z.array(Tree)
    },
  })
  const group = { tags: ['users'], security: [{ bearer: [] }], responses: { 401: {} } }
  const routes = defineRoutes('', group, (route) => {
    route.get(
      '/users',
      {
        query: z.object({
          tag: z.array(z.string()),
          page: z.coerce.number().default(1),
          since: z.coerce.date().optional(),
        }),
        response: z.array(User),
      },
      () => [],
    )
    route.get('/users/:id', { params: z.object({ id: z.coerce.number() }), response: User }, () =>
      errors.notFound(),
    )
    route.get('/users/id', () => 1)
    route.put('/users/:userId', { body: User, status: 204 }, () => undefined)
    route.post('/optional', { body: z.object({ a: z.number() }).optional() }, () => 1)
    route.get(
      '/union',
      {
        query: z.discriminatedUnion('k', [
          z.object({ k: z.literal('a'), a: z.string() }),
          z.object({ k: z.literal('b'), b: z.string() }),
        ]),
        response: z.union([z.string(), User, z.null()]),
      },
      () => 'x',
    )
    route.delete('/gone', () => undefined)
    route.get('/text', { response: z.string() }, () => 'hello')
    route.get('/maybe/:name?', { deprecated: true }, () => 1)
    route.get('/wild/**', () => 1)
    route.get('/files/:path+', () => 1)
    route.get('/v:major-:minor', () => 1)
    route.get('/digits/:id(\\d+)', () => 1)
    route.post('/trees', { body: Tree, response: Tree }, ({ body }) => body)
    route.get(
      '/zod3',
      {
        query: z3.object({ n: z3.coerce.number() }),
        response: z3.object({ n: z3.number(), at: z3.date().nullable() }),
      },
      () => ({ n: 1, at: null }),
    )
    route.get(
      '/arktype',
      { query: type({ 'n?': 'string.integer.parse' }), response: type({ n: 'number' }) },
      () => ({ n: 1 }),
    )
    route.get(
      '/valibot',
      { query: v.object({ n: v.optional(v.string()) }), response: v.object({ n: v.number() }) },
      () => ({ n: 1 }),
    )
    route.patch(
      '/responses',
      {
        headers: z.object({ 'if-match': z.string() }),
        responses: { 409: { description: 'Taken', schema: User }, 412: {} },
      },
      () => 1,
    )
    route.head('/head', () => 1)
    route.options('/options', () => 1)
    route.websocket('/live', () => ({}))
    route.get('/hidden', { hidden: true }, () => 1)
    route.get('/list', { etag: true, rateLimit: { points: 5, per: '1m' } }, () => [1])
    route.get('/report', ({ request }) => download(Buffer.from('a'), { request, name: 'a.txt' }))
    route.post(
      '/conflict',
      {
        responses: {
          201: User,
          202: { schema: Tree, description: 'Later' },
          409: z.object({ taken: z.string() }),
        },
        status: 201,
      },
      () => reply(409, { taken: 'a' }),
    )
  })
  const authenticate = () => ({ scopes: ['files:write'] })
  const scopes = (identity: { scopes: string[] }) => identity.scopes
  const [bearerAuth, basicAuth, cookieAuth, keyAuth] = [
    defineAuth({
      name: 'jwt',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'A token',
      authenticate,
      scopes,
    }),
    defineAuth({ name: 'password', scheme: 'basic', authenticate }),
    defineAuth({ name: 'session', scheme: 'cookie', cookie: ['__Host-sid', 'sid'], authenticate }),
    defineAuth({ name: 'key', scheme: 'apiKey', header: 'x-api-key', authenticate, scopes }),
  ] as const
  const files = defineRoutes('/files', { auth: [bearerAuth, keyAuth] }, (route) => [
    route.post(
      '/:folder',
      {
        scopes: ['files:write'],
        body: form({
          title: z.string().min(1).meta({ description: 'Its title' }),
          tags: z.array(z.string()).default([]),
          owner: User.optional(),
          picture: file({ max: '5mb', types: ['image/png', 'image/jpeg'] }),
          others: file({ many: 3, optional: true }),
          archive: file({ streamed: true }),
        }),
        responses: { 201: z.object({ id: z.string() }), 409: z.object({ taken: z.string() }) },
      },
      () => ({ id: '1' }),
    ),
    route.post(
      '/:folder/settings',
      { body: form({ size: z.coerce.number(), theme: z.string().optional() }) },
      () => 1,
    ),
    route.get('/:folder', { auth: basicAuth }, () => 1),
    route.get('/:folder/own', { auth: cookieAuth.optional }, () => 1),
    route.get('/:folder/status', { auth: false }, () => 'ok'),
  ])
  const versions = [
    defineRoutes('/v1', { deprecated: true }, (route) => [route.include(files)]),
    defineRoutes('/v2', { cors: { origin: ['https://app.example'] } }, (route) => [route.include(files)]),
  ]
  const folder = mkdtempSync(join(tmpdir(), 'myfy-openapi-'))
  const bin = (name: string, script: string) => {
    const packageJson = createRequire(import.meta.url).resolve(`${name}/package.json`)
    return join(dirname(packageJson), script)
  }

  const write = async () => {
    await using client = await createTestClient({
      routes: [
        routes,
        ...versions,
        serveFiles('/static', '.'),
        mount('/inner', () => new Response()),
        mountNode('/node', (_request, response) => void response.end()),
        proxy('/old', 'http://localhost:9000'),
      ],
      rateLimit: { points: 100, per: '1m' },
      compression: true,
      etag: true,
      openapi: {
        title: 'Everything',
        version: '1.0.0',
        license: { name: 'MIT', identifier: 'MIT' },
        securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
        toJSONSchema,
      },
    })
    const file = join(folder, 'openapi.json')
    writeFileSync(file, JSON.stringify(client.web.openapi, null, 2))
    return file
  }

  test('has no errors in the recommended rules of Redocly', async () => {
    const file = await write()
    const output = execFileSync(
      process.execPath,
      [bin('@redocly/cli', 'bin/cli.js'), 'lint', file, '--format=json', '--extends=recommended'],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        cwd: folder,
        env: { ...process.env, REDOCLY_TELEMETRY: 'off' },
      },
    )
    const { totals, problems } = JSON.parse(output.slice(output.indexOf('{'))) as {
      totals: { errors: number; warnings: number }
      problems: Array<{ ruleId: string; severity: string }>
    }
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(totals.errors).toBe(0)
    expect(problems).toEqual([])
  }, 60_000)

  test('gives types by openapi-typescript that compile and are complete', async () => {
    const file = await write()
    const types = join(folder, 'api.ts')
    execFileSync(process.execPath, [bin('openapi-typescript', 'bin/cli.js'), file, '-o', types], {
      stdio: 'ignore',
    })
    const use = join(folder, 'use.ts')
    writeFileSync(
      use,
      `import type { components, operations, paths } from './api.ts'
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const equal = <A, B>(_: Equal<A, B>) => {}
equal<components['schemas']['User'], { id: number; name: string; joined?: string }>(true)
equal<operations['getUsers']['parameters']['query'], { tag: string[]; page?: number; since?: string }>(true)
equal<paths['/users/{id}']['get']['parameters']['path'], { id: number }>(true)
equal<paths['/text']['get']['responses'][200]['content'], { 'text/plain': string }>(true)
equal<operations['getUsers']['responses'][200]['content']['application/json'], components['schemas']['User'][]>(true)
equal<operations['postConflict']['responses'][201]['content']['application/json'], components['schemas']['User']>(true)
equal<operations['postConflict']['responses'][409]['content']['application/json'], { taken: string }>(true)
equal<operations['postV2FilesFolder']['responses'][409]['content']['application/json'], { taken: string }>(true)
export const upload: operations['postV2FilesFolder']['requestBody']['content']['multipart/form-data'] = {
  title: 'a', picture: 'bytes', archive: 'bytes', others: ['bytes'], owner: { id: 1, name: 'Ada' },
}
export const problem: operations['getList']['responses'][429]['content']['application/problem+json']['status'] = 429
export const limited: operations['getText']['responses'][429]['content']['application/problem+json']['status'] = 429
export const same: operations['getUsers']['responses'][304] = { headers: {} }
`,
    )
    const program = ts.createProgram([use], {
      strict: true,
      noEmit: true,
      skipLibCheck: false,
      module: ts.ModuleKind.NodeNext,
      allowImportingTsExtensions: true,
      types: [],
    })
    const messages = ts
      .getPreEmitDiagnostics(program)
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
    expect(messages).toEqual([])
    expect(readFileSync(types, 'utf8')).not.toMatch(/\bany\b/)
  }, 60_000)

  // It needs Node.js 22.18: on an older one it runs under Node.js 24, which is installed as a package.
  test.runIf(process.env.MYFY_HEAVY === '1' && process.platform === 'linux')(
    'gives a client by @hey-api/openapi-ts that compiles and is complete',
    async () => {
      const file = await write()
      const prefix = await installed(
        'hey-api',
        '@hey-api/openapi-ts@0.99.0',
        'typescript@5.9.3',
        `node-linux-${process.arch}@24`,
      )
      const node = join(prefix, 'node_modules', `node-linux-${process.arch}`, 'bin/node')
      const generator = join(prefix, 'node_modules/.bin/openapi-ts')
      const output = join(folder, 'hey-api')
      execFileSync(node, [generator, '--input', file, '--output', output, '--no-log-file'], {
        stdio: 'ignore',
        cwd: folder,
      })
      const use = join(folder, 'use-hey-api.ts')
      writeFileSync(
        use,
        `import { getUsers, getUsersById, postTrees, postV2FilesFolder } from './hey-api/sdk.gen.ts'
import type { GetUsersData, User } from './hey-api/types.gen.ts'
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const equal = <A, B>(_: Equal<A, B>) => {}
equal<User, { id: number; name: string; joined?: string }>(true)
equal<GetUsersData['query'], { tag: Array<string>; page?: number; since?: string }>(true)
export const users = async (): Promise<User[] | undefined> => (await getUsers({ query: { tag: ['a'] } })).data
export const user = async (): Promise<User | undefined> => (await getUsersById({ path: { id: 1 } })).data
export const tree = () => postTrees({ body: { name: 'a', children: [] } })
export const upload = (picture: File) =>
  postV2FilesFolder({ path: { folder: 'a' }, body: { title: 'a', picture, archive: new Blob(['a']), others: [picture] } })
`,
      )
      const program = ts.createProgram([use], {
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        module: ts.ModuleKind.ESNext,
        moduleResolution: ts.ModuleResolutionKind.Bundler,
        target: ts.ScriptTarget.ES2022,
        lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
        allowImportingTsExtensions: true,
        types: [],
      })
      const messages = ts
        .getPreEmitDiagnostics(program)
        .map(
          ({ messageText, file: at }) =>
            `${at?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
        )
      expect(messages).toEqual([])
    },
    180_000,
  )
})

test('the page has no scripts, and exists in development only', async () => {
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
