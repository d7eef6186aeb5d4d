// The database: the same tables and statements on an embedded PostgreSQL and on a server.

import type { Logger } from '@myfy/core'
import { type Injected, MyfyError } from '@myfy/di'
import { Migrator } from 'kysely'
import type { AppSettings } from '../settings.ts'
import type { Engine } from './engine.ts'
import { migrations } from './migrations.ts'

export class Database {
  #engine: Engine | undefined

  get engine(): Engine {
    if (this.#engine) return this.#engine
    throw new MyfyError(
      'APP_DATABASE_CLOSED',
      'Cannot use the database: it is not open. Use it after the module data has started.',
    )
  }

  async open(settings: Injected<typeof AppSettings>, signal: AbortSignal, logger: Logger): Promise<void> {
    // Only the engine that is used is loaded: the embedded one is 20 MB of WebAssembly.
    this.#engine = settings.databaseUrl
      ? await (await import('./postgres.ts')).openPostgres(settings, signal, logger)
      : await (await import('./embedded.ts')).openEmbedded(settings.dataDir, signal, logger)
  }

  /** Applies pending migrations. Replicas that start together take an advisory lock: each migration runs once. */
  async migrate(): Promise<string[]> {
    const provider = { getMigrations: async () => migrations }
    const { error, results = [] } = await new Migrator({ db: this.engine.query, provider }).migrateToLatest()
    const failed = results.find(({ status }) => status === 'Error')?.migrationName
    if (error)
      throw new MyfyError(
        'APP_MIGRATION_FAILED',
        `Cannot apply the migration ${failed}: ${messageOf(error)}. It was rolled back; correct it and start again.`,
        { cause: error },
      )
    return results.map(({ migrationName }) => migrationName)
  }
}

const messageOf = (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown))
