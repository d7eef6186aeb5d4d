// A real database for tests. Each test runs in a transaction that is rolled back.

import { randomBytes } from 'node:crypto'
import { consoleLogger, type StartContext } from '@myfy/core'
import { assertKnownOptions, clauseOf } from '@myfy/core/runtime'
import { DataModule } from '../data-module.ts'
import type { DataOptions } from '../data-options.ts'
import { IN_MEMORY, openEmbedded } from '../embedded/embedded-engine.ts'
import type { Connection, Engine } from '../engine/engine.ts'
import { DatabaseError } from '../errors.ts'
import { IDEMPOTENCY_TABLE } from '../idempotency/idempotency-keys.ts'
import { createTables } from '../migrations/journal.ts'
import { migrate } from '../migrations/migrate.ts'
import { type MigrationSource, readMigrations } from '../migrations/migration.ts'
import { openPostgres } from '../postgres/postgres-engine.ts'
import { readServerUrl } from '../postgres/server-url.ts'
import { RolledBackEngine } from './rolled-back-engine.ts'

/** Options of {@link testDatabase}. */
export interface TestDatabaseOptions {
  /** The migrations of the application. */
  readonly migrations?: MigrationSource
  /**
   * A PostgreSQL server, on which a database is created and removed. Default: `TEST_DATABASE_URL` of the environment, else
   * an embedded database in memory.
   */
  readonly url?: string | undefined
}

/** A database for the tests of one file. */
export class TestDatabase implements AsyncDisposable {
  /** The database, for statements of the test itself. They are rolled back as well. */
  readonly connection: Connection
  readonly #engine: RolledBackEngine
  readonly #remove: () => Promise<void>
  #closed: Promise<void> | undefined

  /** Use {@link testDatabase}. */
  constructor(engine: RolledBackEngine, remove: () => Promise<void>) {
    this.connection = engine
    this.#engine = engine
    this.#remove = remove
  }

  /** Returns the module for the application under test, which uses this database. */
  module(options: Omit<DataOptions, 'engine' | 'url' | 'directory'> = {}): DataModule {
    return new TestDataModule({ ...options, engine: this.#engine }, this.#engine)
  }

  /**
   * Undoes everything since the last call: `afterEach(() => database.reset())`. The tables that modules create while the
   * application starts are kept, unless the test has written before: start the application first.
   */
  reset(): Promise<void> {
    return this.#engine.reset()
  }

  /** Closes the database, and removes it from the server. A second call does nothing. */
  close(): Promise<void> {
    this.#closed ??= this.#engine.close().then(() => this.#remove())
    return this.#closed
  }

  /** The same as `close`: `await using database = …`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** The module of the database that keeps what other modules create at the start, such as the tables of tasks. */
class TestDataModule extends DataModule {
  readonly #engine: RolledBackEngine
  #started = async () => {}

  constructor(options: DataOptions, engine: RolledBackEngine) {
    super(options)
    this.#engine = engine
  }

  override async start(context: StartContext): Promise<void> {
    this.#started = this.#engine.beginStart()
    await super.start(context)
  }

  override ready(): Promise<void> {
    return this.#started()
  }
}

/**
 * Creates a database with the tables of an application. The transactions of requests become savepoints of one transaction,
 * which `reset` rolls back: a test costs a few milliseconds, whatever it has written. Requests run one after the other,
 * and notifications are not delivered.
 *
 * @example
 * ```ts
 * import { testDatabase } from '@myfy/data/testing'
 *
 * const database = await testDatabase({ migrations: { '0001-users': 'create table users (name text)' } })
 * await database.connection.execute('insert into users values ($1)', ['Ada'])
 * await database.reset()
 * const { rows } = await database.connection.execute('select * from users')
 * console.log(rows.length) // 0
 * await database.close()
 * ```
 */
export async function testDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  assertKnownOptions('testDatabase()', options, { migrations: true, url: true })
  const { migrations, url = process.env.TEST_DATABASE_URL } = options
  const logger = consoleLogger({ level: 'silent' })
  const { signal } = new AbortController()
  const { engine, remove } = await (url === undefined ? openInMemory() : createOnServer(url))
  await createTables(engine, [IDEMPOTENCY_TABLE])
  await migrate(engine, await readMigrations(migrations), signal, logger)
  return new TestDatabase(await RolledBackEngine.open(engine), remove)
}

const limits = { statementTimeout: 30_000 }

async function openInMemory(): Promise<{ engine: Engine; remove: () => Promise<void> }> {
  const logger = consoleLogger({ level: 'silent' })
  const engine = await openEmbedded({ directory: IN_MEMORY, ...limits }, new AbortController().signal, logger)
  return { engine, remove: async () => {} }
}

async function createOnServer(url: string): Promise<{ engine: Engine; remove: () => Promise<void> }> {
  const name = `myfy_test_${randomBytes(6).toString('hex')}`
  await onServer(url, `create database ${name}`)
  const own = new URL(url)
  own.pathname = name
  const options = { url: own.href, pool: 2, wait: 5_000, ...limits }
  const engine = await openPostgres(options, new AbortController().signal, consoleLogger({ level: 'silent' }))
  return { engine, remove: () => onServer(url, `drop database ${name} with (force)`) }
}

async function onServer(url: string, statement: string): Promise<void> {
  const { label } = readServerUrl(url, 'URL of the database for tests')
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  try {
    await client.connect()
    await client.query(statement)
  } catch (cause) {
    throw new DatabaseError(
      'MYFY_TEST_DATABASE',
      `Cannot prepare a database for tests at ${label}: ${clauseOf(cause)}. Check TEST_DATABASE_URL, or unset it to use the embedded database.`,
      { cause },
    )
  } finally {
    await client.end().catch(() => {})
  }
}
