// The values of a request, by typed keys.

import { request } from '@myfy/di'
import { CurrentRequest, defineRoutes, local, type Middleware } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { expect, expectTypeOf, test } from 'vitest'

interface Tenant {
  readonly name: string
}

test('middleware sets a value that handlers and services read with its type', async () => {
  const tenant = local<Tenant>('tenant')
  const limit = local<number>('limit')
  const middleware: Middleware = ({ locals }, next) => {
    locals.set(tenant, { name: 'acme' })
    locals.set('untyped', 1)
    // @ts-expect-error the value has another type
    if (locals.size > 9) locals.set(limit, 'ten')
    return next()
  }
  const service = request({ current: CurrentRequest }, ({ current }) => {
    const value = current.locals.get(tenant)
    expectTypeOf(value).toEqualTypeOf<Tenant | undefined>()
    return { name: value?.name }
  })
  const routes = defineRoutes('', { middleware: [middleware] }, (route) => {
    route.get('/', { inject: { service } }, ({ locals, service }) => {
      expectTypeOf(locals.get(limit)).toEqualTypeOf<number | undefined>()
      expectTypeOf(locals.get('untyped')).toBeUnknown()
      return [locals.get(tenant)?.name, service.name, locals.get('untyped'), locals.has(limit)]
    })
  })
  await using client = await createTestClient({ routes: [routes] })
  expect(await (await client.get('/')).json()).toEqual(['acme', 'acme', 1, false])
})
