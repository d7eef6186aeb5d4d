// A PostgreSQL server: a pool of connections, and one more that hears changes.

import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from '@myfy/core'
import { MyfyError } from '@myfy/di'
import { type Dialect, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Engine, Settings } from './database.ts'

export class Postgres implements Engine {
  readonly place: string
  readonly #settings: Settings
  readonly #pool: pg.Pool

  constructor(settings: Settings, logger: Logger) {
    const { host, pathname } = new URL(settings.databaseUrl!)
    this.place = `${host}${pathname}`
    this.#settings = settings
    this.#pool = new pg.Pool({
      ...this.#connection,
      max: settings.databasePool,
      statement_timeout: 10_000,
      query_timeout: 12_000,
    })
    const lost = (error: Error) =>
      logger.warn(
        { error: error.message },
        `a connection to ${this.place} was lost; the next request opens another`,
      )
    // Without these a server that goes away would end the process: once for idle connections, once for used ones.
    this.#pool.on('error', lost).on('connect', (client) => void client.on('error', () => {}))
  }

  get dialect(): Dialect {
    return new PostgresDialect({ pool: this.#pool })
  }

  /** Tries for DATABASE_WAIT: a server that starts together with the application is often a few seconds late. */
  async open(signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + this.#settings.databaseWait
    for (let pause = 100; ; pause = Math.min(pause * 2, 1_000)) {
      try {
        await this.#pool.query('select 1')
        return
      } catch (error) {
        if (!isUnavailable(error) || performance.now() + pause > deadline) {
          throw new MyfyError(
            'DATABASE_AWAY',
            `the database at ${this.place} cannot be used (${reason(error)}), tried for ${this.#settings.databaseWait} ms; see that it runs and that DATABASE_URL is right, or wait longer with DATABASE_WAIT`,
          )
        }
        await wait(pause, undefined, { signal })
      }
    }
  }

  async listen(
    channel: string,
    heard: (payload: string) => void,
    listening: () => void,
    signal: AbortSignal,
  ): Promise<void> {
    const client = new pg.Client(this.#connection)
    const lost = new Promise<never>(
      (_, reject) => void client.on('error', reject).on('end', () => reject(new Error('connection ended'))),
    )
    const ended = new Promise<void>((resolve) =>
      signal.addEventListener('abort', () => resolve(), { once: true }),
    )
    client.on('notification', ({ payload = '' }) => heard(payload))
    try {
      await Promise.race([client.connect(), lost])
      await Promise.race([client.query(`listen ${client.escapeIdentifier(channel)}`), lost])
      listening()
      await Promise.race([ended, lost])
    } finally {
      lost.catch(() => {})
      await client.end().catch(() => {})
    }
  }

  async close(): Promise<void> {
    if (!this.#pool.ending) await this.#pool.end()
  }

  get #connection(): pg.ClientConfig {
    return {
      connectionString: this.#settings.databaseUrl,
      connectionTimeoutMillis: 2_000,
      keepAlive: true,
      application_name: 'starter',
    }
  }
}

/** Whether an error says that the server is not there (now), rather than that a statement is wrong. */
export function isUnavailable(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string }
  return (
    /^(08|53|57P|E[A-Z]{4})/.test(code) ||
    /terminat|timeout exceeded|timed? ?out|not queryable|connection ended/i.test(message)
  )
}

function reason(error: unknown): string {
  const { code, message, errors } = error as { code?: string; message?: string; errors?: Error[] }
  return message || errors?.map((one) => one.message).join(', ') || code || String(error)
}
