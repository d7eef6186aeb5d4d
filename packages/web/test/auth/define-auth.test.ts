// Authentication: a typed identity, challenges, scopes and roles, on every way that a request takes.

import { request, singleton } from '@myfy/di'
import {
  type AuthResult,
  CurrentRequest,
  defineAuth,
  defineRoutes,
  errors,
  mount,
  type WebModuleOptions,
} from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { listening } from '../listening.ts'
import { RawConnection } from '../raw-client.ts'

interface User {
  readonly name: string
  readonly scopes: readonly string[]
  readonly roles: readonly string[]
}
const ada: User = { name: 'ada', scopes: ['read', 'write'], roles: ['admin'] }
const bob: User = { name: 'bob', scopes: ['read'], roles: [] }

const users = singleton(
  async () =>
    new Map([
      ['token-of-ada', ada],
      ['token-of-bob', bob],
    ]),
)

const bearer = defineAuth({
  scheme: 'bearer',
  inject: { users },
  authenticate({ token, users, header }) {
    expectTypeOf(token).toBeString()
    expectTypeOf(header).toBeFunction()
    return users.get(token)
  },
  scopes: (user) => user.scopes,
  roles: (user) => user.roles,
})
const apiKey = defineAuth({
  scheme: 'apiKey',
  header: 'X-Api-Key',
  identity: bearer.identity,
  authenticate: async ({ key }) => (key === 'key-of-bob' ? bob : null),
})
const audit = request({ user: bearer.identity, current: CurrentRequest }, ({ user, current }) => ({
  line: `${user.name} ${current.method}`,
}))

const routes = defineRoutes('/users', { auth: bearer }, (route) => {
  route.get('/me', { inject: { audit } }, ({ identity, audit }) => {
    expectTypeOf(identity).toEqualTypeOf<User>()
    return [identity.name, audit.line]
  })
  route.post(
    '/',
    { body: z.object({ name: z.string() }), scopes: ['write'] },
    ({ identity }) => identity.name,
  )
  route.get('/admin', { roles: ['admin', 'root'] }, ({ identity }) => identity.name)
  route.get('/any', { auth: [bearer, apiKey], inject: { audit } }, ({ identity, audit }) => {
    expectTypeOf(identity).toEqualTypeOf<User>()
    return audit.line
  })
  route.get('/maybe', { auth: bearer.optional }, ({ identity }) => {
    expectTypeOf(identity).toEqualTypeOf<User | undefined>()
    return identity?.name ?? 'anonymous'
  })
  route.get('/public', { auth: false }, (context) => {
    // @ts-expect-error a public route has no identity
    return String(context.identity)
  })
  route.group('/inner', { scopes: ['read'] }, (route) => {
    route.get('/', { scopes: ['write'] }, ({ identity }) => identity.name)
  })
  route.group(
    '/guarded',
    {
      before: {
        inject: { audit },
        run: ({ audit }) => (audit.line.startsWith('bob') ? errors.gone() : undefined),
      },
    },
    (route) =>
      void route.get('/', { inject: { audit } }, ({ identity, audit }) => [identity.name, audit.line]),
  )
  route.include(mount('/mounted', () => new Response('mounted')))
  route.websocket('/socket', ({ identity }) => ({ open: (peer) => void peer.send(identity.name) }))
})

type Send = (
  path: string,
  headers?: Record<string, string>,
  method?: string,
  body?: string,
) => Promise<{ status: number; challenge: string | null; text: string }>

/** Sends requests without a socket and over one. */
async function senders(options: WebModuleOptions): Promise<Send[]> {
  const client = await createTestClient({ ...options, routes: [routes] })
  const { url } = await listening({ web: { ...options, routes: [routes] } })
  const read = async (response: Response) => ({
    status: response.status,
    challenge: response.headers.get('www-authenticate'),
    text: await response.text(),
  })
  return [
    async (path, headers = {}, method = 'GET', body = undefined) =>
      read(await client.request(method, path, { headers, ...(body && { body }) })),
    async (path, headers = {}, method = 'GET', body = undefined) =>
      read(await fetch(url + path, { method, headers, ...(body && { body }) })),
  ]
}

const as = (token: string) => ({ authorization: `Bearer ${token}` })

describe.each<WebModuleOptions>([
  {},
  { middleware: [(_context, next) => next()], cors: { origin: ['https://a.example'] }, requestContext: true },
])('with %o', (options) => {
  test('a handler, its services and a mounted application run for an identity only', async () => {
    for (const send of await senders(options)) {
      expect(await send('/users/me', as('token-of-ada'))).toMatchObject({
        status: 200,
        text: '["ada","ada GET"]',
      })
      // RFC 9110, 11.1: the name of a scheme is case-insensitive.
      expect((await send('/users/me', { authorization: 'bearer token-of-bob' })).status).toBe(200)
      expect((await send('/users/mounted/x', as('token-of-ada'))).text).toBe('mounted')
      expect((await send('/users/mounted/x')).status).toBe(401)
      expect((await send('/users/public')).text).toBe('undefined')
    }
  })

  // RFC 6750, 3: no error code without credentials; invalid_token and invalid_request otherwise.
  test('a request without an identity receives a challenge', async () => {
    for (const send of await senders(options)) {
      expect(await send('/users/me')).toMatchObject({ status: 401, challenge: 'Bearer' })
      expect(await send('/users/me', { authorization: 'Basic YTpi' })).toMatchObject({
        status: 401,
        challenge: 'Bearer',
      })
      expect(await send('/users/me', as('unknown'))).toMatchObject({
        status: 401,
        challenge: 'Bearer error="invalid_token"',
      })
      for (const authorization of ['Bearer', 'Bearer a b', 'Bearer token-of-ada, Bearer x'])
        expect(await send('/users/me', { authorization })).toMatchObject({
          status: 400,
          challenge: 'Bearer error="invalid_request"',
        })
    }
  })

  test('authentication and scopes precede validation', async () => {
    for (const send of await senders(options)) {
      const json = { 'content-type': 'application/json' }
      expect((await send('/users', json, 'POST', '{}')).status).toBe(401)
      expect((await send('/users', { ...json, ...as('token-of-bob') }, 'POST', '{}')).status).toBe(403)
      expect((await send('/users', { ...json, ...as('token-of-ada') }, 'POST', '{}')).status).toBe(422)
      expect((await send('/users', { ...json, ...as('token-of-ada') }, 'POST', '{"name":"x"}')).text).toBe(
        'ada',
      )
    }
  })

  // RFC 6750, 3.1: insufficient_scope names the scopes.
  test('scopes and roles are required', async () => {
    for (const send of await senders(options)) {
      expect(await send('/users/inner', as('token-of-bob'))).toMatchObject({
        status: 403,
        challenge: 'Bearer error="insufficient_scope", scope="read write"',
      })
      expect((await send('/users/inner', as('token-of-ada'))).status).toBe(200)
      expect(await send('/users/admin', as('token-of-bob'))).toMatchObject({ status: 403, challenge: null })
      expect((await send('/users/admin', as('token-of-ada'))).text).toBe('ada')
    }
  })

  test('one of several alternatives is enough, and the 401 has the challenges of all', async () => {
    for (const send of await senders(options)) {
      expect((await send('/users/any', { 'x-api-key': 'key-of-bob' })).text).toBe('bob GET')
      expect((await send('/users/any', as('token-of-ada'))).text).toBe('ada GET')
      expect((await send('/users/any')).challenge).toBe(
        'Bearer, ApiKey realm="api", in="header", name="X-Api-Key"',
      )
      expect((await send('/users/any', { 'x-api-key': 'x' })).status).toBe(401)
    }
  })

  test('an optional identity is undefined without credentials; invalid ones are refused', async () => {
    for (const send of await senders(options)) {
      expect((await send('/users/maybe')).text).toBe('anonymous')
      expect((await send('/users/maybe', as('token-of-bob'))).text).toBe('bob')
      expect((await send('/users/maybe', as('x'))).status).toBe(401)
    }
  })

  test('a hook of the group and its services have the identity', async () => {
    for (const send of await senders(options)) {
      expect((await send('/users/guarded', as('token-of-ada'))).text).toBe('["ada","ada GET"]')
      expect((await send('/users/guarded', as('token-of-bob'))).status).toBe(410)
      expect((await send('/users/guarded')).status).toBe(401)
    }
  })
})

test('a WebSocket handshake is authenticated', async () => {
  const { port } = await listening({ web: { routes: [routes] } })
  const handshake = async (headers: Record<string, string>) => {
    const connection = new RawConnection({ port })
    const { status } = await connection
      .request('GET', '/users/socket', {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...headers,
      })
      .response()
    connection.close()
    return status
  }
  expect(await handshake({})).toBe(401)
  expect(await handshake({ Authorization: 'Bearer token-of-ada' })).toBe(101)
})

describe('the services of authenticate', () => {
  test('end before the handler begins, and settle with the outcome of authenticate', async () => {
    const events: string[] = []
    const recorded = (name: string) =>
      request(() => ({ name }), {
        settle: (_, { ok }) => void events.push(`${name} ${ok ? 'commits' : 'rolls back'}`),
        dispose: () => void events.push(`${name} ends`),
      })
    const sessions = recorded('sessions')
    const work = recorded('work')
    const auth = defineAuth({
      scheme: 'bearer',
      inject: { sessions },
      authenticate({ token }): AuthResult<{ token: string }> {
        events.push('authenticate')
        if (token === 'throws') throw new Error('no')
        if (token === 'refused') return errors.forbidden()
        return token === 'ok' ? { token } : undefined
      },
    })
    const routes = defineRoutes('', { auth }, (route) => {
      route.get('/', { inject: { work } }, () => {
        events.push('handler')
        return 'ok'
      })
      route.get('/fails', { inject: { work } }, () => errors.conflict())
    })
    await using client = await createTestClient({ routes: [routes] })
    const send = async (path: string, token: string) => {
      events.length = 0
      await (await client.get(path, { headers: as(token) })).text()
      return [...events]
    }
    const accepted = ['authenticate', 'sessions commits', 'sessions ends']
    const refused = ['authenticate', 'sessions rolls back', 'sessions ends']
    expect(await send('/', 'ok')).toEqual([...accepted, 'handler', 'work commits', 'work ends'])
    expect(await send('/fails', 'ok')).toEqual([...accepted, 'work rolls back', 'work ends'])
    // An attempt with wrong credentials can be counted.
    expect(await send('/', 'wrong')).toEqual(accepted)
    expect(await send('/', 'refused')).toEqual(refused)
    expect(await send('/', 'throws')).toEqual(refused)
  })

  test('need a provider', async () => {
    class Missing {}
    const auth = defineAuth({ scheme: 'bearer', inject: { missing: Missing }, authenticate: () => 1 })
    const routes = defineRoutes('/x', { auth }, (route) => void route.get('/', () => 1))
    await expect(createTestClient({ routes: [routes] })).rejects.toThrow(
      /GET \/x \(auth bearer\)[\s\S]*Missing/,
    )
  })
})

describe('a route whose services want an identity', () => {
  const wants = (auth: Parameters<typeof defineRoutes>[1] extends never ? never : object) =>
    createTestClient({
      routes: [defineRoutes('/x', auth, (route) => void route.get('/', { inject: { audit } }, () => 1))],
    })
  const basic = defineAuth({ scheme: 'basic', authenticate: ({ username }) => ({ ...bob, name: username }) })

  test.each([
    ['without authentication', {}],
    ['with another authentication', { auth: basic }],
    ['with an optional one', { auth: bearer.optional }],
    ['with alternatives of which one provides another', { auth: [bearer, basic] }],
  ])('is refused before the start %s', async (_, options) => {
    await expect(wants(options)).rejects.toThrow(/identity of bearer/)
  })
})

describe('the credentials of', () => {
  async function answerOf(auth: Parameters<typeof defineRoutes>[0] | object, headers: object, path = '/') {
    const routes = defineRoutes('', { auth } as never, (route) => {
      route.get('/', (context) => (context as unknown as { identity: unknown }).identity)
      route.post('/', () => 'posted')
    })
    await using client = await createTestClient({ routes: [routes] })
    const response = await client.get(path, { headers: headers as Record<string, string> })
    return [response.status, response.headers.get('www-authenticate') ?? (await response.json())]
  }
  const basic = defineAuth({
    scheme: 'basic',
    realm: 'a "b"',
    authenticate: ({ username, password }) => ({ username, password }),
  })
  const encoded = (text: string | Uint8Array) => ({
    authorization: `Basic ${Buffer.from(text).toString('base64')}`,
  })

  // RFC 7617: the examples of sections 2 and 2.1, a colon in the password, and input that is not valid.
  test('basic are a user name and a password in UTF-8', async () => {
    const aladdin = { authorization: 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==' }
    expect(await answerOf(basic, aladdin)).toEqual([200, { username: 'Aladdin', password: 'open sesame' }])
    const pound = { authorization: 'Basic dGVzdDoxMjPCow==' }
    expect(await answerOf(basic, pound)).toEqual([200, { username: 'test', password: '123£' }])
    expect(await answerOf(basic, encoded('a:b:c'))).toEqual([200, { username: 'a', password: 'b:c' }])
    const refused = [401, 'Basic realm="a \\"b\\"", charset="UTF-8"']
    for (const headers of [
      {},
      encoded('no colon'),
      encoded('a\0:b'),
      encoded(new Uint8Array([0x61, 0x3a, 0xff])),
      { authorization: 'Basic !!' },
    ])
      expect(await answerOf(basic, headers)).toEqual(refused)
  })

  test('a cookie are its value', async () => {
    const cookie = defineAuth({
      scheme: 'cookie',
      cookie: ['__Host-sid', 'sid'],
      authenticate: ({ cookie }) => ({ cookie }),
    })
    expect(await answerOf(cookie, { cookie: 'a=1; sid=x=y; b=2' })).toEqual([200, { cookie: 'x=y' }])
    expect(await answerOf(cookie, { cookie: 'sid=1; __Host-sid="2"' })).toEqual([200, { cookie: '2' }])
    for (const headers of [{}, { cookie: 'xsid=1' }, { cookie: 'sid=' }, { cookie: 'sid' }])
      expect(await answerOf(cookie, headers)).toEqual([401, 'Cookie realm="api", cookie-name="__Host-sid"'])
  })

  test('an API key are in a header or in the query', async () => {
    const query = defineAuth({ scheme: 'apiKey', query: 'key', authenticate: ({ key }) => ({ key }) })
    expect(await answerOf(query, {}, '/?key=a%20b')).toEqual([200, { key: 'a b' }])
    expect(await answerOf(query, { key: 'x' }, '/?key=')).toEqual([
      401,
      'ApiKey realm="api", in="query", name="key"',
    ])
  })
})

test('a cookie does not authenticate changes that a page of another origin sends', async () => {
  const auth = defineAuth({
    scheme: 'cookie',
    cookie: 'sid',
    origins: ['https://app.example'],
    authenticate: () => 'ada',
  })
  const routes = defineRoutes('', { auth }, (route) => {
    route.post('/', () => 'posted')
    route.get('/', () => 'read')
  })
  await using client = await createTestClient({ routes: [routes] })
  const post = async (headers: Record<string, string>) =>
    (await client.post('/', { headers: { cookie: 'sid=1', ...headers } })).status
  expect(await post({})).toBe(200)
  expect(await post({ 'sec-fetch-site': 'same-origin', origin: 'http://localhost' })).toBe(200)
  expect(await post({ origin: 'http://localhost' })).toBe(200)
  expect(await post({ 'sec-fetch-site': 'cross-site', origin: 'https://app.example' })).toBe(200)
  expect(await post({ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' })).toBe(403)
  expect(await post({ 'sec-fetch-site': 'same-site', origin: 'http://other.localhost' })).toBe(403)
  expect(await post({ origin: 'https://evil.example' })).toBe(403)
  expect(await post({ origin: 'null' })).toBe(403)
  const read = await client.get('/', { headers: { cookie: 'sid=1', 'sec-fetch-site': 'cross-site' } })
  expect(read.status).toBe(200)
})

test('an error of authenticate is the answer, and another one is a 500 without details', async () => {
  const auth = defineAuth({
    scheme: 'bearer',
    authenticate({ token }) {
      if (token === 'locked') return errors.forbidden('the account is locked')
      if (token === 'thrown') throw errors.serviceUnavailable('try again')
      throw new Error(`on purpose: ${token}`)
    },
  })
  const routes = defineRoutes('', { auth }, (route) => void route.get('/', () => 1))
  await using client = await createTestClient({ routes: [routes] })
  const get = async (token: string) => (await client.get('/', { headers: as(token) })).json()
  expect(await get('locked')).toMatchObject({ status: 403, detail: 'the account is locked' })
  expect(await get('thrown')).toMatchObject({ status: 503 })
  expect(JSON.stringify(await get('secret'))).not.toContain('secret')
})

test('the API description has the schemes, the requirements and the 401', async () => {
  await using client = await createTestClient({ routes: [routes] })
  const { paths, components } = client.web.openapi
  expect(components.securitySchemes).toEqual({
    bearer: { type: 'http', scheme: 'bearer' },
    apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
  })
  const securityOf = (path: string) => (paths[path]!.get as { security?: unknown }).security
  expect(securityOf('/users/me')).toEqual([{ bearer: [] }])
  expect(securityOf('/users/inner')).toEqual([{ bearer: ['read', 'write'] }])
  expect(securityOf('/users/any')).toEqual([{ bearer: [] }, { apiKey: [] }])
  expect(securityOf('/users/maybe')).toEqual([{ bearer: [] }, {}])
  expect(securityOf('/users/public')).toEqual([])
  expect(paths['/users/inner']!.get).toHaveProperty('responses.401')
  expect(paths['/users/inner']!.get).toHaveProperty('responses.403')
})

describe('a wrong use is refused where it is declared:', () => {
  const plain = defineAuth({ scheme: 'bearer', authenticate: () => 1 })
  const declare = (spec: object) => () =>
    defineRoutes('/x', (route) => void route.get('/', spec as never, (() => 1) as never))

  test.each<[string, () => unknown, RegExp]>([
    [
      'another scheme',
      () => defineAuth({ scheme: 'digest' } as never),
      /scheme of defineAuth\(\): it is "digest"/,
    ],
    ['no function', () => defineAuth({ scheme: 'bearer' } as never), /authenticate of defineAuth\(\)/],
    ['no cookie name', () => defineAuth({ scheme: 'cookie', authenticate: () => 1 } as never), /cookie of/],
    [
      'a header name with a space',
      () => defineAuth({ scheme: 'apiKey', header: 'a b', authenticate: () => 1 }),
      /header of defineAuth\(\): it is "a b"/,
    ],
    [
      'a line break in the realm',
      () => defineAuth({ scheme: 'basic', realm: 'a\r\nb', authenticate: () => 1 }),
      /realm of/,
    ],
    [
      'undefined',
      declare({ auth: undefined, scopes: ['a'] }),
      /GET \/x: it has scopes and no authentication/,
    ],
    ['another value', declare({ auth: {} }), /GET \/x: auth is not an authentication/],
    ['an empty list', declare({ auth: [] }), /GET \/x: auth is an empty list/],
    [
      'scopes that it does not know',
      declare({ auth: plain, scopes: ['a'] }),
      /'bearer' does not say which ones/,
    ],
    ['a scope with a space', declare({ auth: plain, scopes: ['a b'] }), /scopes\[0\]/],
    [
      'scopes of an optional identity',
      declare({ auth: bearer.optional, scopes: ['read'] }),
      /optional authentication 'bearer'/,
    ],
    [
      'a service that hides the identity',
      declare({ auth: plain, inject: { identity: users } }),
      /the service 'identity' would hide/,
    ],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(message)
  })

  test('two schemes of one name', async () => {
    const routes = [plain, defineAuth({ scheme: 'bearer', authenticate: () => 2 })].map((auth, i) =>
      defineRoutes(`/${i}`, { auth }, (route) => void route.get('/', () => 1)),
    )
    await expect(createTestClient({ routes })).rejects.toThrow(
      /GET \/1: another authentication .* name 'bearer'/,
    )
  })
})
