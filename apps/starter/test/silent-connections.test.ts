// A network that drops connections without closing them. TCP would notice after minutes.
import { afterEach, describe, expect, it } from 'vitest'
import { type Change, Changes } from '../src/changes.ts'
import type { User } from '../src/users.ts'
import { read } from './application.ts'
import { run } from './running.ts'
import { backends, hasPostgres, hasRedis, type Variables } from './servers.ts'
import { SilentProxy } from './silent-proxy.ts'

const [, postgres, postgresAndRedis] = backends
const ends: Array<() => unknown> = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

/** Puts a proxy in front of the server that a variable names. */
async function behindProxy(env: Variables, name: 'DATABASE_URL' | 'REDIS_URL') {
  const url = new URL(env[name]!)
  const proxy = new SilentProxy(Number(url.port || (name === 'REDIS_URL' ? 6379 : 5432)))
  url.port = String(await proxy.listen())
  ends.push(() => proxy[Symbol.asyncDispose]())
  return { proxy, env: { ...env, [name]: url.href } }
}

async function start(env: Variables) {
  const running = await run(env)
  ends.push(() => running.app.stop())
  return running
}

describe.skipIf(!hasPostgres)('silent connections to PostgreSQL', { timeout: 60_000 }, () => {
  it('are replaced: requests, readiness and changes of other replicas recover within 10 s', async () => {
    const { env, remove } = await postgres!.create()
    ends.push(remove)
    const { proxy, env: throughProxy } = await behindProxy({ ...env, CACHE_TTL: '0' }, 'DATABASE_URL')
    const [one, other] = [await start(throughProxy), await start(env)]
    const list = () => read(fetch(`${one.url}/users`))
    // Fill the pool.
    await Promise.all(Array.from({ length: 10 }, list))
    const changes = one.app.container.get(Changes)
    const reconnected = new Promise<void>((resolve) => {
      ends.push(
        changes.subscribe(
          () => {},
          () => resolve(),
        ),
      )
    })

    proxy.silence()
    const began = performance.now()
    while ((await list()).status !== 200) expect(performance.now() - began).toBeLessThan(10_000)
    expect((await Promise.all(Array.from({ length: 10 }, list))).map(({ status }) => status)).toEqual(
      Array(10).fill(200),
    )
    await reconnected
    // The worker of tasks looks for jobs once a second.
    const ready = async () => (await read(fetch(`${one.url}/health/ready`))).status
    await expect.poll(ready, { timeout: 10_000 }).toBe(200)
    expect(performance.now() - began).toBeLessThan(10_000)

    const received = new Promise<Change>((resolve) => ends.push(changes.subscribe(resolve)))
    const body = JSON.stringify({ name: 'Ada', email: 'ada@example.org' })
    const headers = { 'content-type': 'application/json' }
    await read(fetch(`${other.url}/users`, { method: 'POST', headers, body }))
    expect(await received).toMatchObject({ type: 'created' })
  })

  it('under a statement answer 503 within 10 s, and the statement after it succeeds', async () => {
    const { env, remove } = await postgres!.create()
    ends.push(remove)
    const { proxy, env: throughProxy } = await behindProxy({ ...env, DATABASE_POOL: '1' }, 'DATABASE_URL')
    const { url } = await start(throughProxy)
    expect((await read(fetch(`${url}/users`))).status).toBe(200)
    // Used a moment ago, so the pool does not check it.
    proxy.silence()
    const began = performance.now()
    expect((await read(fetch(`${url}/users`))).status).toBe(503)
    expect(performance.now() - began).toBeLessThan(10_000)
    // The tasks share the only connection: one of their statements may find the next silent connection first.
    const status = async () => (await read(fetch(`${url}/users`))).status
    await expect.poll(status, { timeout: 30_000 }).toBe(200)
  })
})

describe.skipIf(!hasPostgres || !hasRedis)('a silent connection to Redis', { timeout: 60_000 }, () => {
  it('is replaced within 10 s, and delays no request for longer than its timeout', async () => {
    const { env, remove } = await postgresAndRedis!.create()
    ends.push(remove)
    const { proxy, env: throughProxy } = await behindProxy(env, 'REDIS_URL')
    const { url, log } = await start(throughProxy)
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ name: 'Ada', email: 'ada@example.org' })
    const created = await read<User>(fetch(`${url}/users`, { method: 'POST', headers, body }))
    const get = () => read(fetch(`${url}/users/${created.body.id}`))
    await get()

    proxy.silence()
    const began = performance.now()
    const slowest: number[] = []
    while (log.count(/Redis is reachable again/) === 0 && performance.now() - began < 10_000) {
      const sent = performance.now()
      expect((await get()).body).toEqual(created.body)
      slowest.push(performance.now() - sent)
    }
    await log.first(/Redis is reachable again/)
    expect(performance.now() - began).toBeLessThan(10_000)
    // One read and one write to the cache, 250 ms each, and the database.
    expect(Math.max(...slowest)).toBeLessThan(2_000)
  })
})

describe.skipIf(!hasPostgres)('a lock on a table', { timeout: 60_000 }, () => {
  it('does not take the replicas out of rotation, though it occupies every connection of the pool', async () => {
    const { env, remove } = await postgres!.create()
    ends.push(remove)
    const { url, app } = await start({ ...env, DATABASE_POOL: '2', CACHE_TTL: '0' })
    const { default: pg } = await import('pg')
    const client = new pg.Client(env.DATABASE_URL)
    const observer = new pg.Client(env.DATABASE_URL)
    for (const one of [client, observer]) {
      await one.connect()
      ends.push(() => one.end())
    }
    await client.query('begin; lock table users in access exclusive mode')
    const waiting = Array.from({ length: 4 }, () => read(fetch(`${url}/users`)))
    const blocked = "select count(*)::int as count from pg_stat_activity where wait_event_type = 'Lock'"
    for (let count = 0; count < 2; ) count = (await observer.query(blocked)).rows[0].count
    expect((await read(fetch(`${url}/health/ready`))).status).toBe(200)
    expect((await app.health()).healthy).toBe(true)
    await client.query('rollback')
    const statuses = (await Promise.all(waiting)).map(({ status }) => status)
    expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([])
    expect((await read(fetch(`${url}/users`))).status).toBe(200)
  })
})
