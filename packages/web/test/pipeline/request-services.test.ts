// The services of a request: when they are created, settled and disposed.

import { connect } from 'node:net'
import { defineModule } from '@myfy/core'
import { type Outcome, request, singleton, type Token } from '@myfy/di'
import { CurrentRequest, defineRoutes, errors, type RequestContext } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { deferred, listening } from '../listening.ts'

/** A session that records its events. */
function journal() {
  const events: string[] = []
  const disposed = deferred()
  const say = (outcome: Outcome) => (outcome.ok ? 'commit' : 'roll back')
  const session = request(
    () => {
      events.push('open')
      return { use: () => events.push('use') }
    },
    {
      settle: (_session, outcome) => void events.push(say(outcome)),
      dispose: () => {
        events.push('dispose')
        disposed.resolve()
      },
    },
  )
  return { events, session, disposed: disposed.promise }
}

describe('the services of a request', () => {
  test('are created after validation, and not for a request that is refused', async () => {
    const { events, session } = journal()
    const routes = defineRoutes('', (route) => {
      route.get('/:id', { params: z.object({ id: z.coerce.number() }), inject: { session } }, () => 'ok')
    })
    await using client = await createTestClient({ routes: [routes] })
    expect((await client.get('/x')).status).toBe(422)
    expect(events).toEqual([])
  })

  test('commit before the answer is sent, and are disposed after it', async () => {
    const { events, session } = journal()
    const routes = defineRoutes('', (route) => {
      route.get('/', { inject: { session } }, ({ session }) => void session.use())
    })
    await using client = await createTestClient({ routes: [routes] })
    await client.get('/')
    expect(events).toEqual(['open', 'use', 'commit', 'dispose'])
  })

  test.each([
    [
      'is thrown',
      () => {
        throw errors.conflict()
      },
      'roll back',
    ],
    ['is returned', () => errors.conflict(), 'roll back'],
    [
      'is unknown',
      () => {
        throw new Error('x')
      },
      'roll back',
    ],
    ['is a returned Response, which is an answer', () => new Response(null, { status: 409 }), 'commit'],
  ] as const)('learn how it ended when an error %s', async (_how, handler, expected) => {
    const { events, session, disposed } = journal()
    const routes = defineRoutes('', (route) => void route.get('/', { inject: { session } }, handler))
    await using client = await createTestClient({ routes: [routes] })
    await client.get('/')
    await disposed
    expect(events).toEqual(['open', expected, 'dispose'])
  })

  test('stay open until a stream has ended', async () => {
    const { events, session, disposed } = journal()
    const go = deferred()
    const routes = defineRoutes('', (route) => {
      route.get('/', { inject: { session } }, ({ session }) =>
        (async function* () {
          yield 'first'
          await go.promise
          session.use()
          yield 'second'
        })(),
      )
    })
    const { url } = await listening({ web: { routes: [routes] } })
    const response = await fetch(url)
    expect(events).toEqual(['open'])
    go.resolve()
    expect(await response.text()).toBe('firstsecond')
    await disposed
    expect(events).toEqual(['open', 'use', 'commit', 'dispose'])
  })

  test('roll back when a stream fails, and the client receives an incomplete answer', async () => {
    const { events, session, disposed } = journal()
    const routes = defineRoutes('', (route) => {
      route.get('/', { inject: { session } }, () =>
        (async function* () {
          yield 'first'
          throw new Error('the rest is gone')
        })(),
      )
    })
    const { url } = await listening({ web: { routes: [routes] } })
    await expect(fetch(url).then((response) => response.text())).rejects.toThrow()
    await disposed
    expect(events).toEqual(['open', 'roll back', 'dispose'])
  })

  test('roll back and are disposed when the client leaves, and the signal of the handler aborts', async () => {
    const { events, session, disposed } = journal()
    const began = deferred()
    const routes = defineRoutes('', (route) => {
      route.get('/', { inject: { session } }, async ({ signal }) => {
        began.resolve()
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        events.push('told')
        return 'not sent'
      })
    })
    const { port } = await listening({ web: { routes: [routes] } })
    const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))
    await began.promise
    socket.destroy()
    await disposed
    expect(events).toEqual(['open', 'told', 'roll back', 'dispose'])
  })

  test('stay open while a handler continues after its timeout, and roll back when it ends', async () => {
    const { events, session, disposed } = journal()
    const go = deferred()
    const routes = defineRoutes('', (route) => {
      route.get('/', { inject: { session }, timeout: 10 }, async ({ session }) => {
        await go.promise
        session.use()
      })
    })
    await using client = await createTestClient({ routes: [routes] })
    expect((await client.get('/')).status).toBe(503)
    expect(events).toEqual(['open'])
    expect(client.app.inFlight.size).toBe(1)
    go.resolve()
    await disposed
    expect(events).toEqual(['open', 'use', 'roll back', 'dispose'])
  })

  test('stay open until the work passed to waitUntil has settled', async () => {
    const { events, session, disposed } = journal()
    const go = deferred()
    const routes = defineRoutes('', (route) => {
      route.get('/later', { inject: { session } }, ({ session, waitUntil }) => {
        waitUntil(go.promise.then(() => session.use()))
        return 'ok'
      })
    })
    await using client = await createTestClient({ routes: [routes] })
    expect((await client.get('/later')).status).toBe(200)
    expect(events).toEqual(['open', 'commit'])
    go.resolve()
    await disposed
    expect(events).toEqual(['open', 'commit', 'use', 'dispose'])
  })

  test('read the request and the values that middleware has set', async () => {
    const identity = request({ current: CurrentRequest }, ({ current }) => ({
      user: current.locals.get('user'),
    }))
    const routes = defineRoutes('', (route) => {
      route.get('/me', { inject: { identity } }, ({ identity }) => identity)
    })
    await using client = await createTestClient({
      routes: [routes],
      middleware: [
        (context, next) => {
          context.locals.set('user', context.header('X-User'))
          return next()
        },
      ],
    })
    const response = await client.get('/me', { headers: { 'x-user': 'ada' } })
    expect(await response.json()).toEqual({ user: 'ada' })
  })
})

test('a singleton that needs the request is refused at build, with the way to it', async () => {
  class Cache {
    readonly current: RequestContext
    constructor(current: RequestContext) {
      this.current = current
    }
  }
  const modules = [
    defineModule({
      name: 'cache',
      configure: (container) =>
        void container.register(Cache, { inject: [CurrentRequest as Token<RequestContext>] }),
    }),
  ]
  const routes = defineRoutes('', (route) => void route.get('/', { inject: { cache: Cache } }, () => 1))
  await expect(createTestClient({ modules, routes: [routes] })).rejects.toThrow(/Cache[\s\S]*CurrentRequest/)
})

test('a singleton that is built asynchronously is ready before the first request', async () => {
  const slow = singleton(async () => ({ ready: true }))
  const routes = defineRoutes('', (route) => void route.get('/', { inject: { slow } }, ({ slow }) => slow))
  await using client = await createTestClient({ routes: [routes] })
  expect(await (await client.get('/')).json()).toEqual({ ready: true })
})

test('the current request is known everywhere in its code when the module is asked for it', async () => {
  const routes = defineRoutes('', (route) => {
    route.get('/deep/:id', async () => {
      await Promise.resolve()
      return { path: client.web.requestContext?.path }
    })
  })
  await using client = await createTestClient({ routes: [routes], requestContext: true })
  expect(await (await client.get('/deep/7')).json()).toEqual({ path: '/deep/7' })
  expect(client.web.requestContext).toBeUndefined()
})
