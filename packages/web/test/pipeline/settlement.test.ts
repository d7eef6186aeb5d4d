// When the services of a request settle, for each form of its answer.

import { type Outcome, request } from '@myfy/di'
import { defineRoutes, errors } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, test } from 'vitest'

/** A session that notes when it is settled, and a route that answers with a value. */
function answering(answer: () => unknown) {
  const events: string[] = []
  const session = request(() => ({}), {
    settle: (_session: object, outcome: Outcome) => void events.push(outcome.ok ? 'commit' : 'roll back'),
  })
  const routes = defineRoutes('', (route) => {
    route.get('/', { inject: { session } }, answer as () => string)
  })
  return { events, routes }
}

const slowly = (text: string) =>
  new ReadableStream<Uint8Array>({
    async start(controller) {
      for (const letter of text) {
        await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
        controller.enqueue(new TextEncoder().encode(letter))
      }
      controller.close()
    },
  })

describe('a service settles', () => {
  test('before the head of a returned Response whose body is ready', async () => {
    const { events, routes } = answering(() =>
      Response.json({ id: 1 }, { status: 201, headers: { location: '/1' } }),
    )
    await using client = await createTestClient({ routes: [routes] })
    const response = await client.get('/')
    expect(events).toEqual(['commit'])
    expect([response.status, response.headers.get('location'), await response.json()]).toEqual([
      201,
      '/1',
      { id: 1 },
    ])
  })

  test('at the end of a returned Response that is a stream', async () => {
    const { events, routes } = answering(() => new Response(slowly('abc')))
    await using client = await createTestClient({ routes: [routes] })
    const response = await client.get('/')
    expect(events).toEqual([])
    expect(await response.text()).toBe('abc')
    expect(events).toEqual(['commit'])
  })

  test('before an error is sent', async () => {
    const { events, routes } = answering(() => {
      throw errors.conflict('taken')
    })
    await using client = await createTestClient({ routes: [routes] })
    const response = await client.get('/')
    expect(events).toEqual(['roll back'])
    expect(response.status).toBe(409)
  })

  test('before the answer also with middleware around it', async () => {
    const { events, routes } = answering(() => ({ id: 1 }))
    await using client = await createTestClient({
      routes: [routes],
      middleware: [
        async (_context, next) => {
          const response = await next()
          response.headers.set('x-seen', 'yes')
          return response
        },
      ],
    })
    const response = await client.get('/')
    expect(events).toEqual(['commit'])
    expect([response.headers.get('x-seen'), await response.json()]).toEqual(['yes', { id: 1 }])
  })
})

test('a large body that is ready at once is passed on whole', async () => {
  const { routes } = answering(() => new Response('x'.repeat(3_000_000)))
  await using client = await createTestClient({ routes: [routes] })
  expect((await (await client.get('/')).text()).length).toBe(3_000_000)
})

test('an answer that middleware replaces has the length of its own body', async () => {
  const { routes } = answering(() => 'handler')
  await using client = await createTestClient({
    routes: [routes],
    middleware: [async (_context, next) => new Response(`${await (await next()).text()} and more`)],
  })
  expect(await (await client.get('/')).text()).toBe('handler and more')
})

describe('a service that cannot be built', () => {
  class NotAllowed extends Error {}
  const identity = request(() => {
    throw errors.unauthorized('who are you?')
  })
  const outer = request({ identity }, ({ identity }) => identity)
  const broken = request(() => {
    throw new NotAllowed('secret detail')
  })
  const routes = defineRoutes('', (route) => {
    route.get('/me', { inject: { outer } }, () => 'me')
    route.get('/broken', { inject: { broken } }, () => 'no')
  })

  test('answers for the request when it throws an HTTP exception, however deep it lies', async () => {
    await using client = await createTestClient({ routes: [routes] })
    const response = await client.get('/me')
    expect([response.status, await response.json()]).toMatchObject([401, { detail: 'who are you?' }])
  })

  test('is handled by the exception handler of its own error', async () => {
    await using client = await createTestClient({
      routes: [routes],
      exceptionHandlers: [[NotAllowed, () => errors.forbidden('not you')]],
    })
    expect((await client.get('/broken')).status).toBe(403)
  })

  test('is otherwise a 500 without any of its text', async () => {
    await using client = await createTestClient({ routes: [routes] })
    const response = await client.get('/broken')
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
  })
})
