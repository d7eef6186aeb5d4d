// A PostgreSQL server: a pool of connections, and one more for each channel that is listened to.

import type { Logger } from '@myfy/core'
import { formatDuration, messageOf } from '@myfy/core/runtime'
import type { Kysely } from 'kysely'
import retry from 'p-retry'
import type pg from 'pg'
import { queryBuilder } from '../engine/connection-dialect.ts'
import { isUnavailable, refused } from '../engine/database-errors.ts'
import type { BeginOptions, Engine, OpenTransaction, Rows, StatementOptions } from '../engine/engine.ts'
import { DatabaseError, DatabaseUnavailableError } from '../errors.ts'
import { CHECK, CheckedPool } from './checked-pool.ts'
import { connectionLost, Notifications } from './notifications.ts'
import { PostgresTransaction } from './postgres-transaction.ts'
import { oneStatement, rowsOf, scriptRows } from './rows.ts'
import { readServerUrl, warnOfUnknown } from './server-url.ts'

/** The oldest PostgreSQL that its community maintains. */
const OLDEST_VERSION = 14

/** Options of a connection to a server. */
export interface PostgresOptions {
  readonly url: string
  /** The URL of a replica for read-only transactions. */
  readonly replicaUrl?: string
  /** The largest number of connections. */
  readonly pool: number
  /** The time that the start waits for the server, in ms. */
  readonly wait: number
  /** The longest time of a statement, in ms. */
  readonly statementTimeout: number
}

/** Connects, retrying: a server that starts with the application is often ready a few seconds later. */
export async function openPostgres(
  options: PostgresOptions,
  signal: AbortSignal,
  logger: Logger,
): Promise<Engine> {
  const engine = new PostgresEngine(options, logger)
  const began = performance.now()
  const pauses = { retries: Number.POSITIVE_INFINITY, minTimeout: 100, maxTimeout: 1_000 }
  const shouldRetry = ({ error }: { error: Error }) => isUnavailable(error)
  try {
    // A start that waits in silence looks like one that hangs.
    const onFailedAttempt = ({ error, attemptNumber }: { error: Error; attemptNumber: number }) => {
      if (attemptNumber === 1 && isUnavailable(error) && options.wait > 0)
        logger.warn(
          {},
          `cannot reach the database at ${engine.label}: ${messageOf(error)}; trying for ${formatDuration(options.wait)}`,
        )
    }
    await retry(() => engine.assertVersion(), {
      ...pauses,
      maxRetryTime: options.wait,
      signal,
      shouldRetry,
      onFailedAttempt,
    })
    return engine
  } catch (error) {
    await engine.close()
    signal.throwIfAborted()
    if (error instanceof DatabaseError) throw error
    throw (
      refused(error, engine.label) ??
      new DatabaseUnavailableError(engine.label, error, performance.now() - began)
    )
  }
}

class PostgresEngine implements Engine {
  readonly kind = 'postgres'
  readonly label: string
  // biome-ignore lint/suspicious/noExplicitAny: see Engine
  readonly query: Kysely<any>
  readonly #options: PostgresOptions
  readonly #config: pg.ClientConfig
  readonly #pool: CheckedPool
  readonly #replica: CheckedPool | undefined
  readonly #notifications: Notifications

  constructor(options: PostgresOptions, logger: Logger) {
    const { url, replicaUrl, pool, statementTimeout } = options
    const server = readServerUrl(url, 'URL of the database')
    warnOfUnknown(server, logger)
    this.label = server.label
    this.#options = options
    this.#config = {
      connectionString: url,
      connectionTimeoutMillis: 2_000,
      statement_timeout: statementTimeout,
      query_timeout: statementTimeout + 1_000,
      keepAlive: true,
      application_name: 'myfy',
    }
    const onLost = ({ message }: Error) =>
      logger.warn({ error: message }, `lost a connection to ${this.label}`)
    this.#pool = new CheckedPool({ ...this.#config, max: pool }, onLost)
    if (replicaUrl !== undefined) {
      warnOfUnknown(readServerUrl(replicaUrl, 'URL of the replica'), logger)
      this.#replica = new CheckedPool({ ...this.#config, connectionString: replicaUrl, max: pool }, onLost)
    }
    this.#notifications = new Notifications(this.label, this.#config, () => this.#pool.distrust())
    this.query = queryBuilder({ connect: async () => this, begin: (settings) => this.begin(settings) })
  }

  execute<Row>(
    text: string,
    values: readonly unknown[] = [],
    { arrays }: StatementOptions = {},
  ): Promise<Rows<Row>> {
    const config = { text, values: [...values], ...oneStatement(text), ...(arrays && { rowMode: 'array' }) }
    return this.#withClient(async (query) => rowsOf<Row>(await query(config as pg.QueryConfig)))
  }

  script(text: string): Promise<Rows> {
    return this.#withClient(async (query) => scriptRows(await query({ text })))
  }

  async begin(options: BeginOptions = {}): Promise<OpenTransaction> {
    const { statementTimeout = this.#options.statementTimeout } = options
    const pool = options.readOnly ? (this.#replica ?? this.#pool) : this.#pool
    options.signal?.throwIfAborted()
    const { label = 'a transaction of Database' } = options
    return PostgresTransaction.begin(await pool.take(label), this.#config, statementTimeout, options)
  }

  listen(channel: string, receive: (payload?: string) => void, signal: AbortSignal): Promise<void> {
    return this.#notifications.listen(channel, receive, signal)
  }

  async ping(): Promise<void> {
    // The pool may be exhausted by statements that wait for a lock; a restart would not release that lock.
    const [listener] = this.#notifications.listening
    if (!listener) throw connectionLost(this.label)
    await listener.query(CHECK)
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool.end(), this.#replica?.end()])
  }

  /** @throws DatabaseError if the server is too old */
  async assertVersion(): Promise<void> {
    const { rows } = await this.execute<{ version: string }>(
      "select current_setting('server_version_num') as version",
    )
    const major = Math.floor(Number(rows[0]!.version) / 10_000)
    if (major >= OLDEST_VERSION) return
    throw new DatabaseError(
      'MYFY_DATABASE_VERSION',
      `Cannot use the database at ${this.label}: it is PostgreSQL ${major}, and this package supports ${OLDEST_VERSION} and later. Upgrade the server.`,
    )
  }

  async #withClient<T>(
    run: (query: (config: pg.QueryConfig) => Promise<pg.QueryResult>) => Promise<T>,
  ): Promise<T> {
    const pooled = await this.#pool.take('a statement of Database')
    try {
      return await run((config) => pooled.query(config))
    } finally {
      pooled.release()
    }
  }
}
