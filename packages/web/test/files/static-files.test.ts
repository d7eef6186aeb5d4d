import { fileURLToPath } from 'node:url'
import { serveFiles } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, test } from 'vitest'
import { listening } from '../listening.ts'

describe('files', () => {
  const files = serveFiles('/files', fileURLToPath(new URL('../fixtures/public', import.meta.url)), {
    maxAge: 60,
  })

  test('are served with their type, and not again to whom they have not changed', async () => {
    const { url } = await listening({ web: { routes: [files] } })
    const response = await fetch(`${url}/files/a.txt`)
    expect(await response.text()).toBe('hello file\n')
    expect(response.headers.get('content-type')).toBe('text/plain')
    expect(response.headers.get('cache-control')).toBe('public, max-age=60')
    const again = await fetch(`${url}/files/a.txt`, {
      headers: { 'if-none-match': response.headers.get('etag')! },
    })
    expect([again.status, await again.text()]).toEqual([304, ''])
    const head = await fetch(`${url}/files/a.txt`, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '11'])
  })

  test('that are not there are 404, or the fallback', async () => {
    await using client = await createTestClient({ routes: [files] })
    const missing = await client.get('/files/none.txt')
    expect([missing.status, missing.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
    const spa = serveFiles('/app', fileURLToPath(new URL('../fixtures/public', import.meta.url)), {
      fallback: '/a.txt',
    })
    await using single = await createTestClient({ routes: [spa] })
    expect(await (await single.get('/app/some/page')).text()).toBe('hello file\n')
  })
})
