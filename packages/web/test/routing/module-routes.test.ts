import { BaseModule, defineModule } from '@myfy/core'
import { defineRoutes, type RoutesModule, WebModule } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { expect, test } from 'vitest'

const group = (path: string) => defineRoutes(path, (route) => void route.get('/', () => path))

class UsersModule extends BaseModule implements RoutesModule {
  override name = 'users'
  readonly routes = [group('/users')]
}

class OrdersModule extends BaseModule implements RoutesModule {
  override name = 'orders'
  readonly #path = '/orders'
  routes() {
    return [group(this.#path)]
  }
}

const invoices = defineModule({ name: 'invoices', routes: [group('/invoices'), group('/credits')] })

test('the routes of every module are served, described and listed', async () => {
  await using client = await createTestClient({
    modules: [new UsersModule(), new OrdersModule(), invoices, defineModule({ name: 'none' })],
    routes: [group('/own')],
    health: false,
  })
  for (const path of ['/own', '/users', '/orders', '/invoices', '/credits'])
    expect(await (await client.get(path)).text()).toBe(path)
  expect(client.web.routes.map(({ pattern }) => pattern).slice(0, 5)).toEqual([
    '/own',
    '/users',
    '/orders',
    '/invoices',
    '/credits',
  ])
  expect(Object.keys(client.web.openapi.paths)).toContain('/orders')
})

test('a module whose routes collide with others is rejected', async () => {
  await expect(
    createTestClient({ modules: [invoices, defineModule({ name: 'copy', routes: [group('/invoices')] })] }),
  ).rejects.toThrow(
    'Cannot declare route GET /invoices: a route of the same method and path is already declared',
  )
})

test.each([[[{}]], [{ get: 1 }], [[undefined]]])('routes of %o are rejected', async (routes) => {
  await expect(createTestClient({ modules: [defineModule({ name: 'odd', routes })] })).rejects.toThrow(
    "Cannot configure the module 'odd': routes",
  )
})

test('the web module itself brings no further routes', () => {
  expect(new WebModule({ routes: [group('/a')] }).routes).toEqual([])
})
