// The last steps of an answer: entity tags, conditions, compression.

import * as zlib from 'node:zlib'
import { brotliDecompressSync, createGunzip, gunzipSync } from 'node:zlib'
import { OptionError } from '@myfy/core'
import { defineRoutes, errors, WebModule } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, test } from 'vitest'
import { deferred } from '../listening.ts'

const big = { items: Array.from({ length: 3_000 }, (_, id) => ({ id, name: `item ${id}` })) }
const text = JSON.stringify(big)

const routes = defineRoutes('', (route) => {
  route.get('/big', () => big)
  route.get('/middle', () => ({ text: 'x'.repeat(2_000) }))
  route.get('/small', () => ({ a: 1 }))
  route.get('/own', () => new Response('own', { headers: { etag: '"own"', 'cache-control': 'max-age=5' } }))
  route.get(
    '/dated',
    () => new Response('dated', { headers: { 'last-modified': 'Tue, 01 Sep 2026 00:00:00 GMT' } }),
  )
  route.post('/big', () => big)
  route.get('/error', () => errors.notFound('x'.repeat(2_000)))
  route.get('/png', () => new Response('x'.repeat(2_000), { headers: { 'content-type': 'image/png' } }))
  route.get(
    '/encoded',
    () =>
      new Response('x'.repeat(2_000), {
        headers: { 'content-type': 'text/plain', 'content-encoding': 'zip' },
      }),
  )
  route.get(
    '/fixed',
    () =>
      new Response('x'.repeat(2_000), {
        headers: { 'content-type': 'text/plain', 'cache-control': 'no-transform' },
      }),
  )
  route.get('/off', { compression: false }, () => big)
  route.get('/strong', () => new Response(text, { headers: { 'content-type': 'text/plain', etag: '"own"' } }))
  route.get('/events', ({ stream }) =>
    stream.events(async function* () {
      yield 'x'.repeat(2_000)
    }),
  )
})

describe('an entity tag', () => {
  test('is a weak one of the contents, and answers 304 for the same version', async () => {
    await using client = await createTestClient({ routes: [routes], etag: true })
    const first = await client.get('/small')
    const etag = first.headers.get('etag')!
    expect(etag).toMatch(/^W\/"[\w-]+"$/)
    for (const list of [etag, etag.slice(2), `"x", ${etag}, "y"`, '*', `W/"a,b" , ${etag}`]) {
      const again = await client.get('/small', { headers: { 'if-none-match': list } })
      expect([again.status, await again.text(), again.headers.get('etag')], list).toEqual([304, '', etag])
      expect(again.headers.get('content-type')).toBeNull()
    }
    for (const list of ['"x"', 'W/"x", "y"', ''])
      expect((await client.get('/small', { headers: { 'if-none-match': list } })).status, list).toBe(200)
    expect((await client.request('HEAD', '/small', { headers: { 'if-none-match': etag } })).status).toBe(304)
    expect((await client.get('/small', { headers: { 'if-match': '"x"' } })).status).toBe(412)
  })

  test('of the handler is kept, and so is its date', async () => {
    await using client = await createTestClient({ routes: [routes], etag: true })
    const own = await client.get('/own', { headers: { 'if-none-match': '"own"' } })
    expect([own.status, own.headers.get('etag'), own.headers.get('cache-control')]).toEqual([
      304,
      '"own"',
      'max-age=5',
    ])
    expect((await client.get('/own', { headers: { 'if-match': '"own"' } })).status).toBe(200)
    const since = (date: string) => client.get('/dated', { headers: { 'if-modified-since': date } })
    expect((await since('Tue, 01 Sep 2026 00:00:00 GMT')).status).toBe(304)
    expect((await since('Mon, 31 Aug 2026 23:59:59 GMT')).status).toBe(200)
  })

  test('is not added to other methods, to errors, and without the option', async () => {
    await using client = await createTestClient({ routes: [routes], etag: true })
    expect((await client.post('/big')).headers.has('etag')).toBe(false)
    expect((await client.get('/error')).headers.has('etag')).toBe(false)
    await using other = await createTestClient({ routes: [routes] })
    expect((await other.get('/big')).headers.has('etag')).toBe(false)
  })
})

describe('compression', () => {
  const get = async (path: string, accepted: string | undefined, options = {}) => {
    await using client = await createTestClient({ routes: [routes], compression: true, ...options })
    const response = await client.get(path, {
      headers: accepted === undefined ? {} : { 'accept-encoding': accepted },
    })
    const bytes = Buffer.from(await response.arrayBuffer())
    return { encoding: response.headers.get('content-encoding'), bytes, response }
  }

  test('takes the encoding that the client prefers', async () => {
    const gzip = await get('/big', 'gzip, deflate')
    expect([gzip.encoding, gunzipSync(gzip.bytes).toString()]).toEqual(['gzip', text])
    expect(gzip.response.headers.get('vary')).toBe('Accept-Encoding')
    expect(gzip.response.headers.get('content-length')).toBe(String(gzip.bytes.length))
    const br = await get('/big', 'gzip, deflate, br')
    expect([br.encoding, brotliDecompressSync(br.bytes).toString()]).toEqual(['br', text])
    expect((await get('/big', 'br;q=0.5, gzip')).encoding).toBe('gzip')
    expect((await get('/middle', 'br')).encoding).toBe('br')
    expect((await get('/big', 'gzip, br', { compression: { encodings: ['gzip'] } })).encoding).toBe('gzip')
  })

  test.runIf('zstdDecompressSync' in zlib)('takes zstd where Node has it', async () => {
    const { encoding, bytes } = await get('/big', 'gzip, br, zstd')
    const decode = (zlib as unknown as { zstdDecompressSync(bytes: Buffer): Buffer }).zstdDecompressSync
    expect([encoding, decode(bytes).toString()]).toEqual(['zstd', text])
  })

  test('takes none for a client that accepts none, and says that it depends on it', async () => {
    for (const accepted of [undefined, '', 'identity', 'gzip;q=0', 'compress', '*;q=0']) {
      const { encoding, bytes, response } = await get('/big', accepted)
      expect([encoding, bytes.toString(), response.headers.get('vary')], accepted).toEqual([
        null,
        text,
        'Accept-Encoding',
      ])
    }
  })

  test('leaves small answers, other media types, what is encoded, and event streams as they are', async () => {
    for (const path of ['/small', '/png', '/fixed', '/off', '/events'])
      expect((await get(path, 'gzip, br')).encoding, path).toBeNull()
    expect((await get('/encoded', 'gzip')).encoding).toBe('zip')
    expect((await get('/small', 'gzip')).response.headers.get('vary')).toBeNull()
    expect((await get('/small', 'gzip', { compression: { threshold: 0 } })).encoding).toBe('gzip')
  })

  test('encodes errors, and makes a strong tag of the handler weak', async () => {
    const error = await get('/error', 'gzip')
    expect([error.response.status, error.encoding]).toEqual([404, 'gzip'])
    const { response } = await get('/strong', 'gzip')
    expect(response.headers.get('etag')).toBe('W/"own"')
  })

  test('gives both encodings the same generated tag', async () => {
    const [plain, encoded] = await Promise.all([
      get('/big', '', { etag: true }),
      get('/big', 'br', { etag: true }),
    ])
    expect(plain.response.headers.get('etag')).toBe(encoded.response.headers.get('etag'))
  })

  test('flushes a stream: a piece reaches the client before the next is produced', async () => {
    const more = deferred()
    let cancelled = false
    const streamed = defineRoutes('', (route) => {
      route.get('/', () => {
        const pieces = async function* () {
          try {
            yield Buffer.from('one ')
            await more.promise
            yield Buffer.from('two')
          } finally {
            cancelled = true
          }
        }
        return new Response(ReadableStream.from(pieces()) as never, {
          headers: { 'content-type': 'text/plain' },
        })
      })
    })
    await using client = await createTestClient({ routes: [streamed], compression: true })
    const response = await client.get('/', { headers: { 'accept-encoding': 'gzip' } })
    const gunzip = createGunzip()
    const reader = response.body!.getReader()
    const first = new Promise<string>((resolve) =>
      gunzip.once('data', (bytes: Buffer) => resolve(String(bytes))),
    )
    const received = (async () => {
      for (let part = await reader.read(); !part.done; part = await reader.read()) gunzip.write(part.value)
      gunzip.end()
    })()
    expect(await first).toBe('one ')
    const rest = new Promise<string>((resolve) =>
      gunzip.once('data', (bytes: Buffer) => resolve(String(bytes))),
    )
    more.resolve()
    expect(await rest).toBe('two')
    await received
    expect(cancelled).toBe(true)
  })

  test('of an unknown encoding is refused', () => {
    expect(() => new WebModule({ compression: { encodings: ['deflate' as never] } })).toThrow(OptionError)
    expect(() => new WebModule({ compression: { encodings: ['deflate' as never] } })).toThrow(
      'Cannot configure compression.encodings: "deflate" is not an encoding. Use br, gzip and zstd.',
    )
  })
})
