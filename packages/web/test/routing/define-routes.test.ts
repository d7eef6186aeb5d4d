import { request, singleton } from '@myfy/di'
import { defineAuth, defineRoutes, errors, reply } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { listening } from '../listening.ts'
import { recordingApp } from '../recording.ts'

const greeter = singleton(() => ({ greet: (name: string) => `hello ${name}` }))

const users = defineRoutes('/users', (route) => {
  route.get('/', { query: z.object({ page: z.coerce.number().default(1) }) }, ({ query }) => ({
    page: query.page,
  }))
  route.get('/:id', { params: z.object({ id: z.coerce.number() }) }, ({ params }) =>
    params.id === 7 ? { id: params.id } : errors.notFound('no such user'),
  )
  route.post(
    '/',
    { body: z.object({ name: z.string().min(1) }), status: 201, inject: { greeter } },
    ({ body, greeter }) => ({
      greeting: greeter.greet(body.name),
    }),
  )
  route.delete('/:id', () => undefined)
  route.get('/:id/files/**:rest', ({ params }) => params)
})

describe('a route', () => {
  test('receives the parameters that its schema returns', async () => {
    await using client = await createTestClient({ routes: [users] })
    const response = await client.get('/users/7')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toEqual({ id: 7 })
  })

  test('receives its body and services, and responds with its status', async () => {
    await using client = await createTestClient({ routes: [users] })
    const response = await client.post('/users', { json: { name: 'Ada' } })
    expect([response.status, await response.json()]).toEqual([201, { greeting: 'hello Ada' }])
  })

  test('that returns undefined responds with 204', async () => {
    await using client = await createTestClient({ routes: [users] })
    const response = await client.delete('/users/7')
    expect([response.status, await response.text()]).toEqual([204, ''])
  })

  test('receives the decoded remainder of a path', async () => {
    await using client = await createTestClient({ routes: [users] })
    const response = await client.get('/users/7/files/a/b%2Fc.txt')
    expect(await response.json()).toEqual({ id: '7', rest: 'a/b/c.txt' })
  })

  test('of GET responds to HEAD without a body', async () => {
    await using client = await createTestClient({ routes: [users] })
    const response = await client.request('HEAD', '/users/7')
    expect([response.status, await response.text()]).toEqual([200, ''])
  })

  test('is rejected when it injects a service without a provider', async () => {
    class Missing {}
    const broken = defineRoutes('/broken', (route) => {
      route.get('/', { inject: { missing: Missing } }, () => 1)
    })
    await expect(createTestClient({ routes: [broken] })).rejects.toThrow(/GET \/broken[\s\S]*Missing/)
  })

  test('is rejected when its method and path are already declared', async () => {
    const twice = defineRoutes('/twice', (route) => {
      route.get('/:a', () => 1)
      route.get('/:b', () => 2)
    })
    await expect(createTestClient({ routes: [twice] })).rejects.toThrow(
      'Cannot declare route GET /twice/:b: a route of the same method and path is already declared: /twice/:a. Remove one of them, or let a constraint such as :id(\\d+) tell them apart.',
    )
  })

  test.each([
    [99, '99'],
    [100, '100'],
    [101, '101'],
    [199, '199'],
    [600, '600'],
    [200.5, '200.5'],
    [Number.NaN, 'NaN'],
    ['201', '"201"'],
  ])('is rejected when the status of its success is %j', (status, given) => {
    expect(() =>
      defineRoutes('/x', (route) => [route.get('/', { status: status as number }, () => 1)]),
    ).toThrow(`Cannot configure GET /x: status is ${given}. Set a number from 200 to 599.`)
  })

  const one = singleton(() => 1)
  const listed: ReadonlyArray<readonly [string, () => unknown, string]> = [
    [
      'a route',
      () => defineRoutes('/x', (route) => [route.get('/', { inject: [one] as never }, () => 1)]),
      'Cannot declare route GET /x: inject is a list. Name each service: inject: { orders: Orders }.',
    ],
    [
      'a group',
      () => defineRoutes('/x', { inject: [one] } as never, (route) => [route.get('/', () => 1)]),
      'inject is a list',
    ],
    [
      'a hook before',
      () => defineRoutes('/x', { before: { inject: [one] as never } }, (route) => [route.get('/', () => 1)]),
      'inject is a list',
    ],
    [
      'a text',
      () => defineRoutes('/x', (route) => [route.get('/', { inject: 'one' as never }, () => 1)]),
      'inject is a value of type string',
    ],
    [
      'an authentication',
      () => defineAuth({ scheme: 'bearer', inject: [one] as never, authenticate: () => ({}) }),
      'it is not an object of services',
    ],
  ]
  test.each(listed)('is rejected when its services have no names: %s', (_, declare, message) => {
    expect(declare).toThrow(message)
  })

  test('is rejected when its group is declared by an async function', () => {
    expect(() => defineRoutes('/x', async (route) => [route.get('/', () => 1)])).toThrow(
      'Cannot declare route group "/x": its function is async, and routes after an await would come too late.',
    )
  })

  test('is rejected when it has an option of groups', async () => {
    const routes = defineRoutes('/x', (route) => [
      route.get('/', { before: { run: () => undefined } } as object, () => 1),
    ])
    await expect(createTestClient({ routes: [routes] })).rejects.toThrow(
      "Cannot declare route GET /x: 'before' is an option of groups. Write it in defineRoutes(prefix, { before }, …)",
    )
  })

  test.each(['a\nb', 'ü€', '\u0000'])(
    'whose header has the value %j is a 500, and the log names both',
    async (value) => {
      const { logger, lines } = recordingApp()
      const routes = defineRoutes('/x', (route) => [route.get('/', () => reply(200, 'x', { 'x-a': value }))])
      const { transport } = await listening({ web: { routes: [routes] }, logger })
      expect((await fetch(`${transport.url}/x`)).status).toBe(500)
      const { err } = lines.find(({ level }) => level === 'error')!.fields as { err: Error }
      expect(err.message).toBe(
        'Cannot answer GET /x: the value of its header x-a has a character that a header cannot contain. Encode it, as with encodeURIComponent(value).',
      )
    },
  )

  test('is rejected when a service hides a part of the request', () => {
    expect(() =>
      defineRoutes('/x', (route) => {
        // @ts-expect-error the compiler refuses it as well
        route.get('/', { inject: { params: greeter } }, () => 1)
      }),
    ).toThrow(/'params' is a part of the request/)
  })
})

describe('a request-scoped service', () => {
  test('is shared by everything in one request, and created again for the next', async () => {
    let made = 0
    const session = request(() => ({ id: ++made }))
    const repository = request({ session }, ({ session }) => ({ session }))
    const routes = defineRoutes('', (route) => {
      route.get(
        '/same',
        { inject: { session, repository } },
        ({ session, repository }) => session === repository.session,
      )
    })
    await using client = await createTestClient({ routes: [routes] })
    expect(await (await client.get('/same')).json()).toBe(true)
    expect(await (await client.get('/same')).json()).toBe(true)
    expect(made).toBe(2)
  })
})
