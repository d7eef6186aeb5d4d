import { afterEach, describe, expect, it } from 'vitest'
import { Changes } from '../src/changes.ts'
import type { User } from '../src/users.ts'
import { read } from './application.ts'
import { canRunPostgres, canRunRedis, freePort, OwnPostgres, OwnRedis } from './own-servers.ts'
import { AppProcess } from './process.ts'
import { run as runApplication } from './running.ts'
import type { Variables } from './servers.ts'

const ends: Array<() => unknown> = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

describe('without the database server', { timeout: 60_000 }, () => {
  it('fails to start with the reason, the fix and exit code 1', async () => {
    const url = `postgres://u:secret@127.0.0.1:${await freePort()}/d`
    await using app = new AppProcess({ DATABASE_URL: url, DATABASE_WAIT: '300' })
    expect(await app.exited).toBe(1)
    expect(String(app.lines)).toMatch(
      /Cannot connect to the database at 127\.0\.0\.1:\d+\/d: connect ECONNREFUSED.*raise the option wait/,
    )
    expect(String(app.lines)).not.toContain('secret')
  })

  it.skipIf(!canRunPostgres)('waits at startup until the server accepts connections', async () => {
    const server = await OwnPostgres.create()
    ends.push(() => server.remove())
    const started = run({ DATABASE_URL: server.url, DATABASE_WAIT: '30000' })
    await server.start()
    const { url } = await started
    expect((await read(fetch(`${url}/users`))).status).toBe(200)
  })

  it.skipIf(!canRunPostgres)('is live but not ready, answers 503, and recovers with the server', async () => {
    const server = await OwnPostgres.create()
    ends.push(() => server.remove())
    await server.start()
    const { app, url } = await run({ DATABASE_URL: server.url, DATABASE_POOL: '3' })
    const changes = app.container.get(Changes)
    const status = async (path: string) => (await read(fetch(url + path))).status
    expect(await status('/health/ready')).toBe(200)

    // A fast shutdown, then a crash, both with statements in progress.
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
      const busy = Array.from({ length: 6 }, () => status('/users'))
      await server.stop(signal)
      expect(new Set([200, 503, ...(await Promise.all(busy))])).toEqual(new Set([200, 503]))
      const answer = await read(fetch(`${url}/users`))
      expect(answer).toMatchObject({
        status: 503,
        body: { status: 503, detail: 'the database is unavailable' },
      })
      expect(answer.headers.get('content-type')).toBe('application/problem+json')
      expect(answer.headers.get('retry-after')).toBe('1')
      expect(await status('/health/ready')).toBe(503)
      expect(await status('/health/live')).toBe(200)

      const reconnected = new Promise<void>((resolve) => void changes.subscribe(() => {}, resolve))
      await server.start()
      await reconnected
      expect(await Promise.all(Array.from({ length: 12 }, () => status('/users')))).toEqual(
        Array(12).fill(200),
      )
      // The next check of the health may still see the outage. The reason shows if none follows.
      const unhealthy = async () =>
        Object.entries((await app.health()).checks).filter(([, { healthy }]) => !healthy)
      await expect.poll(unhealthy, { timeout: 20_000 }).toEqual([])
      expect(await status('/health/ready')).toBe(200)
    }
  })
})

describe.skipIf(!canRunRedis || !canRunPostgres)('without Redis', { timeout: 60_000 }, () => {
  it('reads from the database, warns once, and uses Redis again when it is reachable', async () => {
    const [server, redis] = [await OwnPostgres.create(), await OwnRedis.create()]
    ends.push(
      () => server.remove(),
      () => redis.remove(),
    )
    await Promise.all([server.start(), redis.start()])
    const { url, log } = await run({ DATABASE_URL: server.url, REDIS_URL: redis.url })
    const json = { method: 'POST', headers: { 'content-type': 'application/json' } }
    const created = await read<User>(
      fetch(`${url}/users`, { ...json, body: '{"name":"Ada","email":"ada@example.org"}' }),
    )
    const get = () => read(fetch(`${url}/users/${created.body.id}`))
    await get()

    await redis.stop('SIGKILL')
    await log.first(/Redis is unreachable/)
    for (let n = 0; n < 20; n++) expect((await get()).body).toEqual(created.body)
    expect(log.count(/^(warn|error)/)).toBe(1)
    expect((await read(fetch(`${url}/health/ready`))).status).toBe(200)

    await redis.start()
    await log.first(/Redis is reachable again/)
    await get()
    await server.stop('SIGINT')
    expect((await get()).body).toEqual(created.body)
  })

  it('starts', async () => {
    const server = await OwnPostgres.create()
    ends.push(() => server.remove())
    await server.start()
    const { url, log } = await run({
      DATABASE_URL: server.url,
      REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
    })
    await log.first(/Redis is unreachable/)
    expect((await read(fetch(`${url}/users`))).status).toBe(200)
  })
})

/** Runs the application until the test ends. */
async function run(env: Variables) {
  const running = await runApplication(env)
  ends.push(() => running.app.stop())
  return running
}
