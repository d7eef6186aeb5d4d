// Orders on Fastify and pg-boss: the order and its job in one transaction, the job in the transaction of its handler.
// https://github.com/fastify/fastify-postgres#use-of-pgtransact
// https://pgboss.io/api/jobs (option `db`), https://pgboss.io/api/workers (option `transactional`),
// https://pgboss.io/api/queues (option `heartbeatSeconds`)

import postgres from '@fastify/postgres'
import Fastify from 'fastify'
import { PgBoss } from 'pg-boss'

const { DATABASE_URL: connectionString, PORT } = process.env
const boss = new PgBoss({ connectionString, superviseIntervalSeconds: 1, monitorIntervalSeconds: 1 })
boss.on('error', () => {})
await boss.start()
// A job of a lost process is found by its heartbeat, rather than after the 15 minutes of the default.
await boss.createQueue('receipts', { heartbeatSeconds: 10 })

const app = Fastify()
await app.register(postgres, { connectionString })
// Without these the loss of a connection ends the process: https://node-postgres.com/apis/pool#events
app.pg.pool.on('error', () => {})
app.pg.pool.on('connect', (client) => client.on('error', () => {}))
await app.pg.query(`create table if not exists orders (id integer generated always as identity, key text unique, item text);
  create table if not exists receipts (id integer generated always as identity, item text)`)

app.post('/orders', async ({ headers, body: { item } }) =>
  app.pg.transact(async (client) => {
    const key = headers['idempotency-key'] ?? null
    const insert = 'insert into orders (key, item) values ($1, $2) on conflict do nothing'
    const { rowCount } = await client.query(insert, [key, item])
    const db = { executeSql: (text, values) => client.query(text, values) }
    if (rowCount === 1) await boss.send('receipts', { item }, { db })
    return { item }
  }),
)

await boss.work(
  'receipts',
  { transactional: true, pollingIntervalSeconds: 0.5 },
  async ([{ data }], transaction) => {
    await transaction.executeSql('insert into receipts (item) values ($1)', [data.item])
  },
)
await app.listen({ port: Number(PORT), host: '127.0.0.1' })
