import { request as httpRequest } from 'node:http'
import { request, singleton, task } from '@myfy/di'
import { CurrentRequest, defineRoutes, errors, type Routes } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { listening } from '../listening.ts'

const log: string[] = []

const identity = request(
  { current: CurrentRequest },
  ({ current }) => {
    log.push('identity')
    const user = current.header('authorization')
    if (!user)
      throw errors.unauthorized('credentials required', { headers: { 'www-authenticate': 'Bearer' } })
    return { user }
  },
  {
    settle: (_, { ok }) => void log.push(`identity ${ok ? 'committed' : 'rolled back'}`),
    dispose: () => void log.push('disposed'),
  },
)
const session = request({ identity }, async ({ identity }) => {
  log.push('session')
  return { user: identity.user }
})
const policy = singleton(async () => ({ allows: (user: string, project: string) => user === project }))

const projects = defineRoutes(
  '/projects/:project',
  {
    inject: { identity },
    before: {
      inject: { identity, policy },
      run({ identity, policy, params, method }) {
        expectTypeOf(identity).toEqualTypeOf<{ user: string }>()
        expectTypeOf(params).toEqualTypeOf<{ readonly project: string }>()
        log.push(`run ${method}`)
        return policy.allows(identity.user, params.project) ? undefined : errors.forbidden('another project')
      },
    },
  },
  (route) => {
    route.post(
      '/',
      { body: z.object({ name: z.string() }), inject: { session } },
      ({ body, identity, session }) => {
        expectTypeOf(identity).toEqualTypeOf<{ user: string }>()
        expectTypeOf(session).toEqualTypeOf<{ user: string }>()
        return { ...body, user: identity.user, session: session.user }
      },
    )
    route.get(
      '/:id',
      { params: z.object({ project: z.string(), id: z.coerce.number() }) },
      ({ params, identity }) => ({
        id: params.id,
        user: identity.user,
      }),
    )
  },
)

async function send(routes: Routes, method: string, path: string, user?: string, json?: unknown) {
  log.length = 0
  await using client = await createTestClient({ routes: [routes] })
  const headers: Record<string, string> = user === undefined ? {} : { authorization: user }
  const response = await client.request(method, path, { headers, ...(json === undefined ? {} : { json }) })
  const body = (await response.json()) as Record<string, unknown>
  return { status: response.status, body, headers: response.headers }
}

describe('before', () => {
  // As guards of NestJS, onRequest of Fastify and security dependencies of FastAPI: 401 and 403 precede 422.
  test('a stranger receives a 401, whatever the request contains', async () => {
    const bodies = [{}, { name: 1 }, { name: 'x' }, 'x'.repeat(2_000_000)]
    for (const json of bodies) {
      const { status, headers } = await send(projects, 'POST', '/projects/a', undefined, json)
      expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
      expect(log).toEqual(['identity'])
    }
    expect((await send(projects, 'GET', '/projects/a/not-a-number')).status).toBe(401)
  })

  test('the response of `run` precedes validation, and the request has failed', async () => {
    expect((await send(projects, 'POST', '/projects/a', 'b', {})).status).toBe(403)
    expect(log).toEqual(['identity', 'run POST', 'identity rolled back', 'disposed'])
  })

  test('the handler receives the same services, created once, after validation', async () => {
    expect(await send(projects, 'POST', '/projects/a', 'a', { name: 'x' })).toMatchObject({
      status: 200,
      body: { name: 'x', user: 'a', session: 'a' },
    })
    expect(log).toEqual(['identity', 'run POST', 'session', 'identity committed', 'disposed'])
  })

  test('an invalid request of a known user is a 422, and creates no service of the handler', async () => {
    expect((await send(projects, 'POST', '/projects/a', 'a', {})).status).toBe(422)
    expect(log).toEqual(['identity', 'run POST', 'identity rolled back', 'disposed'])
    expect(await send(projects, 'GET', '/projects/a/7', 'a')).toMatchObject({ body: { id: 7, user: 'a' } })
  })

  test('services without `run` are created before validation', async () => {
    const routes = defineRoutes('/x', { before: { inject: { identity } } }, (route) => {
      route.post('/', { body: z.object({ name: z.string() }) }, ({ body }) => body)
    })
    expect((await send(routes, 'POST', '/x', undefined, {})).status).toBe(401)
    expect((await send(routes, 'POST', '/x', 'a', {})).status).toBe(422)
  })

  test('a Response ends the request successfully', async () => {
    const routes = defineRoutes('/x', { before: { run: () => Response.json({ cached: true }) } }, (route) => {
      route.get('/', { response: z.object({ id: z.number() }) }, () => ({ id: 1 }))
    })
    expect(await send(routes, 'GET', '/x')).toMatchObject({ status: 200, body: { cached: true } })
  })

  test('runs inside middleware, and for every route of the group', async () => {
    const order: string[] = []
    const routes = defineRoutes(
      '/x',
      {
        before: { run: () => void order.push('before') },
        middleware: [
          (_, next) => {
            order.push('middleware')
            return next()
          },
        ],
      },
      (route) => {
        route.get('/', () => {
          order.push('handler')
          return 1
        })
        route.put('/', () => 2)
      },
    )
    await send(routes, 'GET', '/x')
    expect(order).toEqual(['middleware', 'before', 'handler'])
    await send(routes, 'PUT', '/x')
    expect(order.slice(3)).toEqual(['middleware', 'before'])
  })

  test('refuses the handshake of a WebSocket', async () => {
    const routes = defineRoutes(
      '/ws',
      { inject: { identity }, before: { inject: { identity } } },
      (route) => {
        route.websocket('/', ({ identity }) => ({ open: () => void identity.user }))
        route.websocket('/response', () => new Response('no', { status: 409 }) as never)
      },
    )
    const { port } = await listening({ web: { routes: [routes] } })
    const connect = (path: string, headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        const handshake = {
          connection: 'upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        }
        httpRequest({ port, path, headers: { ...handshake, ...headers } })
          .on('response', (response) => resolve(response.resume().statusCode))
          .on('upgrade', (response, socket) => {
            socket.destroy()
            resolve(response.statusCode)
          })
          .on('error', reject)
          .end()
      })
    expect(await connect('/ws', {})).toBe(401)
    expect(await connect('/ws', { authorization: 'a' })).toBe(101)
    expect(await connect('/ws/response', { authorization: 'a' })).toBe(409)
  })
})

describe('the injection of a group', () => {
  const clock = singleton(() => ({ now: 1 }))

  test('is rejected when a service has no provider', async () => {
    class Missing {}
    const inject = defineRoutes(
      '/x',
      { inject: { missing: Missing } },
      (route) => void route.get('/', () => 1),
    )
    await expect(createTestClient({ routes: [inject] })).rejects.toThrow(/GET \/x[\s\S]*Missing/)
    const before = defineRoutes(
      '/x',
      { before: { inject: { missing: Missing } } },
      (route) => void route.get('/', () => 1),
    )
    await expect(createTestClient({ routes: [before] })).rejects.toThrow(/GET \/x \(before\)[\s\S]*Missing/)
  })

  test('is rejected when a route injects another service by the same name', () => {
    const declare = (own: typeof clock) =>
      defineRoutes(
        '/x',
        { inject: { clock } },
        (route) => void route.get('/', { inject: { clock: own } }, () => 1),
      )
    expect(() => declare(clock)).not.toThrow()
    expect(() => declare(singleton(() => ({ now: 2 })))).toThrow(
      "Cannot declare route GET /x: the group injects another service by the name 'clock'. Inject the service of the route by another name.",
    )
  })

  test('is rejected when it hides a part of the request, or lives in a task', () => {
    const declare = () =>
      // @ts-expect-error 'body' is a part of the request
      defineRoutes('/x', { inject: { body: clock } }, (route) => void route.get('/', () => 1))
    expect(declare).toThrow("'body' is a part of the request")
    const job = task(() => 1)
    // @ts-expect-error a request cannot inject a task-scoped service
    defineRoutes('/x', { inject: { job } }, () => {})
  })

  test.each([
    [{ before: {} }, '`before` has neither `inject` nor `run`. Set one of them, or remove `before`.'],
    [
      { before: { run: 1 } },
      '`before.run` is not a function. Pass a function that returns undefined to continue.',
    ],
    [{ before: { inject: { url: clock } } }, "'url' is a part of the request"],
  ])('%o is rejected', (options, message) => {
    expect(() => defineRoutes('/x', options as never, (route) => void route.get('/', () => 1))).toThrow(
      message,
    )
  })
})
