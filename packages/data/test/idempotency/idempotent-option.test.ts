import { createTestApp } from '@myfy/core/testing'
import { defineAuth, defineRoutes, errors, file, form, WebModule } from '@myfy/web'
import { beforeEach, describe, expect, it, test as plain } from 'vitest'
import { z } from 'zod'
import { DataModule, Session } from '../../src/index.ts'
import { application } from '../application.ts'
import { backends } from '../databases.ts'

/** A client as its credentials name it, in each place where they may stand. */
const schemes = {
  bearer: defineAuth({ scheme: 'bearer', authenticate: ({ token }) => ({ name: token }) }),
  basic: defineAuth({ scheme: 'basic', authenticate: ({ username }) => ({ name: username }) }),
  cookie: defineAuth({ scheme: 'cookie', cookie: 'sid', authenticate: ({ cookie }) => ({ name: cookie }) }),
  header: defineAuth({
    scheme: 'apiKey',
    header: 'x-api-key',
    authenticate: ({ key }) => ({ name: key }),
  }),
  query: defineAuth({
    scheme: 'apiKey',
    name: 'linkKey',
    query: 'key',
    authenticate: ({ key }) => ({ name: key }),
  }),
}
const credentialsOf: Record<string, (name: string) => { headers?: Record<string, string>; query?: string }> =
  {
    bearer: (name) => ({ headers: { authorization: `Bearer ${name}` } }),
    basic: (name) => ({ headers: { authorization: `Basic ${btoa(`${name}:x`)}` } }),
    cookie: (name) => ({ headers: { cookie: `theme=${name === 'ada' ? 'dark' : 'light'}; sid=${name}` } }),
    header: (name) => ({ headers: { 'x-api-key': name } }),
    query: (name) => ({ query: `?key=${name}` }),
  }

describe.each(backends)('an idempotent route on %s', (_, backend) => {
  const test = it.skipIf(!backend.reachable)
  let handled = 0
  const routes = defineRoutes('', (route) => {
    route.post(
      '/orders',
      { inject: { session: Session }, idempotent: true, status: 201 },
      async ({ session, request }) => {
        handled++
        const { item } = (await request.json()) as { item: string }
        if (item === 'refused') throw errors.conflict('sold out')
        await session.execute('insert into notes (text) values ($1)', [item])
        return Response.json({ item, handled }, { status: 201, headers: { location: `/orders/${handled}` } })
      },
    )
    const upload = form({ title: z.string(), picture: file() })
    route.post('/pictures', { body: upload, idempotent: true, status: 201 }, async ({ body }) => {
      handled++
      return { title: body.title, text: (await body.picture.bytes()).toString() }
    })
    for (const [scheme, auth] of Object.entries(schemes))
      route.post(
        `/mine/${scheme}`,
        { auth: auth as typeof schemes.bearer, idempotent: true },
        ({ identity }) => {
          handled++
          return `for ${identity.name}`
        },
      )
    const owner = ({ identity }: { identity?: unknown }) => (identity as { name: string }).name.slice(0, 3)
    route.post('/renewed', { auth: schemes.bearer, idempotent: { owner } }, () => {
      handled++
    })
    route.delete('/orders/:id', { idempotent: { required: false } }, () => {
      handled++
    })
  })
  const running = application(backend, [routes], { pool: 5 })
  beforeEach(async () => {
    handled = 0
    if (backend.reachable) await running.database.script('delete from notes; delete from myfy_idempotency')
  })
  const order = (key: string | undefined, item: string, headers: Record<string, string> = {}) =>
    running.client.post('/orders', {
      json: { item },
      headers: { ...(key !== undefined && { 'idempotency-key': key }), ...headers },
    })

  test('answers a repeat with the same bytes, without a further effect', async () => {
    const first = await order('"k-1"', 'tea')
    const again = await order('"k-1"', 'tea')
    const bytes = await first.text()
    expect(await again.text()).toBe(bytes)
    expect([first.status, again.status, again.headers.get('location')]).toEqual([201, 201, '/orders/1'])
    expect([first.headers.get('idempotent-replayed'), again.headers.get('idempotent-replayed')]).toEqual([
      null,
      'true',
    ])
    expect(await running.texts()).toEqual(['tea'])
    // The quotes of a structured string are not a part of the key.
    expect((await order('k-1', 'tea')).headers.get('idempotent-replayed')).toBe('true')
    expect(handled).toBe(1)
  })

  test('answers a repeated form, whose boundary is another one, with the same bytes', async () => {
    const send = (title: string, picture: string) => {
      const body = new FormData()
      body.append('title', title)
      body.append('picture', new Blob([picture], { type: 'text/plain' }), 'engine.txt')
      return running.client.post('/pictures', { body, headers: { 'idempotency-key': '"k-form"' } })
    }
    const [first, again] = [await send('engine', 'gears'), await send('engine', 'gears')]
    expect([first.status, await first.json()]).toEqual([201, { title: 'engine', text: 'gears' }])
    expect([again.headers.get('idempotent-replayed'), handled]).toEqual(['true', 1])
    for (const [title, picture] of [
      ['engine', 'cogs'],
      ['enginegears', ''],
    ] as const)
      expect((await send(title, picture)).status).toBe(422)
  })

  test.for([
    ['without the key', undefined, 400],
    ['with an empty key', '""', 400],
    ['with a key that is too long', `"${'k'.repeat(256)}"`, 400],
  ] as const)('refuses a request %s', async ([, key, status]) => {
    const refused = await order(key, 'tea')
    expect(refused.status).toBe(status)
    expect(refused.headers.get('content-type')).toBe('application/problem+json')
    expect(await refused.json()).toMatchObject({ id: refused.headers.get('x-request-id') })
    expect(handled).toBe(0)
  })

  test('refuses the key of another request with 422', async () => {
    await order('k-2', 'tea')
    const refused = await order('k-2', 'coffee')
    const id = refused.headers.get('x-request-id')
    expect([refused.status, await refused.json()]).toEqual([422, expect.objectContaining({ id })])
    expect(await running.texts()).toEqual(['tea'])
  })

  test('separates clients and resources', async () => {
    await order('k-3', 'tea', { authorization: 'Bearer a' })
    expect((await order('k-3', 'coffee', { authorization: 'Bearer b' })).status).toBe(201)
    expect(await running.texts()).toEqual(['tea', 'coffee'])
  })

  test.each(Object.keys(schemes))('separates clients by their credentials: %s', async (scheme) => {
    const send = async (name: string) => {
      const { headers, query = '' } = credentialsOf[scheme]!(name)
      const path = `/mine/${scheme}${query}`
      const response = await running.client.post(path, { headers: { 'idempotency-key': '1', ...headers } })
      return response.text()
    }
    expect(await send('ada')).toBe('for ada')
    expect(await send('bob')).toBe('for bob')
    expect(await send('ada')).toBe('for ada')
    expect(handled).toBe(2)
  })

  test('finds the client by its identity, so that a token may be renewed', async () => {
    for (const token of ['ada-1', 'ada-2', 'bob-1'])
      await running.client.post('/renewed', {
        headers: { 'idempotency-key': '1', authorization: `Bearer ${token}` },
      })
    expect(handled).toBe(2)
  })

  test('keeps no response of a request that failed: a repeat runs again', async () => {
    expect((await order('k-4', 'refused')).status).toBe(409)
    expect((await order('k-4', 'refused')).status).toBe(409)
    expect(handled).toBe(2)
  })

  test('runs once for 100 twins at the same time', async () => {
    // Those that wait for a connection for more than 2 s are refused, and their clients send them again.
    const answered = async () => {
      let response = await order('k-5', 'once')
      while (response.status === 503) response = await order('k-5', 'once')
      return response
    }
    const responses = await Promise.all(Array.from({ length: 100 }, answered))
    const statuses = responses.map(({ status }) => status)
    expect(new Set(statuses)).toEqual(new Set([201]))
    const bodies = await Promise.all(responses.map((response) => response.text()))
    expect(new Set(bodies).size).toBe(1)
    expect(handled).toBe(1)
    expect(await running.texts()).toEqual(['once'])
  })

  test('needs no key where it is not required, and repeats an empty response', async () => {
    const remove = (key?: string) =>
      running.client.delete('/orders/1', { headers: key ? { 'idempotency-key': key } : {} })
    expect((await remove()).status).toBe(204)
    expect((await remove('k-6')).status).toBe(204)
    const again = await remove('k-6')
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([204, 'true'])
    expect(handled).toBe(2)
  })
})

plain('an idempotent route whose transaction is read-only is refused at the start', async () => {
  const routes = defineRoutes('', (route) => {
    route.get('/', { idempotent: true, transaction: { readOnly: true } }, () => 'ok')
  })
  const modules = [new DataModule({ directory: 'memory://' }), new WebModule({ routes: [routes] })]
  await expect(createTestApp({ modules })).rejects.toThrow(
    /Cannot use idempotent of GET \/: the key is stored in its transaction, which is read-only/,
  )
})
