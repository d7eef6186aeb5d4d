// Real processes whose jobs are in Redis, killed and stopped: no job that was acknowledged is lost, and one that was cut runs again.

import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { Clients, Replicas } from './replicas.ts'
import { hasRedis, onRedis, redisUrl, removeKeys } from './stores.ts'

// MYFY_HEAVY=1 kills 30 times; MYFY_KILLS sets another number.
const heavy = process.env.MYFY_HEAVY === '1'
const kills = Number(process.env.MYFY_KILLS ?? 30)

describe.skipIf(!heavy || !hasRedis)('processes with jobs in Redis', { timeout: 900_000 }, () => {
  let replicas: Replicas
  let prefix: string
  afterEach(async () => {
    await replicas.remove()
    await removeKeys(prefix)
  })
  const start = async (count: number) => {
    prefix = `myfy-crash-${randomBytes(6).toString('hex')}`
    replicas = await Replicas.create({ REDIS_URL: redisUrl, PREFIX: prefix }, 'redis-server.ts')
    for (let n = 0; n < count; n++) await replicas.start()
  }
  const waiting = (queue: string) =>
    onRedis(async (redis) => {
      const key = (name: string) => `${prefix}:${queue}:${name}`
      const [waits, active, prioritized, delayed] = await Promise.all([
        redis.llen(key('wait')),
        redis.llen(key('active')),
        redis.zcard(key('prioritized')),
        redis.zcard(key('delayed')),
      ])
      return waits + active + prioritized + delayed
    })
  const account = async (queue: string) => {
    while ((await waiting(queue)) > 0) await wait(200)
    return onRedis(async (redis) => {
      const counts = Object.values(await redis.hgetall(`${prefix}:effects`)).map(Number)
      return {
        orders: counts.length,
        // A process was killed between an effect and the end of its job.
        twice: counts.filter((count) => count > 1).length,
        failed: await redis.zcard(`${prefix}:${queue}:failed`),
      }
    })
  }

  it(`lose nothing when they are killed ${kills} times`, async () => {
    await start(2)
    const clients = new Clients(replicas)
    for (let n = 0; n < kills; n++) {
      await wait(Math.random() * 500)
      await replicas.replace(replicas.running[0]!)
    }
    await clients.end(kills * 10)
    const total = await account('effect')
    const orders = clients.acknowledged.size
    console.log({ killed: kills, acknowledged: orders, ...total })
    expect(total).toMatchObject({ orders, failed: 0 })
    // At most the ten jobs that ran in each process that was killed.
    expect(total.twice).toBeLessThanOrEqual(kills * 10)
  })

  it('lose nothing when they are stopped for longer than a lock, and continue', async () => {
    await start(2)
    const clients = new Clients(replicas)
    for (let n = 0; n < 3; n++) {
      await wait(Math.random() * 1_000)
      const { child } = replicas.running[n % 2]!
      child.kill('SIGSTOP')
      await wait(16_000)
      child.kill('SIGCONT')
    }
    await clients.end()
    const total = await account('effect')
    console.log({ stopped: 3, acknowledged: clients.acknowledged.size, ...total })
    expect(total).toMatchObject({ orders: clients.acknowledged.size, failed: 0 })
  })

  it('end or hand back 50 running jobs in the budget, which run elsewhere within 1 s', async () => {
    await start(1)
    const [first] = replicas.running
    const send = (n: number) =>
      fetch(new URL(`/slow/${n}/${n < 25 ? 1_500 : 8_000}`, first!.url), { method: 'POST' }).then(({ ok }) =>
        expect(ok).toBe(true),
      )
    await Promise.all(Array.from({ length: 50 }, (_, n) => send(n)))
    const attempts = () =>
      onRedis(async (redis) =>
        (await redis.lrange(`${prefix}:attempts`, 0, -1)).map(
          (text) => JSON.parse(text) as { process: number; at: number },
        ),
      )
    while ((await attempts()).length < 50) await wait(20)
    const second = await replicas.start()
    await replicas.end(first!, 'SIGTERM')
    const ended = Date.now()
    const elsewhere = async () => (await attempts()).filter(({ process }) => process === second.child.pid)
    while ((await elsewhere()).length < 25) await wait(20)
    const latest = Math.max(...(await elsewhere()).map(({ at }) => at))
    const total = await account('slow')
    console.log({ lastStartElsewhereAfterExitMs: latest - ended, ...total })
    expect(first!.child.exitCode).toBe(0)
    expect(latest - ended).toBeLessThan(1_000)
    expect(total).toEqual({ orders: 50, twice: 0, failed: 0 })
  })
})
