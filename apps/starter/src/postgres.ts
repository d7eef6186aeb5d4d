// A PostgreSQL server: a pool of connections, and one more that hears changes.

import type { Logger } from '@myfy/core'
import { type Injected, MyfyError } from '@myfy/di'
import { Kysely, PostgresDialect } from 'kysely'
import retry from 'p-retry'
import pg from 'pg'
import type { Engine, Tables } from './database.ts'
import { isUnavailable } from './problems.ts'
import type { AppSettings } from './settings.ts'

/** Tries for DATABASE_WAIT: a server that starts together with the application is often a few seconds late. */
export async function openPostgres(
  { databaseUrl, databasePool, databaseWait }: Injected<typeof AppSettings>,
  signal: AbortSignal,
  logger: Logger,
): Promise<Engine> {
  const { host, pathname } = new URL(databaseUrl!)
  const place = `${host}${pathname}`
  const connection: pg.ClientConfig = {
    connectionString: databaseUrl,
    connectionTimeoutMillis: 2_000,
    statement_timeout: 10_000,
    query_timeout: 12_000,
    keepAlive: true,
    application_name: 'starter',
  }
  const pool = new pg.Pool({ ...connection, max: databasePool })
  // Without these a server that goes away would end the process: once for idle connections, once for used ones.
  pool.on('connect', (client) => void client.on('error', () => {}))
  pool.on('error', ({ message }) => logger.warn({ error: message }, `a connection to ${place} was lost`))
  const query = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })

  const pauses = { retries: Infinity, minTimeout: 100, maxTimeout: 1_000, maxRetryTime: databaseWait }
  const shouldRetry = ({ error }: { error: Error }) => isUnavailable(error)
  await retry(() => pool.query('select 1'), { ...pauses, signal, shouldRetry }).catch(async (error) => {
    await pool.end()
    signal.throwIfAborted()
    const remedy = 'see that it runs and that DATABASE_URL is right, or wait longer with DATABASE_WAIT'
    const sentence = `the database at ${place} cannot be used (${error.message || error.code}), tried for ${databaseWait} ms; ${remedy}`
    throw new MyfyError('DATABASE_AWAY', sentence, { cause: error })
  })

  return {
    place,
    query,
    async listen(channel, heard, signal) {
      const client = new pg.Client(connection)
      const over = new Promise<void>((resolve, reject) => {
        signal.addEventListener('abort', () => resolve(), { once: true })
        client.on('error', reject).on('end', () => reject(new Error('connection ended')))
        client.on('notification', ({ payload }) => heard(payload))
        const listen = () => client.query(`listen ${client.escapeIdentifier(channel)}`)
        const listening = client.connect().then(listen)
        listening.then(() => heard(), reject)
      })
      await over.finally(() => client.end().catch(() => {}))
    },
    close: () => query.destroy(),
  }
}
