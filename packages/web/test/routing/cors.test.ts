import { defineRoutes } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, test } from 'vitest'

const hello = defineRoutes('/hello', (route) => {
  route.get('/', () => ({ hello: 'world' }))
  route.get('/boom', () => {
    throw new Error('x')
  })
})

describe('CORS', () => {
  test('adds headers only when it is configured, also to errors and preflight responses', async () => {
    await using closed = await createTestClient({ routes: [hello] })
    expect(
      (await closed.get('/hello', { headers: { origin: 'https://a.example' } })).headers.get(
        'access-control-allow-origin',
      ),
    ).toBeNull()
    await using open = await createTestClient({
      routes: [hello],
      cors: { origin: ['https://a.example'], methods: ['GET'] },
    })
    const origin = { origin: 'https://a.example' }
    expect((await open.get('/hello', { headers: origin })).headers.get('access-control-allow-origin')).toBe(
      'https://a.example',
    )
    expect(
      (await open.get('/hello/boom', { headers: origin })).headers.get('access-control-allow-origin'),
    ).toBe('https://a.example')
    expect(
      (await open.get('/hello', { headers: { origin: 'https://b.example' } })).headers.get(
        'access-control-allow-origin',
      ),
    ).toBeNull()
    const preflight = await open.request('OPTIONS', '/hello', {
      headers: { ...origin, 'access-control-request-method': 'GET' },
    })
    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([204, 'GET'])
  })
})
