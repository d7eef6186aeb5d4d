import { defineRoutes } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, test } from 'vitest'

describe('security headers', () => {
  test('are added unless the response sets them, and can be changed', async () => {
    const page = defineRoutes('', (route) => {
      route.get(
        '/page',
        () =>
          new Response('<p>', { headers: { 'content-type': 'text/html', 'x-frame-options': 'SAMEORIGIN' } }),
      )
    })
    await using client = await createTestClient({
      routes: [page],
      securityHeaders: { 'Referrer-Policy': false, 'x-own': '1' },
    })
    const { headers } = await client.get('/page')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-frame-options')).toBe('SAMEORIGIN')
    expect(headers.get('referrer-policy')).toBeNull()
    expect(headers.get('x-own')).toBe('1')
  })
})
