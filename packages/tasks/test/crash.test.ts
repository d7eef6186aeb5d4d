// Real processes that are killed, stopped and cut off: no job that was acknowledged is lost, and no effect happens twice.
import { setTimeout as wait } from 'node:timers/promises'
import { Application } from '@myfy/core'
import { Database, DataModule } from '@myfy/data'
import pg from 'pg'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { canRunPostgres, OwnPostgres } from '../../../apps/starter/test/own-servers.ts'
import { SilentProxy } from '../../../apps/starter/test/silent-proxy.ts'
import { postgres } from '../../data/test/databases.ts'
import { defineTask, TasksModule } from '../src/index.ts'
import { account, Clients, type Replica, Replicas } from './replicas.ts'

// MYFY_HEAVY=1 kills 200 times among 2,000 orders; MYFY_KILLS sets another number.
const heavy = process.env.MYFY_HEAVY === '1'
const kills = Number(process.env.MYFY_KILLS ?? 200)
const ticks = Number(process.env.MYFY_TICKS ?? 1_000)
const starts = Number(process.env.MYFY_STARTS ?? 20)

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!

describe.skipIf(!heavy || !postgres.reachable)(
  'processes that end or stop at any moment',
  { timeout: 1_800_000 },
  () => {
    let replicas: Replicas
    afterEach(() => replicas.remove())

    /** Starts replicas on a new database. */
    const startOn = async (url: string, count: number, env: NodeJS.ProcessEnv = {}) => {
      replicas = await Replicas.create({ DATABASE_URL: url, ...env })
      for (let n = 0; n < count; n++) await replicas.start()
    }
    const create = async () => {
      const { options, remove } = await postgres.create()
      onTestFinished(remove)
      return options.url!
    }
    /** Every order was acknowledged, has had its effect once, and no job has failed. */
    const expectAccount = async (url: string, clients: Clients, faults: object) => {
      const total = await account(url)
      const orders = clients.acknowledged.size
      console.log({ ...faults, acknowledged: orders, ...total })
      expect(total).toEqual({ effects: orders, orders, failed: 0 })
    }

    it(`lose nothing and repeat nothing: SIGKILL ${kills} times`, async () => {
      const url = await create()
      await startOn(url, 1)
      const clients = new Clients(replicas)
      for (let n = 0; n < kills; n++) {
        await wait(Math.random() * 300)
        await replicas.replace(replicas.running[0]!)
      }
      await clients.end(kills * 10)
      await expectAccount(url, clients, { killed: kills })
    })

    it('lose nothing and repeat nothing: SIGSTOP for longer than a heartbeat, then SIGCONT', async () => {
      const url = await create()
      await startOn(url, 2)
      const clients = new Clients(replicas)
      const stops = 6
      for (let n = 0; n < stops; n++) {
        await wait(Math.random() * 1_000)
        const { child } = pick(replicas.running)
        child.kill('SIGSTOP')
        await wait(n % 2 === 0 ? 20_000 : 2_000)
        child.kill('SIGCONT')
      }
      await clients.end()
      await expectAccount(url, clients, { stopped: stops })
    })

    it.skipIf(!canRunPostgres)(
      'lose nothing and repeat nothing: the server restarts and crashes',
      async () => {
        const server = await OwnPostgres.create()
        onTestFinished(() => server.remove())
        await server.start()
        await startOn(server.url, 2)
        const clients = new Clients(replicas)
        const restarts = 10
        for (let n = 0; n < restarts; n++) {
          await wait(1_000 + Math.random() * 1_000)
          await server.stop(n % 2 === 0 ? 'SIGINT' : 'SIGQUIT')
          await server.start()
        }
        await clients.end()
        await expectAccount(server.url, clients, { restarts })
      },
    )

    it('lose nothing and repeat nothing: a proxy stops forwarding', async () => {
      const url = await create()
      const direct = new URL(url)
      await using proxy = new SilentProxy(Number(direct.port || 5432))
      const through = new URL(url)
      through.port = String(await proxy.listen())
      await startOn(through.href, 2)
      const clients = new Clients(replicas)
      const silences = 6
      for (let n = 0; n < silences; n++) {
        await wait(3_000 + Math.random() * 3_000)
        proxy.silence()
      }
      await wait(3_000)
      await clients.end()
      await expectAccount(url, clients, { silences })
    })

    it('answer a repeat with the stored response after SIGKILL between the commit and the answer', async () => {
      const url = await create()
      await startOn(url, 1)
      const send = (headers: Record<string, string>) =>
        fetch(new URL('/orders/1', replicas.running[0]!.url), {
          method: 'POST',
          headers: { 'idempotency-key': 'k', ...headers },
        })
      const first = replicas.running[0]!
      await expect(send({ 'x-die': '1' })).rejects.toThrow()
      await replicas.end(first, 'SIGKILL')
      await replicas.start()
      const again = await send({})
      expect(again.headers.get('idempotent-replayed')).toBe('true')
      expect(await again.json()).toEqual({ order: 1, process: first.child.pid })
      expect(await account(url)).toEqual({ effects: 1, orders: 1, failed: 0 })
    })

    it(`tick ${ticks} times in one of five replicas, which are killed and stopped`, async () => {
      const url = await create()
      await startOn(url, 5, { TICKS: '1' })
      const database = new pg.Client(url)
      await database.connect()
      const count = async () =>
        (await database.query('select count(*)::int as count from ticks')).rows[0].count as number
      const holder = async (): Promise<Replica> => {
        const { rows } = await database.query("select owner from myfy_leases where name = 'every tick'")
        const id = Number(/process (\d+)/.exec(rows[0]?.owner)?.[1])
        return replicas.running.find(({ child }) => child.pid === id) ?? pick(replicas.running)
      }
      const faults = { killed: 0, stopped: 0 }
      const continued: Promise<void>[] = []
      while ((await count()) < ticks) {
        await wait(Math.random() * 1_000)
        const victim = Math.random() < 0.7 ? await holder() : pick(replicas.running)
        if (Math.random() < 0.5) {
          faults.killed++
          await replicas.replace(victim)
        } else {
          faults.stopped++
          victim.child.kill('SIGSTOP')
          continued.push(wait(500 + Math.random() * 3_000).then(() => void victim.child.kill('SIGCONT')))
        }
      }
      await Promise.all(continued)
      const { rows } = await database.query(`
      select count(*)::int as ticks, count(distinct token)::int as holders,
             count(*) filter (where token < earlier)::int as "oldTokens",
             count(*) filter (where began < before)::int as overlaps
      from (select token, began, lag(token) over written as earlier, lag(ended) over written as before
            from ticks window written as (order by began)) as sequence`)
      await database.end()
      console.log({ ...faults, ...rows[0] })
      expect(rows[0]).toMatchObject({ oldTokens: 0, overlaps: 0 })
      expect(rows[0].ticks).toBeGreaterThanOrEqual(ticks)
    })

    it('end or hand back 50 running jobs in the budget, which run elsewhere within 1 s', async () => {
      const url = await create()
      await startOn(url, 1)
      const [first] = replicas.running
      const send = (n: number) =>
        fetch(new URL(`/slow/${n}/${n < 25 ? 1_500 : 8_000}`, first!.url), { method: 'POST' }).then(
          ({ ok }) => expect(ok).toBe(true),
        )
      await Promise.all(Array.from({ length: 50 }, (_, n) => send(n)))
      const database = new pg.Client(url)
      await database.connect()
      const attempts = async () =>
        (
          await database.query<{ job: string; process: number; at: Date }>(
            'select * from attempts order by at',
          )
        ).rows
      while ((await attempts()).length < 50) await wait(20)
      const second = await replicas.start()
      const began = performance.now()
      await replicas.end(first!, 'SIGTERM')
      const took = performance.now() - began
      const ended = Date.now()
      const elsewhere = async () => (await attempts()).filter(({ process }) => process === second.child.pid)
      while ((await elsewhere()).length < 25) await wait(20)
      const latest = Math.max(...(await elsewhere()).map(({ at }) => at.getTime()))
      const total = await account(url)
      await database.end()
      console.log({ stopMs: Math.round(took), lastStartElsewhereAfterExitMs: latest - ended, ...total })
      expect(first!.child.exitCode).toBe(0)
      expect(latest - ended).toBeLessThan(1_000)
      expect(total).toEqual({ effects: 50, orders: 50, failed: 0 })
    })

    it('start eight at once on an empty database: one applies the migrations, and a job runs once', async () => {
      for (let round = 0; round < starts; round++) {
        const url = await create()
        replicas = await Replicas.create({ DATABASE_URL: url })
        await Promise.all(Array.from({ length: 8 }, () => replicas.start()))
        const clients = new Clients(replicas)
        await clients.end(40)
        const total = await account(url)
        expect(total).toEqual({ effects: 40, orders: 40, failed: 0 })
        const database = new pg.Client(url)
        await database.connect()
        const { rows } = await database.query('select name from myfy_migrations order by name')
        await database.end()
        expect(rows.map(({ name }) => name)).toEqual(['0001-effects', '0002-attempts', '0003-ticks'])
        if (round < starts - 1) await replicas.remove()
      }
      console.log({ starts, processes: starts * 8 })
    })

    it('repeat an attempt 1 to 2 s after the failure, with a retryDelay of 1 s', async () => {
      const url = await create()
      await startOn(url, 1)
      const send = () => fetch(new URL('/flaky', replicas.running[0]!.url), { method: 'POST' })
      await Promise.all(Array.from({ length: 10 }, send))
      await account(url)
      const database = new pg.Client(url)
      await database.connect()
      const { rows } = await database.query<{ ms: number }>(
        'select extract(epoch from max(at) - min(at)) * 1000 as ms from attempts group by job',
      )
      await database.end()
      const pauses = rows.map(({ ms }) => Math.round(ms))
      console.log({ pauses })
      expect(pauses).toHaveLength(10)
      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(1_000)
      expect(Math.max(...pauses)).toBeLessThan(2_500)
    })
  },
)

describe.skipIf(!heavy || !postgres.reachable)(
  'eight replicas on an empty database',
  { timeout: 900_000 },
  () => {
    it('start at once 20 times: each migration is applied once, and none fails', async () => {
      const migrations = Object.fromEntries(
        Array.from({ length: 10 }, (_, n) => [
          `000${n}-step`,
          `create table step_${n} (); create table if not exists runs (n int); insert into runs values (${n})`,
        ]),
      )
      const task = defineTask({ name: 'job', input: z.object({}) }, () => {})
      for (let round = 0; round < 20; round++) {
        const { options, remove } = await postgres.create()
        const apps = Array.from(
          { length: 8 },
          () =>
            new Application({
              logger: { debug() {}, info() {}, warn() {}, error() {} },
              modules: [
                new DataModule({ ...options, migrations, pool: 2 }),
                new TasksModule({ tasks: [task] }),
              ],
            }),
        )
        await Promise.all(apps.map((app) => app.startModules()))
        const { rows } = await apps[0]!.container.get(Database).execute('select n from runs order by n')
        expect(rows).toEqual(Array.from({ length: 10 }, (_, n) => ({ n })))
        await Promise.all(apps.map((app) => app.stopModules()))
        await remove()
      }
    })
  },
)
