// Measures one engine in a process: `node measure.mjs <engine> <jobs>` prints its figures as JSON.
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { CONCURRENCY, engines } from './engines.mjs'

const [engine, count] = process.argv.slice(2)
const jobs = Number(count)
const server = process.env.BENCH_DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres'
const redis = process.env.BENCH_REDIS_URL ?? 'redis://127.0.0.1:6379'
const name = `bench_${randomBytes(6).toString('hex')}`

async function admin(statement) {
  const client = new pg.Client(server)
  await client.connect()
  await client.query(statement)
  await client.end()
}

let done = 0
let target = jobs
let resolve = () => {}
const starts = []
const onJob = ({ at }) => {
  starts.push(performance.now() - at)
  if (++done === target) resolve()
}
const reached = (number) =>
  new Promise((end) => {
    target = number
    resolve = end
    if (done >= number) end()
  })

await admin(`create database ${name}`)
try {
  const url = new URL(server)
  url.pathname = name
  const { send, work, stop } = await engines[engine]({ url: url.href, redis, name, onJob })
  const sending = performance.now()
  let next = 0
  const sender = async () => {
    while (next++ < jobs) await send({ at: performance.now() })
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, sender))
  const sent = performance.now() - sending

  const all = reached(jobs)
  const cpu = process.cpuUsage()
  const working = performance.now()
  await work()
  await all
  const worked = performance.now() - working
  const { user, system } = process.cpuUsage(cpu)

  starts.length = 0
  for (let n = 0; n < 100; n++) {
    const one = reached(jobs + n + 1)
    await send({ at: performance.now() })
    await one
  }
  const latency = starts.toSorted((a, b) => a - b)[50]
  await stop()
  // Connections that an engine is still closing end with the database.
  process.on('uncaughtException', () => {})
  console.log(
    JSON.stringify({
      sent: jobs / (sent / 1000),
      ran: jobs / (worked / 1000),
      cpu: (user + system) / 1000 / jobs,
      latency,
    }),
  )
} finally {
  await admin(`drop database if exists ${name} with (force)`)
}
process.exit()
