import type { TestClient } from '@myfy/web/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { User } from '../src/users.ts'
import { clientWith, read } from './application.ts'
import { backends } from './servers.ts'

describe.each(backends.map((backend) => [backend.name, backend] as const))('users on %s', (_, backend) => {
  let client: TestClient
  let remove: () => Promise<void>

  beforeAll(async () => {
    if (!backend.reachable) return
    const place = await backend.create()
    remove = place.remove
    client = await clientWith(place.env)
  }, 90_000)
  afterAll(async () => {
    await client?.close()
    await remove?.()
  })

  const it_ = it.skipIf(!backend.reachable)
  const create = (name: string, email: string) => read<User>(client.post('/users', { json: { name, email } }))
  const get = (id: number) => read<User>(client.get(`/users/${id}`))

  it_('creates a user and returns it', async () => {
    const { status, headers, body } = await create('Ada', 'Ada@example.org')
    expect(status).toBe(201)
    expect(body).toMatchObject({ name: 'Ada', email: 'ada@example.org' })
    expect(headers.get('location')).toBe(`/users/${body.id}`)
    expect((await get(body.id)).body).toEqual(body)
  })

  it_('rejects an invalid user with the reason', async () => {
    const { status, headers, body } = await read<{ errors: Array<{ path: string }> }>(
      client.post('/users', { json: { name: '', email: 'unknown' } }),
    )
    expect(status).toBe(422)
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(body.errors.map(({ path }) => path)).toEqual(['name', 'email'])
  })

  it_.each([
    ['the character NUL in a name', { json: { name: 'A\u0000da', email: 'nul@example.org' } }, '/users'],
    ['the character NUL in an address', { json: { name: 'Ada', email: 'a\u0000@example.org' } }, '/users'],
    ['a page after a number that is out of range', undefined, '/users?after=2147483648'],
    ['a page after a number without end', undefined, '/users?after=1e400'],
    ['an id that is out of range', undefined, '/users/2147483648'],
    ['an id below the range', undefined, '/users/-1'],
  ])('answers 422 to %s', async (_, request, path) => {
    const response = request ? client.post(path, request) : client.get(path)
    expect((await read(response)).status).toBe(422)
  })

  it_('rejects an address that is taken, also in an update, and keeps the old one', async () => {
    await create('Bea', 'bea@example.org')
    const cleo = (await create('Cleo', 'cleo@example.org')).body
    expect((await create('Other', 'bea@example.org')).status).toBe(409)
    const change = await read(client.patch(`/users/${cleo.id}`, { json: { email: 'bea@example.org' } }))
    expect(change.status).toBe(409)
    expect((await get(cleo.id)).body).toEqual(cleo)
  })

  it_('shows a change at once, also of a cached user', async () => {
    const user = (await create('Dan', 'dan@example.org')).body
    await get(user.id)
    const { body } = await read(client.patch(`/users/${user.id}`, { json: { name: 'Daniel' } }))
    expect(body).toEqual({ ...user, name: 'Daniel' })
    expect((await get(user.id)).body).toEqual(body)
    expect((await read(client.patch(`/users/${user.id}`, { json: {} }))).status).toBe(422)
  })

  it_('deletes a user, also from the cache', async () => {
    const { id } = (await create('Eve', 'eve@example.org')).body
    await get(id)
    expect((await read(client.delete(`/users/${id}`))).status).toBe(204)
    expect((await get(id)).status).toBe(404)
    expect((await read(client.delete(`/users/${id}`))).status).toBe(404)
  })

  it_('lists users page by page', async () => {
    for (const n of [1, 2, 3]) await create(`Page ${n}`, `page${n}@example.org`)
    const [first, second] = (await read<User[]>(client.get('/users'))).body
    const page = await read<User[]>(client.get('/users', { query: { limit: '1', after: String(first!.id) } }))
    expect(page.body).toEqual([second])
    expect((await read(client.get('/users?limit=0'))).status).toBe(422)
  })

  it_('rejects unknown paths, methods and ids', async () => {
    expect((await read(client.get('/nothing'))).status).toBe(404)
    expect((await read(client.get('/users/99999999999'))).status).toBe(422)
    const wrong = await read(client.put('/users'))
    expect(wrong.status).toBe(405)
    expect(wrong.headers.get('allow')).toContain('POST')
  })

  it_('reports its health and metrics', async () => {
    const health = await read(client.get('/health'))
    expect(health.body).toMatchObject({ healthy: true, checks: { data: { healthy: true } } })
    const metrics = await read<string>(client.get('/metrics'))
    expect(metrics.body).toMatch(
      /http_request_duration_seconds_count\{method="POST",route="\/users",status="201"\} \d+/,
    )
  })
})
