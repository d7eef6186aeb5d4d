// The database: one set of tables and statements, on an embedded PostgreSQL or on a server.

import type { Logger } from '@myfy/core'
import type { Injected } from '@myfy/di'
import { type Generated, type Kysely, Migrator } from 'kysely'
import { migrations } from './migrations.ts'
import type { AppSettings } from './settings.ts'

/** The tables. */
export interface Tables {
  users: { id: Generated<number>; name: string; email: string; created_at: Generated<Date> }
}

/** A database that is open; what tells the embedded one from a server. */
export interface Engine {
  /** For people; never with a password. */
  readonly place: string
  /** Where statements begin: `query.selectFrom('users')`. In a request, use its `Session` instead. */
  readonly query: Kysely<Tables>
  /** Hears a channel until `signal` aborts; calls without a payload when it begins. @throws when the connection is lost */
  listen(channel: string, heard: (payload?: string) => void, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

export class Database {
  #engine: Engine | undefined

  get engine(): Engine {
    if (this.#engine) return this.#engine
    throw new Error('the database is not open; DataModule opens it when it starts')
  }

  async open(settings: Injected<typeof AppSettings>, signal: AbortSignal, logger: Logger): Promise<void> {
    // Only the engine that is used is loaded: the embedded one is 20 MB of WebAssembly.
    this.#engine = settings.databaseUrl
      ? await (await import('./postgres.ts')).openPostgres(settings, signal, logger)
      : await (await import('./embedded.ts')).openEmbedded(settings.dataDir, signal)
  }

  /** Brings the tables up to date. Replicas that start together take turns by an advisory lock: each step runs once. */
  async migrate(): Promise<string[]> {
    const provider = { getMigrations: async () => migrations }
    const { error, results = [] } = await new Migrator({ db: this.engine.query, provider }).migrateToLatest()
    const failed = results.find(({ status }) => status === 'Error')?.migrationName
    if (error) throw new Error(`the migration ${failed} failed; nothing of it was kept`, { cause: error })
    return results.map(({ migrationName }) => migrationName)
  }
}
