// Rate limits, in memory, Redis and PostgreSQL.

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { singleton } from '@myfy/di'
import { defineAuth, defineRoutes, mount, type RateLimit, type RateLimitStore, WebModule } from '@myfy/web'
import { createTestClient } from '@myfy/web/testing'
import { Redis } from 'ioredis'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, expectTypeOf, test, vi } from 'vitest'
import { networkOf } from '../../src/rate-limit/rate-limiting.ts'
import { listening } from '../listening.ts'
import { recordingApp } from '../recording.ts'

const reachable = async (port: number) => {
  const socket = connect(port, '127.0.0.1')
  return once(socket, 'connect')
    .then(
      () => true,
      () => false,
    )
    .finally(() => socket.destroy())
}
const [hasRedis, hasPostgres] = await Promise.all([reachable(6379), reachable(5432)])

const bearer = defineAuth({ scheme: 'bearer', authenticate: ({ token }) => ({ name: token }) })
const limitOf = (response: Response) => [
  response.status,
  response.headers.get('ratelimit'),
  response.headers.get('ratelimit-policy'),
]

// The headers tell the seconds that are left.
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

test('a limit is stated in the headers, and above it the answer is a problem document with Retry-After', async () => {
  const routes = defineRoutes('/users', (route) => {
    route.get('/', { rateLimit: { points: 2, per: '1m' } }, () => 'ok')
    route.get('/free', () => 'ok')
  })
  const web = { routes: [routes], cors: { origin: ['https://a.example'] } }
  await using client = await createTestClient(web)
  const { url } = await listening({ web })
  for (const get of [client.get, (path: string) => fetch(url + path)]) {
    // draft-ietf-httpapi-ratelimit-headers: structured fields with the quota and the remaining requests.
    const policy = '"GET /users";q=2;w=60'
    expect(limitOf(await get('/users'))).toEqual([200, '"GET /users";r=1;t=60', policy])
    expect(limitOf(await get('/users'))).toEqual([200, '"GET /users";r=0;t=60', policy])
    const refused = await get('/users')
    expect(limitOf(refused)).toEqual([429, '"GET /users";r=0;t=60', policy])
    expect([refused.headers.get('retry-after'), refused.headers.get('content-type')]).toEqual([
      '60',
      'application/problem+json',
    ])
    expect(await refused.json()).toMatchObject({ status: 429, title: 'Too Many Requests' })
    expect((await get('/users')).status).toBe(429)
    expect(limitOf(await get('/users/free'))).toEqual([200, null, null])
  }
  expect(client.web.openapi.paths['/users']!.get).toHaveProperty('responses.429')
  expect(client.web.openapi.paths['/users/free']!.get).not.toHaveProperty('responses.429')
})

test('the routes of a group share its limit; those of the module, of inner groups and of routes apply as well', async () => {
  const routes = defineRoutes('/a', { rateLimit: { points: 3, per: '1m' } }, (route) => {
    route.get('/one', () => 1)
    route.get('/two', { rateLimit: { points: 1, per: '1m', name: 'two' } }, () => 2)
    route.group('/inner', { rateLimit: { points: 9, per: '1h' } }, (route) => void route.get('/', () => 3))
    route.include(mount('/mounted', () => new Response('mounted')))
  })
  await using client = await createTestClient({
    routes: [routes],
    rateLimit: { points: 5, per: 60_000 },
  })
  const remaining = async (path: string) => (await client.get(path)).headers.get('ratelimit')
  expect(await remaining('/a/one')).toBe('"module";r=4;t=60, "/a";r=2;t=60')
  expect(await remaining('/a/two')).toBe('"module";r=3;t=60, "/a";r=1;t=60, "two";r=0;t=60')
  expect(await remaining('/a/inner')).toBe('"module";r=2;t=60, "/a";r=0;t=60, "/a/inner";r=8;t=3600')
  expect((await client.get('/a/mounted/x')).status).toBe(429)
  expect((await client.get('/health/live')).headers.get('ratelimit')).toBeNull()
})

test('a limit without a key precedes authentication; one with a key follows it and counts by the key', async () => {
  const seen: unknown[] = []
  const routes = defineRoutes('', { auth: bearer }, (route) => {
    route.get('/address', { rateLimit: { points: 1, per: '1m' } }, () => 'ok')
    route.get(
      '/:tenant/key',
      {
        rateLimit: {
          points: 1,
          per: '1m',
          key({ identity, params }) {
            seen.push(params.tenant)
            expectTypeOf(identity).toEqualTypeOf<{ name: string }>()
            expectTypeOf(params).toEqualTypeOf<{ readonly tenant: string }>()
            return identity.name === 'root' ? undefined : identity.name
          },
        },
      },
      ({ identity }) => identity.name,
    )
  })
  await using client = await createTestClient({ routes: [routes] })
  const get = async (path: string, token?: string) =>
    (await client.get(path, { headers: token ? { authorization: `Bearer ${token}` } : {} })).status
  expect([await get('/address'), await get('/address', 'ada')]).toEqual([401, 429])
  expect([await get('/x/key'), seen]).toEqual([401, []])
  expect([await get('/x/key', 'ada'), await get('/x/key', 'ada'), await get('/x/key', 'bob')]).toEqual([
    200, 429, 200,
  ])
  expect([await get('/x/key', 'root'), await get('/x/key', 'root')]).toEqual([200, 200])
  expect(seen[0]).toBe('x')
})

test('the key of a group has the identity, which a route without authentication lacks', async () => {
  const rateLimit: RateLimit<{ readonly identity: { name: string } | undefined }> = {
    points: 1,
    per: '1m',
    key: ({ identity }) => identity?.name,
  }
  const routes = defineRoutes('/:tenant', { auth: bearer, rateLimit }, (route) => {
    route.get('/', () => 'ok')
    route.get('/open', { auth: false }, () => 'open')
    route.group(
      '/inner',
      {
        rateLimit: {
          points: 9,
          per: '1m',
          key: ({ identity, params }) => {
            expectTypeOf(identity).toEqualTypeOf<{ name: string } | undefined>()
            expectTypeOf(params.tenant).toEqualTypeOf<string>()
            return identity && `${params.tenant} ${identity.name}`
          },
        },
      },
      (route) => void route.get('/', () => 'inner'),
    )
  })
  await using client = await createTestClient({ routes: [routes] })
  const get = async (path: string, token: string) =>
    (await client.get(path, { headers: { authorization: `Bearer ${token}` } })).status
  expect([await get('/a', 'ada'), await get('/a/inner', 'ada'), await get('/a/inner', 'bob')]).toEqual([
    200, 429, 200,
  ])
  expect([await get('/a/open', 'ada'), await get('/a/open', 'ada')]).toEqual([200, 200])
  // The options of a group without authentication have an identity of any type.
  defineRoutes(
    '/x',
    {
      rateLimit: {
        points: 1,
        per: '1m',
        key: ({ identity, ip }) => {
          expectTypeOf(identity).toEqualTypeOf<unknown>()
          return ip
        },
      },
    },
    (route) => void route.get('/', () => 'x'),
  )
})

test('a WebSocket handshake counts', async () => {
  const routes = defineRoutes('', (route) => {
    route.websocket('/', { rateLimit: { points: 1, per: '1m' } }, () => ({}))
  })
  const { url } = await listening({ web: { routes: [routes] } })
  const statuses: number[] = []
  for (let i = 0; i < 2; i++) statuses.push((await fetch(url)).status)
  // A request that is not a handshake is refused first, and does not count.
  expect(statuses).toEqual([426, 426])
})

// One client has at least 64 bits of an IPv6 network (RFC 6177).
test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:0db8:0001::', '2001:db8:1:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  [undefined, 'unknown'],
])('the network of %s is %s', (ip, network) => {
  expect(networkOf(ip)).toBe(network)
})

describe.each([
  ['Redis', hasRedis, () => redisStore()],
  ['PostgreSQL', hasPostgres, () => postgresStore()],
] as const)('in %s', (name, isReachable, storeOf) => {
  test.skipIf(!isReachable)(
    `two applications count together${isReachable ? '' : ` (${name} is not reachable: skipped)`}`,
    async () => {
      const { store, clean } = storeOf()
      const rateLimit = {
        points: 3,
        per: '1m',
        store,
        name: `test-${randomBytes(4).toString('hex')}`,
      } as const
      const application = () =>
        createTestClient({
          routes: [defineRoutes('', { rateLimit }, (route) => void route.get('/', () => 'ok'))],
        })
      await using first = await application()
      await using second = await application()
      const statuses: number[] = []
      for (const client of [first, second, first, second, first])
        statuses.push((await client.get('/')).status)
      expect(statuses).toEqual([200, 200, 200, 429, 429])
      await clean()
    },
  )
})

function redisStore(): { store: RateLimitStore; clean: () => Promise<void> } {
  const clients: Redis[] = []
  const redis = singleton(() => {
    const client = new Redis({ host: '127.0.0.1' })
    clients.push(client)
    return client
  })
  return {
    store: { redis },
    clean: async () => {
      for (const client of clients) client.disconnect()
    },
  }
}

function postgresStore(): { store: RateLimitStore; clean: () => Promise<void> } {
  const table = `rate_limits_${randomBytes(4).toString('hex')}`
  const pools: pg.Pool[] = []
  const postgres = singleton(() => {
    const pool = new pg.Pool({ host: '127.0.0.1', user: 'postgres', database: 'postgres' })
    pools.push(pool)
    return pool
  })
  return {
    store: { postgres, table },
    async clean() {
      await pools[0]?.query(`DROP TABLE IF EXISTS ${table}`)
      for (const pool of pools) await pool.end()
    },
  }
}

test('while the store fails, the process counts by itself, and one warning is logged', async () => {
  const { logger, lines } = recordingApp()
  const redis = singleton(() => ({
    multi: () => {
      throw new Error('on purpose')
    },
    rlflxIncr: () => Promise.reject(new Error('on purpose')),
    defineCommand: () => {},
    status: 'ready',
  }))
  const rateLimit = { points: 2, per: '1m', store: { redis }, name: 'broken' } as const
  const routes = defineRoutes('', { rateLimit }, (route) => void route.get('/', () => 'ok'))
  await using client = await createTestClient({ routes: [routes], logger })
  const statuses: number[] = []
  for (let i = 0; i < 3; i++) statuses.push((await client.get('/')).status)
  expect(statuses).toEqual([200, 200, 429])
  expect(lines.filter(({ message }) => message.includes('the rate limit broken failed'))).toHaveLength(1)
})

test('a store needs a provider', async () => {
  class Missing {}
  const rateLimit: RateLimit = { points: 1, per: '1m', store: { redis: Missing } }
  const routes = defineRoutes('/x', { rateLimit }, (route) => void route.get('/', () => 1))
  await expect(createTestClient({ routes: [routes] })).rejects.toThrow(/rate limit \/x[\s\S]*Missing/)
})

describe('a wrong limit is refused where it is declared:', () => {
  test.each<[object, RegExp]>([
    [{ points: 0, per: '1m' }, /Cannot configure rateLimit\.points of GET \/x: it is 0/],
    [{ points: Number.NaN, per: '1m' }, /rateLimit\.points of GET \/x: it is NaN/],
    [{ points: 1, per: '10ms' }, /Cannot use "10ms" as rateLimit\.per of GET \/x/],
    [{ points: 1, per: 'soon' }, /Cannot use "soon" as rateLimit\.per/],
    [{ points: 1, per: '1m', key: 'ip' }, /rateLimit\.key of GET \/x: it is not a function/],
    [{ points: 1, per: '1m', name: 'a\n' }, /rateLimit\.name/],
    [{ points: 1, per: '1m', store: {} }, /rateLimit\.store of GET \/x: it has no client/],
  ])('%o', (rateLimit, message) => {
    expect(() =>
      defineRoutes('/x', (route) => void route.get('/', { rateLimit: rateLimit as RateLimit }, () => 1)),
    ).toThrow(message)
  })

  test('one of the module', () => {
    expect(() => new WebModule({ rateLimit: { points: -1, per: '1m' } })).toThrow(
      /rateLimit\.points of module/,
    )
  })
})
