// redirect, html and download.

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineRoutes, download, html, ResponseError, redirect } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

describe('redirect', () => {
  test('has a status and an encoded location', () => {
    expect([redirect('/a').status, redirect('/a').headers.get('location')]).toEqual([302, '/a'])
    expect(redirect('/größe?q=a b%20c', 303).headers.get('location')).toBe('/gr%C3%B6%C3%9Fe?q=a%20b%20c')
    expect(redirect(new URL('https://example.com/a'), 308).headers.get('location')).toBe(
      'https://example.com/a',
    )
  })

  test('refuses another status, and a line break in the location', () => {
    expect(() => redirect('/', 200 as never)).toThrow(ResponseError)
    expect(() => redirect('/\r\nset-cookie: a=b')).toThrow(
      'Cannot answer with a redirect: the location is empty or has control characters. Pass a URL or a path.',
    )
  })
})

describe('html', () => {
  test('sends a page', async () => {
    const page = html('<p>hello</p>', 201)
    expect([page.status, page.headers.get('content-type'), await page.text()]).toEqual([
      201,
      'text/html; charset=utf-8',
      '<p>hello</p>',
    ])
  })

  test('escapes the values of a template, except templates', async () => {
    const items = ['<b>', `"'&\``]
    const list = html`<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>${null}${false}${0}`
    expect(await html(list).text()).toBe('<ul><li>&#60;b&#62;</li><li>&#34;&#39;&#38;&#96;</li></ul>0')
  })
})

describe('download', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'myfy-'))
    await writeFile(join(directory, 'numbers.txt'), '0123456789'.repeat(100))
  })
  afterAll(() => rm(directory, { recursive: true }))

  const dispositionOf = async (name: string, inline = false) =>
    (await download(Buffer.from('a'), { name, inline })).headers.get('content-disposition')

  test('names a file as RFC 6266 and RFC 8187 say', async () => {
    expect(await dispositionOf('report.pdf')).toBe('attachment; filename="report.pdf"')
    expect(await dispositionOf('report.pdf', true)).toBe('inline; filename="report.pdf"')
    // The example of RFC 8187, section 3.2.3: U+20AC, U+00A3.
    expect(await dispositionOf('£ and € rates')).toBe(
      `attachment; filename="_ and _ rates"; filename*=UTF-8''%C2%A3%20and%20%E2%82%AC%20rates`,
    )
    expect(await dispositionOf('Übersicht.pdf')).toBe(
      `attachment; filename="Ubersicht.pdf"; filename*=UTF-8''%C3%9Cbersicht.pdf`,
    )
    expect(await dispositionOf(`a"b'(c)*%.txt`)).toBe(
      `attachment; filename="a_b'(c)*_.txt"; filename*=UTF-8''a%22b%27%28c%29%2A%25.txt`,
    )
    expect(await dispositionOf('../\r\n\0x')).toBe('attachment; filename="..____x"')
  })

  // A parameter is decoded: `..%2f` is one segment of the path.
  test.each([
    ['numbers.txt', 200],
    ['..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd', 404],
    ['%2e%2e%2fsecret.txt', 404],
    ['%2fetc%2fpasswd', 404],
    ['..%5csecret.txt', 404],
    ['link.txt', 404],
    ['numbers.txt%00', 400],
    ['%2e', 404],
  ])('of %s below a root is answered with %i', async (name, status) => {
    const root = join(directory, 'public')
    await mkdir(root, { recursive: true })
    await writeFile(join(root, 'numbers.txt'), '0123456789')
    await writeFile(join(directory, 'secret.txt'), 'secret')
    await symlink(join(directory, 'secret.txt'), join(root, 'link.txt')).catch(() => {})
    const routes = defineRoutes('', (route) => {
      route.get('/:name', ({ params, request }) => download(params.name, { root, request }))
    })
    await using client = await createTestClient({ routes: [routes] })
    expect((await client.get(`/${name}`)).status).toBe(status)
  })

  test('sends a file with its type, and ranges and conditions of the request', async () => {
    const routes = defineRoutes('', (route) => {
      route.get('/file', ({ request }) => download(join(directory, 'numbers.txt'), { request }))
      route.get('/bytes', ({ request }) => download(Buffer.from('0123456789'), { request, type: 'text/x' }))
      route.get('/none', () => download(join(directory, 'none')))
      route.get('/stream', () => download(new Blob(['a', 'b']).stream() as never, { name: 'a.csv' }))
    })
    await using client = await createTestClient({ routes: [routes] })
    const whole = await client.get('/file')
    expect([whole.status, whole.headers.get('content-type'), (await whole.text()).length]).toEqual([
      200,
      'text/plain; charset=utf-8',
      1_000,
    ])
    expect(whole.headers.get('content-disposition')).toBe('attachment; filename="numbers.txt"')
    const range = await client.get('/file', { headers: { range: 'bytes=5-9' } })
    expect([range.status, range.headers.get('content-range'), await range.text()]).toEqual([
      206,
      'bytes 5-9/1000',
      '56789',
    ])
    const etag = whole.headers.get('etag')!
    expect((await client.get('/file', { headers: { 'if-none-match': etag } })).status).toBe(304)
    const bytes = await client.get('/bytes', { headers: { range: 'bytes=-3' } })
    expect([bytes.status, await bytes.text(), bytes.headers.get('content-type')]).toEqual([
      206,
      '789',
      'text/x',
    ])
    expect((await client.get('/none')).status).toBe(404)
    const stream = await client.get('/stream')
    expect([await stream.text(), stream.headers.get('content-type')]).toEqual([
      'ab',
      'text/csv; charset=utf-8',
    ])
  })
})
