import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineRoutes, errors, mount, serveFiles } from '@myfy/web'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { requestURL } from '../../src/client/trust-proxy.ts'
import { hasValidHost, normalizePath, parseTarget, pathBelow } from '../../src/http/request-target.ts'
import { listening } from '../listening.ts'

describe('the path of a target', () => {
  // RFC 3986, 6.2.2 and 5.2.4; RFC 9112, 3.2.
  test.each([
    ['/', '/'],
    ['/a/b', '/a/b'],
    ['/a//b/', '/a//b/'],
    ['/%70rivate', '/private'],
    ['/%7euser/%2D%2e%5F', '/~user/-._'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/a%2fb', '/a%2Fb'],
    ['/a%5cb', '/a%5Cb'],
    ['/a/./b', '/a/b'],
    ['/a/../b', '/b'],
    ['/a/%2e%2E/b', '/b'],
    ['/a/b/..', '/a/'],
    ['/a/.', '/a/'],
    ['/../../x', '/x'],
    ['/..', '/'],
    ['/...', '/...'],
    ['/.well-known/x', '/.well-known/x'],
    ['/a/..b', '/a/..b'],
    ['/a;v=1/b', '/a;v=1/b'],
    ['/a|b<c>"d"^`{e}', '/a%7Cb%3Cc%3E%22d%22%5E%60%7Be%7D'],
    ['/caf\u00c3\u00a9', '/caf%C3%A9'],
    ['*', '*'],
    ['http://example.com/a/../b?q', '/b'],
    ['HTTPS://example.com:8443/a', '/a'],
    ['http://example.com', '/'],
    ['http://example.com?q', '/'],
  ])('%s is %s', (raw, path) => {
    expect(parseTarget(raw).path).toBe(path)
  })

  test.each([
    '/a\\b',
    '/a#b',
    '/a?b#c',
    '/a%',
    '/a%2',
    '/a%zz',
    '/a%00',
    '/a\tb',
    '',
    'a',
    'ftp://example.com/',
    'http:///a',
    'http://user@example.com/',
  ])('%j is invalid', (raw) => {
    expect(parseTarget(raw).path).toBe('')
  })

  test('is the path that URL parses, and stays the same when it is normalized again', () => {
    const piece = fc.constantFrom(
      'a',
      '/',
      '//',
      '.',
      '..',
      '/./',
      '/../',
      '%2e',
      '%2F',
      '%70',
      '%c3%a9',
      '|',
      ':',
      '@',
      ';',
      '\u00e9',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const path = normalizePath(`/${pieces.join('')}`)
        expect(new URL(`http://host${path}`).pathname).toBe(path)
        expect(normalizePath(path)).toBe(path)
      }),
      { numRuns: 5_000 },
    )
  })

  test('keeps its query, in which bytes outside of ASCII are percent-encoded', () => {
    expect(parseTarget('/a?b=c/../%zz&d').search).toBe('?b=c/../%zz&d')
    expect(parseTarget('/a?q=\u00c3\u00a9').search).toBe('?q=%C3%A9')
    expect(parseTarget('http://h?q').search).toBe('?q')
    expect(parseTarget('http://h:81/a')).toEqual({ path: '/a', search: '', host: 'h:81' })
  })

  test.each([
    ['/a/b/c', '/a/**', '/b/c'],
    ['/a/b/c', '/:x/b/**', '/c'],
    ['/a/b/c', '/**', '/a/b/c'],
    ['/a', '/a/**', '/'],
    ['/a/', '/a/**', '/'],
    ['/a//b', '/a/**', '//b'],
  ])('%s below %s is %s', (path, pattern, below) => {
    expect(pathBelow(path, pattern)).toBe(below)
  })
})

describe('the host of a request', () => {
  const isAccepted = (host: string) => hasValidHost({ rawHeaders: ['Host', host], httpVersionMinor: 1 })
  const urlOf = (host: string) => requestURL({ host, protocol: 'http', ip: undefined } as never, '/', '')

  test.each([
    ['localhost:8000', 'localhost:8000'],
    ['API.example.com', 'api.example.com'],
    ['a_b.example', 'a_b.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['127.0.0.1:80', '127.0.0.1'],
    ['192.168.255.9:65535', '192.168.255.9:65535'],
    ['[::1]:8080', '[::1]:8080'],
    ['example.com:', 'example.com'],
    ['1a', '1a'],
    ['%41.example', 'a.example'],
    ['a~b!', 'a~b!'],
  ])('%s is that of the URL', (host, expected) => {
    expect(isAccepted(host)).toBe(true)
    expect(urlOf(host).host).toBe(expected)
    expect(parseTarget(`http://${host}/`).host).toBe(host)
  })

  test.each([
    'a:99999',
    '256.1.1.1',
    '1.2.3.4.5',
    '08.1.1.1',
    'a.1',
    '[',
    '[::1',
    '[:::1:]',
    'a:b',
    '%zz',
    'a b',
    'a/b',
    'u@a',
  ])('%s is refused, in the header and in the target', (host) => {
    expect(isAccepted(host)).toBe(false)
    expect(parseTarget(`http://${host}/x`)).not.toMatchObject({ path: '/x', host })
  })

  // Node refuses invalid Punycode before 24 only.
  test('of invalid Punycode is accepted where a URL has it', () => {
    expect(isAccepted('xn--zz')).toBe(URL.canParse('http://xn--zz/'))
  })

  test('is that of the URL whenever it is accepted', () => {
    const part = fc.string({ unit: fc.constantFrom(...'abxn-_.:[]%0129~!'), maxLength: 12 })
    fc.assert(
      fc.property(part, (host) => {
        if (host === '' || !isAccepted(host)) return
        expect(urlOf(host).host).toBe(new URL(`http://${host}`).host)
        expect(parseTarget(`http://${host}/`).host).toBe(host)
      }),
      { numRuns: 20_000 },
    )
  })
})

describe('every reader of the path sees the same', () => {
  let port: number
  const seen: string[] = []

  beforeAll(() => {
    mkdirSync(join(directory, 'private'), { recursive: true })
    writeFileSync(join(directory, 'private', 'p.txt'), 'PRIVATE')
    writeFileSync(join(directory, 'public.txt'), 'PUBLIC')
  })
  const directory = mkdtempSync(join(tmpdir(), 'myfy-path-'))
  const inner = (request: Request) => new Response(`inner ${new URL(request.url).pathname}`)
  const guarded = /^\/(?:files\/private|legacy\/admin|private)/
  const web = {
    routes: [
      mount('/legacy', inner),
      mount('/t/:tenant/app', inner),
      mount('/café', inner),
      serveFiles('/files', directory),
      serveFiles('/t/:tenant/files', directory),
      defineRoutes('', (route) => {
        route.get('/private', () => 'PRIVATE')
        route.get('/pub/**:rest', ({ params, url, path }) => {
          seen.push(path, url.pathname)
          return params.rest
        })
      }),
    ],
    middleware: [
      (context: { path: string }, next: () => Promise<Response>) =>
        guarded.test(context.path) ? errors.forbidden('guarded') : next(),
    ],
  }

  const raw = async (target: string): Promise<[status: string, body: string]> => {
    ;({ port } = await listening({ web }))
    const text = await new Promise<string>((resolve, reject) => {
      let received = ''
      const socket = connect(port, '127.0.0.1', () =>
        socket.write(Buffer.from(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 'latin1')),
      )
      socket
        .on('data', (chunk) => {
          received += chunk
        })
        .on('close', () => resolve(received))
        .on('error', reject)
    })
    return [text.slice(9, 12), text.slice(text.indexOf('\r\n\r\n') + 4)]
  }

  test.each([
    ['/files/private/p.txt', '403'],
    ['/files/x/../private/p.txt', '403'],
    ['/files/%70rivate/p.txt', '403'],
    ['/files/./private/p.txt', '403'],
    ['/files/%2e/private/p.txt', '403'],
    ['/x/../files/private/p.txt', '403'],
    ['/files/%2E%2e/files/private/p.txt', '403'],
    ['/files//private/p.txt', '404'],
    ['/files/private%2Fp.txt', '403'],
    ['/files/%2Fprivate%2Fp.txt', '404'],
    ['/files\\private\\p.txt', '400'],
    ['/legacy/admin', '403'],
    ['/legacy/./admin', '403'],
    ['/legacy/x/../admin', '403'],
    ['/legacy/%61dmin', '403'],
    ['/%6cegacy/admin', '403'],
    ['http://other/legacy/x/../admin', '403'],
    ['/%70rivate', '403'],
    ['/x/../private', '403'],
    ['/private#x', '400'],
    ['/priv%zzate', '400'],
  ])('a guard of the path refuses %s with %s', async (target, status) => {
    const [code, body] = await raw(target)
    expect([code, /PRIVATE|inner/.test(body)]).toEqual([status, false])
  })

  test.each([
    ['/legacy', 'inner /'],
    ['/legacy/', 'inner /'],
    ['/legacy/users/1', 'inner /users/1'],
    ['/legacy//users', 'inner //users'],
    ['/legacy/a%2Fb', 'inner /a%2Fb'],
    ['/t/7/app/deep/path', 'inner /deep/path'],
    ['/t/7%2F8/app/deep', 'inner /deep'],
    ['/t/a-long-tenant/app', 'inner /'],
    ['/caf%C3%A9/deep', 'inner /deep'],
    ['/caf%c3%a9', 'inner /'],
    ['/files/public.txt', 'PUBLIC'],
    ['/t/7/files/public.txt', 'PUBLIC'],
    ['/t/another/files/public.txt', 'PUBLIC'],
    ['/pub/x/../y', 'y'],
  ])('%s below its prefix is %s', async (target, body) => {
    expect(await raw(target)).toEqual(['200', body])
  })

  test.each(['/legacy/../secret', '/legacy/%2e%2e/%2e%2e/etc', '/legacyx', '/pub/../admin/x'])(
    '%s is not below the prefix',
    async (target) => {
      expect((await raw(target))[0]).toBe('404')
    },
  )

  test('a handler finds the same path in `path` and in `url`', async () => {
    seen.length = 0
    await raw('/pub/%7Ea/./b/../%c3%a9')
    expect(seen).toEqual(['/pub/~a/%C3%A9', '/pub/~a/%C3%A9'])
  })
})

test.each(['legacy', '/a/:x?', '/a/**', '/a/:x+', '/a{/b}?'])('a prefix %s is rejected', (prefix) => {
  expect(() => mount(prefix, () => new Response())).toThrow(/Cannot declare route ANY/)
  expect(() => serveFiles(prefix, '.')).toThrow(/Cannot declare route ANY/)
})

describe('the Host header', () => {
  // RFC 9112, 3.2: a request without one, with several, or with an invalid one receives a 400.
  test.each<[lines: string, status: string]>([
    ['Host: a', '200'],
    ['Host: a.example:8080', '200'],
    ['Host: [::1]:80', '200'],
    ['Host:', '200'],
    ['Host: %41.example', '200'],
    ['X-Other: a', '400'],
    ['Host: a\r\nHost: a', '400'],
    ['Host: a\r\nhOsT: b', '400'],
    ['Host: a b', '400'],
    ['Host: a/b', '400'],
    ['Host: user@a', '400'],
    ['Host: a:port', '400'],
    ['Host: [::1', '400'],
    ['Host: a, b.example"', '400'],
  ])('%j gives %s, with a problem document', async (lines, status) => {
    const routes = defineRoutes('', (route) => void route.get('/', () => 'x'))
    const { port } = await listening({ web: { routes: [routes] } })
    const send = (version: string) =>
      new Promise<string>((resolve, reject) => {
        let received = ''
        const socket = connect(port, '127.0.0.1', () =>
          socket.write(`GET / HTTP/${version}\r\n${lines}\r\nConnection: close\r\n\r\n`),
        )
        socket
          .on('data', (chunk) => {
            received += chunk
          })
          .on('close', () => resolve(received))
          .on('error', reject)
      })
    const answer = await send('1.1')
    expect(answer.slice(9, 12)).toBe(status)
    if (status === '400') expect(answer).toContain('content-type: application/problem+json')
    // HTTP/1.0 knows no Host header.
    if (lines.startsWith('X-')) expect((await send('1.0')).slice(9, 12)).toBe('200')
  })
})
