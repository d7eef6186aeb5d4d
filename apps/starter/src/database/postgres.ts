// A PostgreSQL server: a pool of connections, and one more that receives notifications.

import type { Logger } from '@myfy/core'
import { type Injected, MyfyError } from '@myfy/di'
import { Kysely, PostgresDialect, sql } from 'kysely'
import retry from 'p-retry'
import pg from 'pg'
import type { AppSettings } from '../settings.ts'
import { isUnavailable } from './database-errors.ts'
import type { Engine, Tables } from './engine.ts'
import { CheckedPool, check, destroy } from './postgres-pool.ts'

/** The interval between checks of the connection that listens, in ms. */
const heartbeat = 2_000

/** Connects, retrying for DATABASE_WAIT: a server that starts with the application is often ready a few seconds later. */
export async function openPostgres(
  { databaseUrl, databasePool, databaseWait }: Injected<typeof AppSettings>,
  signal: AbortSignal,
  logger: Logger,
): Promise<Engine> {
  const { host, pathname } = new URL(databaseUrl!)
  const label = `${host}${pathname}`
  const connection: pg.ClientConfig = {
    connectionString: databaseUrl,
    connectionTimeoutMillis: 2_000,
    statement_timeout: 5_000,
    query_timeout: 6_000,
    keepAlive: true,
    application_name: 'starter',
  }
  const onLost = ({ message }: Error) => logger.warn({ error: message }, `lost a connection to ${label}`)
  const pool = new CheckedPool({ ...connection, max: databasePool }, onLost)
  const query = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })

  const pauses = { retries: Infinity, minTimeout: 100, maxTimeout: 1_000, maxRetryTime: databaseWait }
  const shouldRetry = ({ error }: { error: Error }) => isUnavailable(error)
  await retry(() => sql`select 1`.execute(query), { ...pauses, signal, shouldRetry }).catch(async (error) => {
    await query.destroy()
    signal.throwIfAborted()
    throw new MyfyError(
      'APP_DATABASE_UNAVAILABLE',
      `Cannot connect to the database at ${label}: ${error.message || error.code} (retried for ${databaseWait} ms). ` +
        'Check that the server runs and that DATABASE_URL is correct, or wait longer with DATABASE_WAIT.',
      { cause: error },
    )
  })

  let listener: pg.Client | undefined
  return {
    label,
    query,
    async listen(channel, receive, signal) {
      const client = new pg.Client(connection)
      let timer: NodeJS.Timeout | undefined
      const ended = new Promise<void>((resolve, reject) => {
        signal.addEventListener('abort', () => resolve(), { once: true })
        client.on('error', reject).on('end', () => reject(new Error('connection ended')))
        client.on('notification', ({ payload }) => receive(payload))
        const beat = () =>
          client.query(check).catch((error) => {
            pool.distrust()
            reject(error)
          })
        client
          .connect()
          .then(() => client.query(`listen ${client.escapeIdentifier(channel)}`))
          .then(() => {
            listener = client
            timer = setInterval(beat, heartbeat)
            receive()
          })
          .catch(reject)
      })
      try {
        await ended
        await client.end()
      } finally {
        clearInterval(timer)
        listener = undefined
        destroy(client)
      }
    },
    async ping() {
      // The pool may be exhausted by statements that wait for a lock; a restart would not release that lock.
      if (!listener) throw new Error(`no connection to ${label}`)
      await listener.query(check)
    },
    close: () => query.destroy(),
  }
}
