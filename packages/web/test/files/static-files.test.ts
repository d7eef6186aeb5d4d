import { mkdirSync, mkdtempSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { defineRoutes, serveFiles } from '@myfy/web'
import { createTestClient, type TestClient } from '@myfy/web/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listening } from '../listening.ts'

const directory = mkdtempSync(join(tmpdir(), 'myfy-files-'))
const modified = new Date('2024-02-29T12:30:15.250Z')

function write(name: string, text: string, at = modified): void {
  const path = join(directory, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  utimesSync(path, at, at)
}

for (const [name, text] of Object.entries({
  'index.html': '<p>start</p>',
  'guide/index.html': '<a href="next.html">',
  'empty/.keep': '',
  'empty.txt': '',
  'digits.bin': '0123456789',
  'a#b?c%.txt': 'odd name',
  '.well-known/security.txt': 'dot',
  'app.js': 'plain',
  'app.js.br': 'BR',
  'app.js.gz': 'GZ',
  'app.js.zst': 'ZST',
  'image.png': 'png',
  'image.png.br': 'BR',
}))
  write(name, text)
write('stale.css', 'new')
write('stale.css.br', 'OLD', new Date('2020-01-01'))
symlinkSync(tmpdir(), join(directory, 'outside'))

let client: TestClient
beforeAll(async () => {
  client = await createTestClient({
    routes: [
      serveFiles('/f', directory),
      serveFiles('/dot', directory, { dotfiles: true }),
      serveFiles('/app', directory, { fallback: '/index.html', maxAge: 31_536_000 }),
      defineRoutes('/api', (route) => void route.get('/users', () => [])),
    ],
  })
})
afterAll(() => client.close())

const get = (path: string, headers: Record<string, string> = {}) => client.get(path, { headers })

describe('the media type', () => {
  // IANA media types; text has a charset, JSON has none (RFC 8259, 11).
  test.each([
    ['html', 'text/html; charset=utf-8'],
    ['css', 'text/css; charset=utf-8'],
    ['js', 'text/javascript; charset=utf-8'],
    ['mjs', 'text/javascript; charset=utf-8'],
    ['txt', 'text/plain; charset=utf-8'],
    ['TXT', 'text/plain; charset=utf-8'],
    ['md', 'text/markdown; charset=utf-8'],
    ['csv', 'text/csv; charset=utf-8'],
    ['vtt', 'text/vtt; charset=utf-8'],
    ['svg', 'image/svg+xml; charset=utf-8'],
    ['xml', 'application/xml; charset=utf-8'],
    ['json', 'application/json'],
    ['webmanifest', 'application/manifest+json'],
    ['wasm', 'application/wasm'],
    ['pdf', 'application/pdf'],
    ['png', 'image/png'],
    ['jpg', 'image/jpeg'],
    ['webp', 'image/webp'],
    ['avif', 'image/avif'],
    ['ico', 'image/vnd.microsoft.icon'],
    ['mp3', 'audio/mpeg'],
    ['mp4', 'video/mp4'],
    ['webm', 'video/webm'],
    ['woff2', 'font/woff2'],
    ['ttf', 'font/ttf'],
    ['otf', 'font/otf'],
    ['unknown', 'application/octet-stream'],
  ])('of .%s is %s', async (extension, mediaType) => {
    write(`types/x.${extension}`, 'x')
    expect((await get(`/f/types/x.${extension}`)).headers.get('content-type')).toBe(mediaType)
  })
})

describe('a range', () => {
  // RFC 9110, 14.1.2, 14.2 and 15.3.7.
  test.each([
    ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
    ['bytes=4-', 206, '456789', 'bytes 4-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=-99', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=9-9', 206, '9', 'bytes 9-9/10'],
    ['bytes=5-99', 206, '56789', 'bytes 5-9/10'],
    ['Bytes=0-0', 206, '0', 'bytes 0-0/10'],
    ['bytes=10-', 416, undefined, 'bytes */10'],
    ['bytes=-0', 416, undefined, 'bytes */10'],
    ['bytes=5-4', 200, '0123456789', null],
    ['bytes=-', 200, '0123456789', null],
    ['bytes=a-b', 200, '0123456789', null],
    ['lines=0-3', 200, '0123456789', null],
    ['bytes=0-1,4-5', 206, '012345', 'bytes 0-5/10'],
  ])('%s is answered with %i', async (range, status, body, contentRange) => {
    const response = await get('/f/digits.bin', { range })
    expect([response.status, response.headers.get('content-range')]).toEqual([status, contentRange])
    if (body === undefined) expect(response.headers.get('content-type')).toBe('application/problem+json')
    else {
      expect(response.headers.get('content-length')).toBe(String(body.length))
      expect(await response.text()).toBe(body)
    }
  })

  test('is sent only while the file has the version of If-Range', async () => {
    const { headers } = await get('/f/digits.bin')
    expect(headers.get('accept-ranges')).toBe('bytes')
    const etag = headers.get('etag')!
    const date = headers.get('last-modified')!
    const status = async (condition: string) =>
      (await get('/f/digits.bin', { range: 'bytes=0-3', 'if-range': condition })).status
    expect(etag).toMatch(/^"/)
    expect([await status(etag), await status(date)]).toEqual([206, 206])
    expect([await status('"other"'), await status(`W/${etag}`)]).toEqual([200, 200])
    expect(await status(new Date(Date.parse(date) + 1_000).toUTCString())).toBe(200)
  })

  test('of a HEAD request is ignored', async () => {
    const response = await client.request('HEAD', '/f/digits.bin', { headers: { range: 'bytes=0-3' } })
    expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([
      200,
      '10',
      '',
    ])
  })
})

describe('a condition', () => {
  // RFC 9110, 13.2.2.
  const past = 'Wed, 28 Feb 2024 00:00:00 GMT'
  const exact = 'Thu, 29 Feb 2024 12:30:15 GMT'
  const future = 'Fri, 01 Mar 2024 00:00:00 GMT'
  test.each<[headers: Record<string, string>, status: number]>([
    [{ 'if-none-match': 'ETAG' }, 304],
    [{ 'if-none-match': 'W/ETAG' }, 304],
    [{ 'if-none-match': '"a", ETAG , "b"' }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"other"' }, 200],
    [{ 'if-none-match': '"other"', 'if-modified-since': future }, 200],
    [{ 'if-modified-since': exact }, 304],
    [{ 'if-modified-since': future }, 304],
    [{ 'if-modified-since': past }, 200],
    [{ 'if-modified-since': 'yesterday' }, 200],
    [{ 'if-modified-since': '2030' }, 200],
    [{ 'if-match': 'ETAG' }, 200],
    [{ 'if-match': '*' }, 200],
    [{ 'if-match': 'W/ETAG' }, 412],
    [{ 'if-match': '"other"' }, 412],
    [{ 'if-match': '"other"', 'if-none-match': 'ETAG' }, 412],
    [{ 'if-unmodified-since': past }, 412],
    [{ 'if-unmodified-since': exact }, 200],
    [{ 'if-match': 'ETAG', 'if-unmodified-since': past }, 200],
    [{ 'if-none-match': 'ETAG', range: 'bytes=0-3' }, 304],
  ])('%o gives %i', async (headers, status) => {
    const etag = (await get('/f/digits.bin')).headers.get('etag')!
    const sent = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace('ETAG', etag)]),
    )
    const response = await get('/f/digits.bin', sent)
    expect(response.status).toBe(status)
    if (status === 304) {
      expect(await response.text()).toBe('')
      expect([response.headers.get('etag'), response.headers.get('cache-control')]).toEqual([
        etag,
        'no-cache',
      ])
    }
  })
})

describe('a precompressed variant', () => {
  // RFC 9110, 12.5.3.
  test.each([
    ['br', 'BR', 'br'],
    ['gzip, deflate, br, zstd', 'BR', 'br'],
    ['gzip', 'GZ', 'gzip'],
    ['x-gzip', 'GZ', 'gzip'],
    ['br;q=0.5, gzip', 'GZ', 'gzip'],
    ['br;q=0, *', 'ZST', 'zstd'],
    ['*', 'BR', 'br'],
    ['identity, br;q=0.5', 'plain', null],
    ['br;q=0', 'plain', null],
    ['deflate', 'plain', null],
    ['', 'plain', null],
  ])('for %j is %s', async (accepted, body, encoding) => {
    const response = await get('/f/app.js', { 'accept-encoding': accepted })
    expect([await response.text(), response.headers.get('content-encoding')]).toEqual([body, encoding])
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(response.headers.get('vary')).toBe('Accept-Encoding')
  })

  test('has another ETag than the file', async () => {
    const tags = await Promise.all(
      ['br', 'gzip', 'identity'].map(async (accepted) =>
        (await get('/f/app.js', { 'accept-encoding': accepted })).headers.get('etag'),
      ),
    )
    expect(new Set(tags).size).toBe(3)
  })

  test.each(['/f/stale.css', '/f/image.png'])('of %s is not used', async (path) => {
    const response = await get(path, { 'accept-encoding': 'br' })
    expect([response.headers.get('content-encoding'), response.headers.get('vary')]).toEqual([null, null])
  })
})

describe('a directory', () => {
  test.each([
    ['/f/guide', '/f/guide/'],
    ['/f/guide?a=1', '/f/guide/?a=1'],
    ['/f', '/f/'],
  ])('%s redirects to %s', async (path, location) => {
    const response = await get(path)
    expect([response.status, response.headers.get('location')]).toEqual([301, location])
  })

  test('is served by its index.html', async () => {
    expect(await (await get('/f/guide/')).text()).toBe('<a href="next.html">')
    expect(await (await get('/f/')).text()).toBe('<p>start</p>')
  })

  test.each([
    '/f/empty',
    '/f/empty/',
    '/f/digits.bin/',
    '/f/.well-known/security.txt',
    '/f/outside',
    '/f/a%2Fb',
    '/f//guide/',
    '/f/%00',
  ])('%s does not exist', async (path) => {
    const response = await get(path)
    expect(response.status).toBe(path.includes('%00') ? 400 : 404)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
  })

  test('serves names that need percent-encoding, dotfiles when enabled, and empty files', async () => {
    expect(await (await get('/f/a%23b%3Fc%25.txt')).text()).toBe('odd name')
    expect(await (await get('/dot/.well-known/security.txt')).text()).toBe('dot')
    const empty = await get('/f/empty.txt')
    expect([empty.status, empty.headers.get('content-length'), await empty.text()]).toEqual([200, '0', ''])
  })
})

describe('the fallback', () => {
  test.each<[path: string, headers: Record<string, string>]>([
    ['/app/some/page', { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }],
    ['/app/some/page', { accept: '*/*', 'sec-fetch-mode': 'navigate' }],
    ['/app/v1.2/page', { accept: 'text/html' }],
    ['/app/v1.2/page', {}],
  ])('is sent to the navigation %s %o, and is not cached', async (path, headers) => {
    const response = await get(path, headers)
    expect([response.status, await response.text()]).toEqual([200, '<p>start</p>'])
    expect(response.headers.get('cache-control')).toBe('no-cache')
  })

  test.each<[path: string, headers: Record<string, string>]>([
    ['/app/assets/app.1a2b3c.js', { accept: '*/*' }],
    ['/app/assets/app.1a2b3c.js', { accept: '*/*', 'sec-fetch-mode': 'no-cors' }],
    ['/app/page', { accept: 'text/html', 'sec-fetch-mode': 'cors' }],
    ['/app/api/users', { accept: 'application/json' }],
    ['/app/assets/app.1a2b3c.js', {}],
    ['/app/page', { accept: '*/*' }],
  ])('is not sent to %s %o', async (path, headers) => {
    expect((await get(path, headers)).status).toBe(404)
  })

  test('does not change how long existing files are cached', async () => {
    expect((await get('/app/digits.bin')).headers.get('cache-control')).toBe('public, max-age=31536000')
  })
})

test('over a socket: lengths, HEAD and 304 have the framing of RFC 9110', async () => {
  const { url } = await listening({ web: { routes: [serveFiles('/f', directory)] } })
  const response = await fetch(`${url}/f/digits.bin`)
  expect([response.headers.get('content-length'), await response.text()]).toEqual(['10', '0123456789'])
  const head = await fetch(`${url}/f/digits.bin`, { method: 'HEAD' })
  expect([head.status, head.headers.get('content-length'), head.headers.get('transfer-encoding')]).toEqual([
    200,
    '10',
    null,
  ])
  const again = await fetch(`${url}/f/digits.bin`, {
    headers: { 'if-none-match': response.headers.get('etag')! },
  })
  expect([again.status, await again.text()]).toEqual([304, ''])
  const part = await fetch(`${url}/f/digits.bin`, { headers: { range: 'bytes=2-4' } })
  expect([part.status, part.headers.get('content-length'), await part.text()]).toEqual([206, '3', '234'])
})

test('a large file is streamed, whole and in parts', async () => {
  const content = Buffer.alloc(300_000, 'abcdefghij')
  writeFileSync(join(directory, 'large.bin'), content)
  const { url } = await listening({ web: { routes: [serveFiles('/f', directory)] } })
  const whole = Buffer.from(await (await fetch(`${url}/f/large.bin`)).arrayBuffer())
  expect(whole.equals(content)).toBe(true)
  const part = await fetch(`${url}/f/large.bin`, { headers: { range: 'bytes=100000-249999' } })
  expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 100000-249999/300000'])
  expect(Buffer.from(await part.arrayBuffer()).equals(content.subarray(100_000, 250_000))).toBe(true)
})

test('an invalid maxAge is rejected', () => {
  expect(() => serveFiles('/f', '.', { maxAge: Number.NaN })).toThrow(
    "Cannot configure serveFiles('/f'): maxAge is NaN. Set a number of seconds, 0 or greater.",
  )
})
