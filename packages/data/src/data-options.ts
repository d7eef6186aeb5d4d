// The options of the module, and their comparison during a reload.

import type { Duration } from '@myfy/core'
import type { OptionNames } from '@myfy/core/runtime'
import type { Engine } from './engine/engine.ts'
import type { MigrationSource } from './migrations/migration.ts'

/** Options of a {@link DataModule}. They are read at the start: a getter can take a value from the settings. */
export interface DataOptions {
  /** A PostgreSQL server: `postgres://user:password@host:5432/name`. Default: an embedded database. */
  readonly url?: string | undefined
  /** A replica of the server for read-only transactions. Default: the server itself. */
  readonly replicaUrl?: string | undefined
  /** The directory of the embedded database, or `memory://`. Default: `.data`. */
  readonly directory?: string
  /** The migrations: a directory, or a record by name. Default: none. */
  readonly migrations?: MigrationSource
  /** `start` applies pending migrations at the start; `manual` refuses to start while some are pending. Default: `start`. */
  readonly migrate?: 'start' | 'manual'
  /** The largest number of connections to the server. Default: 10. */
  readonly pool?: number
  /** The time that the start waits for the server. Default: 10,000 ms. */
  readonly wait?: Duration
  /** The longest time of a statement; never more than its request has left. Default: 30,000 ms. */
  readonly statementTimeout?: Duration
  /** A database that is open already, for tests. It is not closed. */
  readonly engine?: Engine
}

/** The names of the options. */
export const dataOptionNames: OptionNames<DataOptions> = {
  url: 'text',
  replicaUrl: 'text',
  directory: 'text',
  migrations: true,
  migrate: ['start', 'manual'],
  pool: true,
  wait: true,
  statementTimeout: true,
  engine: true,
}

/** Returns a text that is equal for equal options. A getter, which reads the settings, is compared by its source. */
export function describeOptions(options: DataOptions): string {
  const described = Object.entries(Object.getOwnPropertyDescriptors(options))
    .filter(([name]) => name !== 'migrations' && name !== 'engine')
    .map(([name, { get, value }]) => [name, get ? String(get) : value])
  return JSON.stringify(described)
}
