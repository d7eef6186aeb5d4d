// Cookies (RFC 6265), signed cookies, and sealed sessions.

import { OptionError } from '@myfy/core'
import { defineRoutes, defineSession, errors } from '@myfy/web'
import { createTestClient, type TestClient } from '@myfy/web/testing'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { parseCookies, serializeCookie } from '../../src/http/cookie.ts'
import { recordingApp } from '../recording.ts'

const secret = 'a secret of at least 32 characters'
const old = 'an old secret with 32 characters!!'

const routes = defineRoutes('', (route) => {
  route.get('/read/:name', ({ cookies, params }) => ({ value: cookies.get(params.name) ?? null }))
  route.get('/set', ({ cookies }) => {
    cookies.set('a', '1')
    cookies.set('a', '2')
    cookies.set('b', 'x y;ü', {
      maxAge: 60,
      httpOnly: false,
      sameSite: 'strict',
      domain: 'example.com',
      path: '/p',
    })
    cookies.delete('c')
  })
  route.get('/fails', ({ cookies }) => {
    cookies.set('a', '1')
    return errors.conflict()
  })
  route.get('/sign', ({ cookies }) => void cookies.setSigned('id', '42'))
  route.get('/verify/:name', ({ cookies, params }) => ({ value: cookies.getSigned(params.name) ?? null }))
})

describe('cookies of RFC 6265', () => {
  test('its examples are read', () => {
    expect([...parseCookies('SID=31d4d96e407aad42; lang=en-US')]).toEqual([
      ['SID', '31d4d96e407aad42'],
      ['lang', 'en-US'],
    ])
    expect([...parseCookies('lang=en-US')]).toEqual([['lang', 'en-US']])
    expect(parseCookies('a="quoted"').get('a')).toBe('quoted')
    expect([...parseCookies('a=1; a=2;b ; =c; d=%E2%82%AC;e=%;__proto__=x')]).toEqual([
      ['a', '1'],
      ['d', '€'],
      ['e', '%'],
      ['__proto__', 'x'],
    ])
    expect([...parseCookies(undefined)]).toEqual([])
  })

  test('its examples are written', () => {
    const plain = { httpOnly: false, secure: false } as const
    expect(serializeCookie('SID', '31d4d96e407aad42', plain)).toBe(
      'SID=31d4d96e407aad42; Path=/; SameSite=Lax',
    )
    expect(serializeCookie('SID', '31d4d96e407aad42', { domain: 'example.com' })).toBe(
      'SID=31d4d96e407aad42; Domain=example.com; Path=/; Secure; HttpOnly; SameSite=Lax',
    )
    const expires = new Date(Date.UTC(2021, 5, 9, 10, 18, 14))
    expect(serializeCookie('lang', 'en-US', { ...plain, expires })).toBe(
      'lang=en-US; Expires=Wed, 09 Jun 2021 10:18:14 GMT; Path=/; SameSite=Lax',
    )
  })

  test.each([
    ['a b', 'x', {}, 'its name is not a token of HTTP'],
    ['a', 'x'.repeat(5_000), {}, 'it has 5002 bytes'],
    ['a', 'x', { path: '/;x' }, 'its path is "/;x"'],
    ['a', 'x', { path: 'x' }, 'its path is "x"'],
    ['a', 'x', { domain: 'a;b' }, 'its domain is "a;b"'],
    ['a', 'x', { maxAge: Number.NaN }, 'its maxAge is NaN'],
    ['a', 'x', { expires: new Date(Number.NaN) }, 'its time of expiry is not a date'],
    ['a', 'x', { sameSite: 'none', secure: false }, 'browsers accept it over HTTPS only'],
    ['__Secure-a', 'x', { secure: false }, 'browsers accept it over HTTPS only'],
    ['__Host-a', 'x', { path: '/x' }, 'the prefix __Host- requires'],
  ] as const)('%s with %j is refused', (name, value, options, reason) => {
    expect(() => serializeCookie(name, value, options)).toThrow(reason)
  })
})

test('a handler reads and sets cookies, and an error keeps them', async () => {
  await using client = await createTestClient({ routes: [routes] })
  const read = await client.get('/read/a', { headers: { cookie: 'a=b%20c' } })
  expect(await read.json()).toEqual({ value: 'b c' })
  expect((await client.get('/set')).headers.getSetCookie()).toEqual([
    'a=2; Path=/; HttpOnly; SameSite=Lax',
    'b=x%20y%3B%C3%BC; Max-Age=60; Domain=example.com; Path=/p; SameSite=Strict',
    'c=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax',
  ])
  expect((await client.get('/fails')).headers.getSetCookie()).toHaveLength(1)
})

test('a cookie is sent over HTTPS only, except to a local server', async () => {
  await using client = await createTestClient({ routes: [routes] })
  const [cookie] = (await client.web.fetch(new Request('http://example.com/fails'))).headers.getSetCookie()
  expect(cookie).toBe('a=1; Path=/; Secure; HttpOnly; SameSite=Lax')
})

describe('a signed cookie', () => {
  const signed = async (secrets: readonly string[]) => {
    await using client = await createTestClient({ routes: [routes], cookieSecrets: secrets })
    return (await client.get('/sign')).headers.getSetCookie()[0]!.split(';')[0]!
  }
  const verified = async (cookie: string, secrets = [secret], name = 'id') => {
    await using client = await createTestClient({ routes: [routes], cookieSecrets: secrets })
    return (await (await client.get(`/verify/${name}`, { headers: { cookie } })).json()) as { value: unknown }
  }

  test('is verified, also with a secret that was replaced', async () => {
    const cookie = await signed([old])
    expect(await verified(cookie, [old])).toEqual({ value: '42' })
    expect(await verified(cookie, [secret, old])).toEqual({ value: '42' })
    expect(await verified(cookie, [secret])).toEqual({ value: null })
  })

  test('that was changed, renamed, or never signed is absent', async () => {
    const cookie = await signed([secret])
    expect(await verified(cookie.replace('42', '43'))).toEqual({ value: null })
    expect(await verified(cookie.replace('id=', 'admin='), [secret], 'admin')).toEqual({ value: null })
    expect(await verified('id=42')).toEqual({ value: null })
    expect(await verified(`${cookie.slice(0, -1)}`)).toEqual({ value: null })
  })

  test('without secrets is an error with the option to set', async () => {
    const { logger, lines } = recordingApp()
    await using client = await createTestClient({ routes: [routes], logger })
    expect((await client.get('/sign')).status).toBe(500)
    expect(JSON.stringify(lines.map(({ fields }) => String((fields as { err: Error }).err)))).toContain(
      "Cannot sign the signed cookie 'id'",
    )
  })

  test('needs secrets that cannot be guessed', async () => {
    const start = createTestClient({ routes: [routes], cookieSecrets: ['short'] })
    await expect(start).rejects.toThrow(OptionError)
    await expect(start).rejects.toThrow(
      'cookieSecrets[0]: it has 5 characters. Use at least 32 random characters',
    )
  })
})

describe('a sealed session', () => {
  const session = defineSession<{ user: string }>({ password: secret, maxAge: 60 })
  const sessions = defineRoutes('/session', { inject: { session } }, (route) => {
    route.get('/', ({ session }) => ({ user: session.data.user ?? null }))
    route.post('/', async ({ session }) => void (await session.update({ user: 'ada' })))
    route.delete('/', async ({ session }) => void (await session.clear()))
  })
  const login = async (client: TestClient) =>
    (await client.post('/session')).headers.getSetCookie().at(-1)!.split(';')[0]!
  const user = async (client: TestClient, cookie: string) =>
    (await (await client.get('/session', { headers: { cookie } })).json()) as unknown
  afterEach(() => void vi.useRealTimers())

  test.each([
    ['a function', (read: () => string) => ({ password: read })],
    [
      'a getter',
      (read: () => string) => ({
        get password() {
          return read()
        },
      }),
    ],
  ])('reads the password of %s with each request, not before', async (_, options) => {
    let password: string | undefined
    const read = () => {
      if (password === undefined) throw new Error('the settings are not loaded yet')
      return password
    }
    const late = defineSession<{ user: string }>(options(read))
    const routes = defineRoutes('/session', { inject: { session: late } }, (route) => {
      route.get('/', ({ session }) => ({ user: session.data.user ?? null }))
      route.post('/', async ({ session }) => void (await session.update({ user: 'ada' })))
    })
    await using client = await createTestClient({ routes: [routes] })
    password = secret
    const cookie = await login(client)
    expect(await user(client, cookie)).toEqual({ user: 'ada' })
    password = old
    expect(await user(client, cookie)).toEqual({ user: null })
  })

  test('sets no cookie and has no id until the first update, and one cookie then', async () => {
    const ids: unknown[] = []
    const routes = defineRoutes('/session', { inject: { session } }, (route) => {
      route.get('/', ({ session }) => void ids.push(session.id))
      route.post('/', async ({ session }) => {
        ids.push(session.id)
        await session.update({ user: 'ada' })
        ids.push(session.id)
      })
    })
    await using client = await createTestClient({ routes: [routes] })
    expect((await client.get('/session')).headers.getSetCookie()).toEqual([])
    const [cookie, ...others] = (await client.post('/session')).headers.getSetCookie()
    expect(others).toEqual([])
    const again = await client.get('/session', { headers: { cookie: cookie!.split(';')[0]! } })
    expect(again.headers.getSetCookie()).toEqual([])
    const uuid = expect.stringMatching(/^[\da-f-]{36}$/)
    expect(ids).toEqual([undefined, undefined, uuid, ids[2]])
  })

  test('an update after clear begins an empty one of another id', async () => {
    const other = defineSession<{ user: string; theme: string }>({ password: secret })
    const routes = defineRoutes('/session', { inject: { session: other } }, (route) => {
      route.get('/', ({ session }) => ({ id: session.id, ...session.data }))
      route.post('/', async ({ session }) => void (await session.update({ user: 'ada', theme: 'dark' })))
      route.put('/', async ({ session }) => {
        await session.clear()
        const cleared = { id: session.id, ...session.data }
        await session.update({ user: 'bob' })
        return { cleared, now: { ...session.data } }
      })
    })
    await using client = await createTestClient({ routes: [routes] })
    const cookieOf = (response: Response) => response.headers.getSetCookie().at(-1)!.split(';')[0]!
    const first = cookieOf(await client.post('/session'))
    const known = await (await client.get('/session', { headers: { cookie: first } })).json()
    const replaced = await client.put('/session', { headers: { cookie: first } })
    expect(await replaced.json()).toEqual({ cleared: {}, now: { user: 'bob' } })
    const cookie = cookieOf(replaced)
    const now = await (await client.get('/session', { headers: { cookie } })).json()
    expect(now).toEqual({ id: expect.any(String), user: 'bob' })
    expect(now).not.toMatchObject({ id: (known as { id: string }).id })
  })

  test('is kept by the client, which can neither read nor change it', async () => {
    await using client = await createTestClient({ routes: [sessions] })
    const response = await client.post('/session')
    const header = response.headers.getSetCookie().at(-1)!
    // On localhost without TLS, as any cookie.
    expect(header).toMatch(/^session=.*HttpOnly/s)
    expect(header).not.toContain('Secure')
    const elsewhere = await client.web.fetch(new Request('http://example.com/session', { method: 'POST' }))
    expect(elsewhere.headers.getSetCookie().at(-1)).toMatch(/^session=.*HttpOnly.*Secure/s)
    expect(header).not.toContain('ada')
    const cookie = header.split(';')[0]!
    expect(await user(client, cookie)).toEqual({ user: 'ada' })
    const cleared = await client.delete('/session', { headers: { cookie } })
    expect(cleared.headers.getSetCookie().at(-1)).toMatch(/^session=;/)
  })

  test('is kept also by a handler that does not wait for its change', async () => {
    const hasty = defineRoutes('/session', { inject: { session } }, (route) => {
      route.get('/', ({ session }) => ({ user: session.data.user ?? null }))
      route.post('/', ({ session }) => void session.update({ user: 'ada' }))
    })
    await using client = await createTestClient({ routes: [hasty] })
    expect(await user(client, await login(client))).toEqual({ user: 'ada' })
  })

  test('whose change fails unawaited makes the answer an error, also long before it ends', async () => {
    const hasty = defineRoutes('/session', { inject: { session } }, (route) => {
      route.post('/', async ({ session }) => {
        void session.update(() => {
          throw new Error('no change')
        })
        // Unhandled rejections are reported at the end of a turn, and would end the process.
        for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate)
        return 'done'
      })
    })
    await using client = await createTestClient({ routes: [hasty] })
    expect((await client.post('/session')).status).toBe(500)
  })

  test('that is forged, or sealed with another password, is a new one', async () => {
    await using client = await createTestClient({ routes: [sessions] })
    const cookie = await login(client)
    expect(await user(client, `${cookie.slice(0, -4)}AAAA`)).toEqual({ user: null })
    expect(await user(client, 'session=x')).toEqual({ user: null })
    const other = defineSession<{ user: string }>({ password: old, maxAge: 60 })
    const foreign = defineRoutes('/session', { inject: { session: other } }, (route) => {
      route.get('/', ({ session }) => ({ user: session.data.user ?? null }))
    })
    await using stranger = await createTestClient({ routes: [foreign] })
    expect(await user(stranger, cookie)).toEqual({ user: null })
  })

  test('that has expired is a new one', async () => {
    await using client = await createTestClient({ routes: [sessions] })
    const cookie = await login(client)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 })
    expect(await user(client, cookie)).toEqual({ user: null })
  })

  test('needs a password that cannot be guessed', () => {
    expect(() => defineSession({ password: 'short' })).toThrow(
      'Cannot configure the password of a session: it has 5 characters. Use at least 32 random characters',
    )
  })
})
