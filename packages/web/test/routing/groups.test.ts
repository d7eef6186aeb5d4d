// Groups inside of groups, and groups below several prefixes.

import { join } from 'node:path'
import { singleton } from '@myfy/di'
import { defineRoutes, errors, type Middleware, mount, mountNode, type Routes, serveFiles } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { listening } from '../listening.ts'

const order: string[] = []
const marked =
  (name: string): Middleware =>
  (_context, next) => {
    order.push(name)
    return next()
  }

const tenant = singleton(() => ({ name: 'tenant' }))
const admin = singleton(() => ({ name: 'admin' }))

const api = defineRoutes(
  '/tenants/:tenant',
  { inject: { tenant }, middleware: [marked('outer')], tags: ['outer'], timeout: 5_000, bodyLimit: 100 },
  (route) => {
    route.get('/', ({ params }) => params)
    route.group(
      '/admin/:area',
      {
        inject: { admin },
        middleware: [marked('inner')],
        tags: ['inner'],
        bodyLimit: 10,
        before: {
          run({ params }) {
            expectTypeOf(params).toEqualTypeOf<{ readonly tenant: string; readonly area: string }>()
            return params.area === 'secret' ? errors.forbidden('not this area') : undefined
          },
        },
      },
      (route) => {
        route.get('/users/:id', ({ params, tenant, admin }) => {
          expectTypeOf(params).toEqualTypeOf<{
            readonly tenant: string
            readonly area: string
            readonly id: string
          }>()
          return { ...params, services: [tenant.name, admin.name] }
        })
        route.post('/', async ({ request }) => (await request.text()).length)
      },
    )
  },
)

describe('a group inside of a group', () => {
  test('has the prefix, the parameters and the services of both', async () => {
    await using client = await createTestClient({ routes: [api] })
    const response = await client.get('/tenants/a/admin/b/users/7')
    expect(await response.json()).toEqual({
      tenant: 'a',
      area: 'b',
      id: '7',
      services: ['tenant', 'admin'],
    })
    expect(await (await client.get('/tenants/a')).json()).toEqual({ tenant: 'a' })
  })

  test('runs its middleware inside of that of the outer one, and takes precedence with its options', async () => {
    await using client = await createTestClient({ routes: [api] })
    order.length = 0
    expect((await client.post('/tenants/a/admin/b', { body: 'x'.repeat(11) })).status).toBe(413)
    expect(order).toEqual(['outer', 'inner'])
    const [outer, inner] = client.web.routes
    expect([outer?.spec.bodyLimit, outer?.spec.tags]).toEqual([100, ['outer']])
    expect([inner?.spec.bodyLimit, inner?.spec.timeout, inner?.spec.tags]).toEqual([
      10,
      5_000,
      ['outer', 'inner'],
    ])
  })

  test('runs the hooks of both, the outer one first, and stops at the first response', async () => {
    const seen: string[] = []
    const routes = defineRoutes('', { before: { run: () => void seen.push('outer') } }, (route) => {
      route.group(
        '/a',
        {
          before: {
            run({ path }) {
              seen.push('inner')
              return path === '/a/no' ? errors.forbidden() : undefined
            },
          },
        },
        (route) => {
          route.get('/yes', () => 'yes')
          route.get('/no', () => 'no')
        },
      )
    })
    await using client = await createTestClient({ routes: [routes] })
    expect((await client.get('/a/yes')).status).toBe(200)
    expect((await client.get('/a/no')).status).toBe(403)
    expect(seen).toEqual(['outer', 'inner', 'outer', 'inner'])
    await using other = await createTestClient({ routes: [api] })
    expect((await other.get('/tenants/a/admin/secret/users/1')).status).toBe(403)
  })

  test('cannot inject another service by a name of the outer one', () => {
    const define = () =>
      defineRoutes('/a', { inject: { tenant } }, (route) => {
        route.group('/b', { inject: { tenant: admin } }, () => {})
      })
    expect(define).toThrow(/Cannot declare route group '\/a\/b': the group injects another service/)
  })
})

describe('a group that is included', () => {
  const users = defineRoutes('/users', { middleware: [marked('users')] }, (route) => [
    route.get('/:id', ({ params, path }) => ({ ...params, path })),
  ])

  test('answers below every prefix, with the options of the group that includes it', async () => {
    const v1 = defineRoutes('/v1', { deprecated: true, middleware: [marked('v1')] }, (route) => [
      route.include(users),
    ])
    const v2 = defineRoutes('/:tenant/v2', (route) => [route.include(users)])
    await using client = await createTestClient({ routes: [v1, v2, users] })
    order.length = 0
    expect(await (await client.get('/v1/users/7')).json()).toEqual({ id: '7', path: '/v1/users/7' })
    expect(order).toEqual(['v1', 'users'])
    expect(await (await client.get('/a/v2/users/7')).json()).toEqual({
      tenant: 'a',
      id: '7',
      path: '/a/v2/users/7',
    })
    expect((await client.get('/users/7')).status).toBe(200)
    const { paths } = client.web.openapi
    expect(Object.keys(paths)).toEqual(['/v1/users/{id}', '/{tenant}/v2/users/{id}', '/users/{id}'])
    expect(paths['/v1/users/{id}']?.get).toMatchObject({ deprecated: true })
    expect(paths['/users/{id}']?.get).not.toHaveProperty('deprecated')
  })

  test('does not receive the services of the group that includes it', async () => {
    let keys: string[] = []
    const inner = defineRoutes('/inner', (route) => {
      route.get('/', (context) => {
        keys = Object.keys(context)
        return 'ok'
      })
    })
    const routes = defineRoutes('/outer', { inject: { tenant } }, (route) => route.include(inner))
    await using client = await createTestClient({ routes: [routes] })
    expect(await (await client.get('/outer/inner')).text()).toBe('ok')
    expect(keys).not.toContain('tenant')
  })

  // A mounted application receives the path below its prefix, with or without a socket.
  test('may be a mounted application or a directory', async () => {
    const groups: Routes[] = [
      mount('/fetch', (request) => new Response(new URL(request.url).pathname)),
      mountNode('/node', (request, response) => void response.end(request.url)),
      serveFiles('/files', join(import.meta.dirname, '../fixtures/public')),
    ]
    const routes = defineRoutes('/:tenant/old', { middleware: [marked('old')] }, (route) =>
      groups.map((group) => route.include(group)),
    )
    await using client = await createTestClient({ routes: [routes] })
    const { url } = await listening({ web: { routes: [routes] } })
    for (const get of [client.get, (path: string) => fetch(url + path)]) {
      order.length = 0
      expect(await (await get('/a/old/fetch/x/y')).text()).toBe('/x/y')
      expect(await (await get('/a/old/node/x?q=1')).text()).toBe('/x?q=1')
      expect((await get('/a/old/files/a.txt')).status).toBe(200)
      expect(order).toEqual(['old', 'old', 'old'])
    }
  })

  test('has to be a group of routes', () => {
    const define = () => defineRoutes('/a', (route) => route.include(undefined as never))
    expect(define).toThrow(/Cannot declare route group "\/a": the argument of include\(\) is not a group/)
  })
})

test('the middleware of a route and of a group has the parameters of its pattern', () => {
  const any: Middleware = (_context, next) => next()
  const define = () =>
    defineRoutes(
      '/orgs/:org',
      {
        middleware: [
          any,
          ({ params }, next) => {
            expectTypeOf(params).toEqualTypeOf<{ readonly org: string }>()
            return next()
          },
        ],
      },
      (route) => {
        route.get(
          '/:id?',
          {
            middleware: [
              any,
              ({ params }, next) => {
                expectTypeOf(params).toEqualTypeOf<{ readonly org: string; readonly id?: string }>()
                return next()
              },
            ],
          },
          ({ params }) => params.org,
        )
      },
    )
  expect(define().routes).toHaveLength(1)
})
