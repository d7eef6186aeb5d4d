// The flow request → transaction → job → answer on myfy, on Fastify with pg-boss and on NestJS with BullMQ, ended at each
// boundary. Needs PostgreSQL and Redis. Run: node bench/prove/crash.mjs [myfy|fastify|nest]

import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { defineCrashScenario, proveCrash, summary } from '../../packages/data/dist/testing.js'
import { TasksModule } from '../../packages/tasks/dist/index.js'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))
const url = process.env.TEST_DATABASE_URL ?? 'postgres://postgres@localhost:5432/postgres'
const redis = new Redis()

/** Jobs of pg-boss in its own schema. The heartbeat of a process that is gone is missed at once, as with myfy. */
const bossCheck = {
  passTime: (connection, since) =>
    connection.execute(
      `update pgboss.job set heartbeat_on = now() - interval '1 hour' where id in (
         select id from pgboss.job where state = 'active' and coalesce(heartbeat_on, started_on) <= $1
         for update skip locked)`,
      [since],
    ),
  async isSettled(connection) {
    const { rows } = await connection.execute(
      "select 1 from pgboss.job where state <= 'active' and name = 'receipts'",
    )
    return rows.length === 0
  },
  async observe(connection) {
    const { rows } = await connection.execute(
      "select state::text, count(*)::int from pgboss.job where name = 'receipts' group by 1 order by 1",
    )
    return rows
  },
  reset: (connection) => connection.execute("delete from pgboss.job where name = 'receipts'"),
  label: () => undefined,
}

/** The prefix of the keys in Redis, which is the name of the database. */
const prefixOf = async (connection) =>
  (await connection.execute('select current_database() as name')).rows[0].name

const bullCheck = {
  async passTime() {},
  async isSettled(connection) {
    const prefix = `${await prefixOf(connection)}:receipts`
    const counts = await Promise.all([
      redis.llen(`${prefix}:wait`),
      redis.llen(`${prefix}:active`),
      redis.zcard(`${prefix}:delayed`),
    ])
    return counts.every((count) => count === 0)
  },
  async observe(connection) {
    const prefix = `${await prefixOf(connection)}:receipts`
    return {
      completed: await redis.zcard(`${prefix}:completed`),
      failed: await redis.zcard(`${prefix}:failed`),
    }
  },
  async reset(connection) {
    const keys = await redis.keys(`${await prefixOf(connection)}:receipts:*`)
    const jobs = keys.filter((key) => !key.endsWith(':meta') && !key.endsWith(':stalled-check'))
    if (jobs.length > 0) await redis.del(...jobs)
  },
  label: () => undefined,
}

const apps = {
  myfy: { title: 'myfy', file: 'apps/myfy.mjs', checks: [new TasksModule({ tasks: [] }).crashCheck()] },
  fastify: { title: 'Fastify + pg-boss', file: 'apps/fastify.mjs', checks: [bossCheck] },
  nest: { title: 'NestJS + TypeORM + BullMQ', file: 'apps/nest.mjs', checks: [bullCheck] },
}

const scenario = (isRepeated) =>
  defineCrashScenario({
    name: isRepeated ? 'repeated until it is answered' : 'sent once',
    run: (client) =>
      client.request({
        method: 'POST',
        path: '/orders',
        ...(isRepeated && { headers: { 'idempotency-key': 'one' } }),
        body: { item: 'tea' },
      }),
  })

const wanted = process.argv.slice(2).filter((word) => !word.startsWith('-'))
const results = []
for (const [name, { title, file, checks }] of Object.entries(apps)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  for (const isRepeated of [true, false]) {
    const proof = await proveCrash({
      url,
      scenario: scenario(isRepeated),
      checks,
      lanes: Number(process.env.LANES ?? 4),
      launch: ({ databaseUrl, port }) => ({
        command: process.execPath,
        args: [at(file)],
        env: { DATABASE_URL: databaseUrl, PORT: String(port), LOG_LEVEL: 'warn', NODE_ENV: 'production' },
      }),
    })
    results.push({ title, proof })
    console.log(`${title}, ${proof.scenario}: ${summary(proof)}, ${Math.round(proof.ms / 1_000)} s`)
    for (const { point, fault, lost, twice, others } of proof.problems)
      console.log(
        `  ${fault} at ${point}: ${[...lost.map((row) => `lost ${row}`), ...twice.map((row) => `twice ${row}`), ...others].join('; ')}`,
      )
    if (proof.unreached.length > 0) console.log(`  not reached: ${proof.unreached.join(', ')}`)
  }
}
await redis.quit()

const count = ({ problems }, key) => problems.filter((problem) => problem[key].length > 0).length
const rows = results.map(({ title, proof }) => {
  const { scenario, points, runs, unreached } = proof
  return `| ${title} | ${scenario} | ${points.length} | ${runs} | ${count(proof, 'lost')} | ${count(proof, 'twice')} | ${count(proof, 'others')} | ${unreached.length} |`
})
const table = [
  '| application | request | points | runs | lost | twice | other problems | not reached |',
  '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |',
  ...rows,
].join('\n')
console.log(table)
