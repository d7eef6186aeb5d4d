// What a client keeps between its requests, and what it may decode, on every way that a request can take: cookies,
// sessions, credentials, and encoded answers. The inputs are the examples of RFC 6265, RFC 7617 and RFC 9110.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as zlib from 'node:zlib'
import { defineAuth, defineRoutes, defineSession, serveFiles } from '@myfy/web'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Received, ways } from './ways.ts'

const secret = 'a secret of at least 32 characters'
const session = defineSession<{ user: string }>({ password: secret, maxAge: 3_600 })

const state = defineRoutes('/state', (route) => {
  route.get('/cookies', ({ cookies }) => ({
    SID: cookies.get('SID') ?? null,
    lang: cookies.get('lang') ?? null,
    theme: cookies.getSigned('theme') ?? null,
  }))
  route.post('/cookies', ({ cookies }) => {
    cookies.set('SID', '31d4d96e407aad42', { path: '/', domain: 'example.com' })
    cookies.set('lang', 'en-US', { expires: new Date('2021-06-09T10:18:14Z') })
    cookies.setSigned('theme', 'dark', { httpOnly: false })
    cookies.delete('old')
  })
  route.post('/failing', ({ cookies }) => {
    cookies.set('SID', '1')
    throw new Error('out of order')
  })
})
const sessions = defineRoutes('/state', { inject: { session } }, (route) => {
  route.get('/session', ({ session }) => ({ user: session.data.user ?? null }))
  route.post('/session', async ({ session }) => void (await session.update({ user: 'ada' })))
  route.delete('/session', async ({ session }) => void (await session.clear()))
})

const basic = defineAuth({
  scheme: 'basic',
  authenticate: ({ username, password }) =>
    [
      ['Aladdin', 'open sesame'],
      ['test', '123£'],
    ].some(([name, word]) => name === username && word === password)
      ? { name: username }
      : undefined,
})
const cookie = defineAuth({
  scheme: 'cookie',
  cookie: 'sid',
  authenticate: ({ cookie }) => (cookie === '31d4d96e407aad42' ? { name: 'ada' } : undefined),
})
const header = defineAuth({
  scheme: 'apiKey',
  header: 'x-api-key',
  authenticate: ({ key }) => (key === 'k1' ? { name: 'service' } : undefined),
})
const query = defineAuth({
  scheme: 'apiKey',
  name: 'queryKey',
  query: 'key',
  authenticate: ({ key }) => (key === 'k 2' ? { name: 'service' } : undefined),
})
const guarded = defineRoutes('/auth', (route) => {
  for (const [name, auth] of Object.entries({ basic, cookie, header, query })) {
    route.get(`/${name}`, { auth }, ({ identity }) => identity.name)
    route.post(`/${name}`, { auth }, ({ identity }) => identity.name)
  }
})

const text = 'grüße '.repeat(2_000)
const streams = defineRoutes('/encoded', (route) => {
  route.get('/text', () => text)
  route.get('/stream', () => {
    let rest = 20
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      if (rest-- > 0) controller.enqueue(Buffer.from(text))
      else controller.close()
    }
    return new Response(new ReadableStream({ pull }), { headers: { 'content-type': 'text/plain' } })
  })
})

let directory: string
let options: Parameters<(typeof ways)[string]>[0]
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'myfy-ways-state-'))
  await writeFile(join(directory, 'app.js'), 'plain')
  // Their contents tell the variants apart.
  await writeFile(join(directory, 'app.js.br'), 'the file of br')
  await writeFile(join(directory, 'app.js.gz'), 'the file of gzip')
  options = {
    routes: [state, sessions, guarded, streams, serveFiles('/static', directory)],
    compression: true,
    cookieSecrets: [secret],
  }
})
afterAll(() => rm(directory, { recursive: true }))
afterEach(() => void vi.useRealTimers())

const json = ({ body }: Received) => JSON.parse(body.toString())
const pairs = ({ headers }: Received) => headers.getSetCookie().map((one) => one.split(';')[0]!)

function decoded({ headers, body }: Received): string {
  const encoding = headers.get('content-encoding')
  if (encoding === null) return body.toString()
  if (encoding === 'br') return zlib.brotliDecompressSync(body).toString()
  if (encoding === 'gzip') return zlib.gunzipSync(body).toString()
  return (zlib as { zstdDecompressSync?: (bytes: Buffer) => Buffer }).zstdDecompressSync!(body).toString()
}

describe.each(Object.entries(ways))('by %s', (way, open) => {
  test('cookies are set one header each, read, and believed only with their signature', async () => {
    const { send } = await open(options)
    const set = await send('/state/cookies', { method: 'POST' })
    const isSecure = way === 'HTTP/2' || way === 'HTTP/1.1 with TLS'
    const headers = set.headers.getSetCookie()
    expect(pairs(set)).toEqual([
      'SID=31d4d96e407aad42',
      'lang=en-US',
      expect.stringMatching(/^theme=dark/),
      'old=',
    ])
    for (const one of headers) expect([one, /; Secure/i.test(one)]).toEqual([one, isSecure])
    expect(headers[0]).toMatch(/; Domain=example\.com/i)
    expect(headers[1]).toMatch(/; Expires=Wed, 09 Jun 2021 10:18:14 GMT/i)
    expect(headers.map((one) => /; HttpOnly/i.test(one))).toEqual([true, true, false, true])
    expect(headers[3]).toMatch(/; Max-Age=0/i)
    const theme = pairs(set)[2]!
    const read = async (value: string) => json(await send('/state/cookies', { headers: { cookie: value } }))
    const none = { SID: null, lang: null, theme: null }
    expect(await read('SID=31d4d96e407aad42; lang=en-US')).toEqual({
      ...none,
      SID: '31d4d96e407aad42',
      lang: 'en-US',
    })
    expect(await read(`lang="en-US"; other; ${theme}`)).toMatchObject({ theme: 'dark' })
    for (const forged of [
      theme.replace('dark', 'lite'),
      'theme=dark',
      `${theme}x`,
      theme.replace('theme', 'lang'),
    ])
      expect(await read(forged)).toMatchObject({ theme: null })
    const failed = await send('/state/failing', { method: 'POST' })
    expect([failed.status, pairs(failed)]).toEqual([500, ['SID=1']])
  })

  test('a session lasts until it expires or is cleared, and a forged one is empty', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { send } = await open(options)
    const user = async (value: string) =>
      json(await send('/state/session', { headers: { cookie: value } })).user
    const login = await send('/state/session', { method: 'POST' })
    const sealed = pairs(login).find((one) => one.startsWith('session='))!
    expect(await user(sealed)).toBe('ada')
    expect(await user(`a=b; ${sealed}; c=d`)).toBe('ada')
    for (const forged of [
      sealed.replace('session=', 'session=x'),
      sealed.slice(0, -2),
      'session=',
      'session=%',
    ])
      expect([forged, await user(forged)]).toEqual([forged, null])
    const cleared = await send('/state/session', { method: 'DELETE', headers: { cookie: sealed } })
    expect(pairs(cleared)).toContain('session=')
    vi.setSystemTime(Date.now() + 3_590_000)
    expect(await user(sealed)).toBe('ada')
    vi.setSystemTime(Date.now() + 20_000)
    expect(await user(sealed)).toBe(null)
  })

  test('credentials are read as their scheme has them, and others are challenged', async () => {
    const { send } = await open(options)
    const get = (path: string, headers = {}) => send(`/auth/${path}`, { headers })
    const accepted: Array<[string, Record<string, string>, string]> = [
      ['basic', { authorization: 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==' }, 'Aladdin'],
      ['basic', { authorization: 'basic dGVzdDoxMjPCow==' }, 'test'],
      ['cookie', { cookie: 'lang=en-US; sid=31d4d96e407aad42' }, 'ada'],
      ['header', { 'X-API-Key': 'k1' }, 'service'],
      ['query?key=k%202', {}, 'service'],
    ]
    for (const [path, headers, name] of accepted) {
      const answer = await get(path, headers)
      expect([path, answer.status, answer.body.toString()]).toEqual([path, 200, name])
    }
    const challenges = {
      basic: 'Basic realm="api", charset="UTF-8"',
      cookie: 'Cookie realm="api", cookie-name="sid"',
      header: 'ApiKey realm="api", in="header", name="x-api-key"',
      query: 'ApiKey realm="api", in="query", name="key"',
    }
    for (const [path, challenge] of Object.entries(challenges)) {
      const answer = await get(path)
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, challenge])
    }
    const refused: Array<[string, Record<string, string>]> = [
      ['basic', { authorization: `Basic ${Buffer.from('Aladdin:other').toString('base64')}` }],
      ['basic', { authorization: 'Basic not base64' }],
      ['basic', { authorization: 'Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==' }],
      ['cookie', { cookie: 'sid=other' }],
      ['header', { 'x-api-key': 'k2' }],
      ['query?key=k1', {}],
    ]
    for (const [path, headers] of refused)
      expect([path, headers, (await get(path, headers)).status]).toEqual([path, headers, 401])
    // Browsers send a cookie for the page of another site, too.
    const sid = { cookie: 'sid=31d4d96e407aad42' }
    const foreign = { ...sid, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    expect((await send('/auth/cookie', { method: 'POST', headers: foreign })).status).toBe(403)
    expect((await send('/auth/cookie', { method: 'POST', headers: sid })).status).toBe(200)
  })

  test('a file is answered by its precompressed variant, each with a tag of its own', async () => {
    const { send } = await open(options)
    const tags = new Set<string>()
    for (const [accept, encoding, contents] of [
      ['br, gzip', 'br', 'the file of br'],
      ['gzip', 'gzip', 'the file of gzip'],
      ['br;q=0.5, gzip', 'gzip', 'the file of gzip'],
      ['br;q=0, *', 'gzip', 'the file of gzip'],
      ['identity', null, 'plain'],
    ] as const) {
      const headers = { 'accept-encoding': accept }
      const answer = await send('/static/app.js', { headers })
      expect([answer.status, answer.headers.get('content-encoding'), answer.body.toString()]).toEqual([
        200,
        encoding,
        contents,
      ])
      expect(answer.headers.get('content-type')).toMatch(/^text\/javascript/)
      expect(answer.headers.get('vary')?.toLowerCase()).toContain('accept-encoding')
      const etag = answer.headers.get('etag')!
      tags.add(etag)
      const same = await send('/static/app.js', { headers: { ...headers, 'if-none-match': etag } })
      expect([same.status, same.body.length]).toEqual([304, 0])
      const head = await send('/static/app.js', { method: 'HEAD', headers })
      expect([head.headers.get('etag'), head.headers.get('content-encoding'), head.body.length]).toEqual([
        etag,
        encoding,
        0,
      ])
    }
    expect(tags.size).toBe(3)
  })

  test('a text and a stream are encoded as the client prefers, with zstd where Node has it', async () => {
    const { send } = await open(options)
    const zstd = 'zstdCompressSync' in zlib ? 'zstd' : 'br'
    for (const [accept, encoding] of [
      ['zstd, br;q=0.5', zstd],
      ['gzip, deflate, br, zstd', zstd],
      ['br;q=0.1, gzip;q=0.9', 'gzip'],
      ['identity', null],
    ] as const)
      for (const [path, contents] of [
        ['/encoded/text', text],
        ['/encoded/stream', text.repeat(20)],
      ] as const) {
        const answer = await send(path, { headers: { 'accept-encoding': accept } })
        expect([path, answer.headers.get('content-encoding')]).toEqual([path, encoding])
        expect(decoded(answer) === contents).toBe(true)
      }
  })
})
