// The database: one set of tables and statements, on an embedded PostgreSQL or on a server.

import type { Logger } from '@myfy/core'
import type { Injected } from '@myfy/di'
import { type Dialect, type Generated, Kysely, Migrator, sql } from 'kysely'
import { migrations } from './migrations.ts'
import type { AppSettings } from './settings.ts'

/** The tables. */
export interface Tables {
  users: { id: Generated<number>; name: string; email: string; created_at: Generated<Date> }
}

export type Settings = Injected<typeof AppSettings>

/** What tells the embedded database from a server. */
export interface Engine {
  readonly dialect: Dialect
  /** For people; never with a password. */
  readonly place: string
  /** Resolves when the database answers. @throws when it does not, or `signal` aborts */
  open(signal: AbortSignal): Promise<void>
  /** Hears a channel until `signal` aborts. @throws when the connection is lost */
  listen(
    channel: string,
    heard: (payload: string) => void,
    listening: () => void,
    signal: AbortSignal,
  ): Promise<void>
  /** After the dialect has closed its connections. */
  close(): Promise<void>
}

export class Database {
  readonly #settings: Settings
  #engine: Engine | undefined
  #kysely: Kysely<Tables> | undefined

  constructor(settings: Settings) {
    this.#settings = settings
  }

  /** Where statements begin: `database.query.selectFrom('users')`. In a request, use its `Session` instead. */
  get query(): Kysely<Tables> {
    if (this.#kysely) return this.#kysely
    throw new Error('the database is not open; DataModule opens it when it starts')
  }

  get engine(): Engine {
    if (this.#engine) return this.#engine
    throw new Error('the database is not open; DataModule opens it when it starts')
  }

  async open(signal: AbortSignal, logger: Logger): Promise<void> {
    // Only the engine that is used is loaded: the embedded one is 20 MB of WebAssembly.
    this.#engine = this.#settings.databaseUrl
      ? new (await import('./postgres.ts')).Postgres(this.#settings, logger)
      : new (await import('./embedded.ts')).Embedded(this.#settings)
    await this.#engine.open(signal)
    this.#kysely = new Kysely<Tables>({ dialect: this.#engine.dialect })
  }

  /** Brings the tables up to date. Replicas that start together take turns by an advisory lock: each step runs once. */
  async migrate(): Promise<string[]> {
    const migrator = new Migrator({ db: this.query, provider: { getMigrations: async () => migrations } })
    const { error, results = [] } = await migrator.migrateToLatest()
    const failed = results.find((result) => result.status === 'Error')
    if (error)
      throw new Error(`the migration ${failed?.migrationName ?? ''} failed; nothing of it was kept`, {
        cause: error,
      })
    return results.map((result) => result.migrationName)
  }

  async ping(): Promise<boolean> {
    await sql`select 1`.execute(this.query)
    return true
  }

  async close(): Promise<void> {
    await this.#kysely?.destroy()
    await this.#engine?.close()
  }
}
