// The features together, as an application has them, on every way that a request can take.

import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import {
  defineAuth,
  defineRoutes,
  defineSession,
  download,
  errors,
  file,
  form,
  html,
  type OpenAPIDocument,
  redirect,
  reply,
  serveFiles,
} from '@myfy/web'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type SentBody, ways } from './ways.ts'

const leftovers = async () => (await readdir(tmpdir())).filter((name) => name.startsWith('myfy-upload-'))

const bearer = defineAuth({
  scheme: 'bearer',
  authenticate: ({ token }) =>
    token === 's3cret'
      ? { name: 'ada', scopes: ['write'] }
      : token === 'reader'
        ? { name: 'bob', scopes: [] }
        : undefined,
  scopes: (user) => user.scopes,
})
const session = defineSession<{ uploads: number }>({ password: 'a secret of at least 32 characters' })
const handled: string[] = []

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'myfy-ways-'))
  // What other tests leave in the common one must not be taken for a rest.
  process.env.TMPDIR = directory
  await writeFile(join(directory, 'numbers.txt'), '0123456789'.repeat(1_000))
})
afterAll(() => rm(directory, { recursive: true }))

const picture = form({ title: z.string().min(1), picture: file({ max: '64kb', types: ['image/*'] }) })
const uploads = (prefix: string) =>
  defineRoutes(
    prefix,
    { auth: bearer, scopes: ['write'], rateLimit: { points: 4, per: '60s' }, inject: { session } },
    (route) => [
      route.post(
        '/pictures',
        {
          body: picture,
          responses: {
            201: z.object({ name: z.string(), count: z.number() }),
            409: z.object({ taken: z.string() }),
          },
        },
        async ({ body, session, identity }) => {
          handled.push(identity.name)
          if (body.title === 'taken') return reply(409, { taken: body.title })
          const count = (session.data.uploads ?? 0) + 1
          await session.update({ uploads: count })
          return { name: body.picture.name, count }
        },
      ),
    ],
  )
const files = defineRoutes('/files', (route) => [
  route.get('/numbers', ({ request }) => download(join(directory, 'numbers.txt'), { request })),
  route.get('/list', { etag: true }, () => Array.from({ length: 500 }, (_, id) => ({ id }))),
  route.get('/page', () => html(`<p>${'a'.repeat(5_000)}</p>`)),
  route.get('/away', () => redirect('/files/page', 303)),
  route.get('/teapot', () => errors.conflict('x'.repeat(3_000))),
  route.get('/events', ({ stream }) =>
    stream.events(async function* () {
      for (const n of [1, 2]) yield { data: 'x'.repeat(2_000) + n }
    }),
  ),
])

const options = {
  routes: [uploads('/v1'), uploads('/v2'), files, serveFiles('/static', import.meta.dirname)],
  compression: true,
  etag: false,
  cookieSecrets: ['a secret of at least 32 characters'],
}
const upload = (title: string, type = 'image/png', bytes = 10) => {
  const data = new FormData()
  data.append('title', title)
  data.append('picture', new Blob(['x'.repeat(bytes)], { type }), 'ä b.png')
  return data
}
const authorization = 'Bearer s3cret'
const json = (body: Buffer) => JSON.parse(body.toString())
const cookieOf = (headers: Headers) =>
  headers
    .getSetCookie()
    .map((one) => one.split(';')[0]!)
    .join('; ')

describe.each(Object.entries(ways))('by %s', (_way, open) => {
  test('an upload passes authentication, the limit, its schema and the session, in this order', async () => {
    handled.length = 0
    const { send, idle } = await open(options)
    const post = (body: SentBody, headers: Record<string, string> = {}) =>
      send('/v1/pictures', { method: 'POST', body, headers })
    const anonymous = await post(upload('Ada'))
    expect([anonymous.status, anonymous.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect((await post(upload('Ada'), { authorization: 'Bearer reader' })).status).toBe(403)
    const first = await post(upload('Ada'), { authorization })
    expect([first.status, json(first.body)]).toEqual([201, { name: 'ä b.png', count: 1 }])
    const cookie = cookieOf(first.headers)
    expect(cookie).toMatch(/^session=/)
    const second = await post(upload('taken'), { authorization, cookie })
    expect([second.status, json(second.body)]).toEqual([409, { taken: 'taken' }])
    // The anonymous request and the refused one were counted: a limit protects the authentication too.
    const limited = await post(upload('Ada'), { authorization, cookie })
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([
      429,
      expect.stringMatching(/^\d+$/),
    ])
    expect(limited.headers.get('content-type')).toBe('application/problem+json')
    for (const { headers } of [anonymous, first, limited])
      expect(headers.get('ratelimit-policy')).toBe('"/v1";q=4;w=60')
    const other = await send('/v2/pictures', {
      method: 'POST',
      body: upload('Ada'),
      headers: { authorization, cookie },
    })
    expect([other.status, json(other.body)]).toEqual([201, { name: 'ä b.png', count: 2 }])
    expect(handled).toEqual(['ada', 'ada', 'ada'])
    await idle()
    expect(await leftovers()).toEqual([])
  })

  test('every refusal of an upload is a problem with an id, and nothing is left', async () => {
    const { send, idle } = await open(options)
    const refused: Array<[SentBody, number]> = [
      [upload('Ada', 'text/html'), 415],
      [upload('Ada', 'image/png', 70_000), 413],
      [upload(''), 422],
      [JSON.stringify({ title: 'Ada' }), 415],
    ]
    for (const [body, status] of refused) {
      const answer = await send('/v2/pictures', { method: 'POST', body, headers: { authorization } })
      expect(answer.status).toBe(status)
      expect(answer.headers.get('content-type')).toBe('application/problem+json')
      expect(json(answer.body)).toMatchObject({ status, id: answer.headers.get('x-request-id') })
    }
    await idle()
    expect(await leftovers()).toEqual([])
  })

  test('a download has ranges of its bytes, whatever the client could decode', async () => {
    const { send } = await open(options)
    const accept = { 'accept-encoding': 'br, gzip' }
    const whole = await send('/files/numbers', { headers: accept })
    expect([whole.status, whole.headers.get('content-encoding')]).toEqual([200, 'br'])
    expect(brotliDecompressSync(whole.body).toString()).toBe('0123456789'.repeat(1_000))
    expect(whole.headers.get('vary')?.toLowerCase()).toContain('accept-encoding')
    const plain = await send('/files/numbers')
    const etag = plain.headers.get('etag')!
    // An encoded answer is another representation: its tag must not be the strong one of the bytes (RFC 9110, 8.8.3.3).
    expect(whole.headers.get('etag')).not.toBe(etag)
    const range = await send('/files/numbers', { headers: { ...accept, range: 'bytes=5-9' } })
    expect([range.status, range.body.toString(), range.headers.get('content-encoding')]).toEqual([
      206,
      '56789',
      null,
    ])
    const several = await send('/files/numbers', { headers: { ...accept, range: 'bytes=0-1,1-4,9990-' } })
    expect([several.status, several.headers.get('content-encoding')]).toEqual([206, null])
    expect(several.body.toString()).toContain('01234\r\n')
    const beyond = await send('/files/numbers', { headers: { ...accept, range: 'bytes=99999-' } })
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */10000'])
    for (const condition of [etag, `"other", ${etag}`, '*', `W/${etag}`, whole.headers.get('etag')!]) {
      const same = await send('/files/numbers', { headers: { ...accept, 'if-none-match': condition } })
      expect([condition, same.status, same.body.length]).toEqual([condition, 304, 0])
    }
    const changed = await send('/files/numbers', {
      headers: { ...accept, range: 'bytes=0-1', 'if-range': '"old"' },
    })
    expect(changed.status).toBe(200)
    const head = await send('/files/numbers', { method: 'HEAD', headers: accept })
    expect([head.status, head.body.length]).toEqual([200, 0])
  })

  test('an answer is encoded only where that helps and is allowed', async () => {
    const { send } = await open(options)
    const headers = { 'accept-encoding': 'gzip' }
    const page = await send('/files/page', { headers })
    expect(gunzipSync(page.body).toString()).toMatch(/^<p>a+<\/p>$/)
    const away = await send('/files/away', { headers })
    expect([away.status, away.headers.get('location'), away.headers.get('content-encoding')]).toEqual([
      303,
      '/files/page',
      null,
    ])
    const error = await send('/files/teapot', { headers })
    expect([error.status, error.headers.get('content-encoding')]).toEqual([409, 'gzip'])
    expect(json(gunzipSync(error.body))).toMatchObject({ status: 409 })
    const events = await send('/files/events', { headers })
    expect([events.headers.get('content-encoding'), events.body.toString()]).toEqual([
      null,
      expect.stringContaining('data: xxx'),
    ])
    for (const accept of ['identity', 'gzip;q=0', '', 'compress'])
      expect(
        (await send('/files/page', { headers: { 'accept-encoding': accept } })).headers.get(
          'content-encoding',
        ),
      ).toBe(null)
    const refused = await send('/files/page', { headers: { 'accept-encoding': 'identity;q=0, gzip' } })
    expect(refused.headers.get('content-encoding')).toBe('gzip')
  })

  test('an entity tag belongs to the bytes that were sent, and HEAD has that of GET', async () => {
    const { send } = await open(options)
    const headers = { 'accept-encoding': 'gzip' }
    const encoded = await send('/files/list', { headers })
    const plain = await send('/files/list')
    expect(encoded.headers.get('content-encoding')).toBe('gzip')
    const tags = [encoded.headers.get('etag')!, plain.headers.get('etag')!]
    expect(tags.every((tag) => /^(W\/)?"[^"]+"$/.test(tag))).toBe(true)
    if (!tags[0]!.startsWith('W/')) expect(tags[0]).not.toBe(tags[1])
    for (const tag of tags) {
      const same = await send('/files/list', { headers: { ...headers, 'if-none-match': tag } })
      expect([same.status, same.body.length, same.headers.get('content-length')]).toEqual([304, 0, null])
    }
    const head = await send('/files/list', { method: 'HEAD' })
    expect([head.status, head.headers.get('etag')]).toEqual([200, tags[1]])
  })

  test('the description has each version with its security, its form and its answers', async () => {
    const { send } = await open(options)
    const { paths, components } = json((await send('/openapi.json')).body) as OpenAPIDocument
    for (const version of ['v1', 'v2']) {
      const operation = paths[`/${version}/pictures`]!.post as Record<string, never>
      expect(operation).toMatchObject({
        security: [{ [bearer.name]: ['write'] }],
        requestBody: {
          content: { 'multipart/form-data': { encoding: { picture: { contentType: 'image/*' } } } },
        },
        responses: { 201: {}, 401: {}, 403: {}, 409: {}, 413: {}, 415: {}, 422: {}, 429: {} },
      })
    }
    expect(components.securitySchemes).toEqual({ [bearer.name]: { type: 'http', scheme: 'bearer' } })
    expect(paths['/files/list']!.get).toMatchObject({
      responses: { 304: { description: expect.any(String) } },
    })
  })

  test('a page of another origin may read the refusals, where its origin may read the answers', async () => {
    const { send, idle } = await open({
      ...options,
      cors: { origin: ['https://app.example'], credentials: true },
    })
    const origin = 'https://app.example'
    const preflight = await send('/v1/pictures', {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization',
      },
    })
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, origin])
    expect(preflight.headers.get('ratelimit')).toBe(null)
    const answers = [
      await send('/v1/pictures', { method: 'POST', headers: { origin }, body: upload('Ada') }),
      await send('/v1/pictures', {
        method: 'POST',
        headers: { origin, authorization },
        body: upload('Ada', 'image/png', 70_000),
      }),
      await send('/v1/pictures', { method: 'POST', headers: { origin, authorization }, body: upload('') }),
      await send('/v1/pictures', { method: 'POST', headers: { origin, authorization }, body: upload('Ada') }),
      await send('/v1/pictures', { method: 'POST', headers: { origin, authorization }, body: upload('Ada') }),
      await send('/files/page', { headers: { origin, 'accept-encoding': 'gzip' } }),
      await send('/nowhere', { headers: { origin } }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([401, 413, 422, 201, 429, 200, 404])
    for (const { headers, status } of answers)
      expect([status, headers.get('access-control-allow-origin')]).toEqual([status, origin])
    expect(answers[5]!.headers.get('vary')?.toLowerCase().split(/, */).sort()).toEqual([
      'accept-encoding',
      'origin',
    ])
    await idle()
    expect(await leftovers()).toEqual([])
  })
})
