// The record of the migrations that a database has, and its comparison with those of the application.

import { explainedAtStart } from '../engine/database-errors.ts'
import type { Connection, Engine } from '../engine/engine.ts'
import { MigrationError } from '../errors.ts'
import { LEASE_TABLE } from '../leases/lease.ts'
import type { Migration } from './migration.ts'

const JOURNAL_TABLE = `create table if not exists myfy_migrations (
  name text primary key,
  checksum text,
  applied_at timestamptz not null default now(),
  ms integer not null
)`

/** A migration that was applied. */
export interface AppliedMigration {
  /** The name. */
  readonly name: string
  /** The hash of its SQL; null for a function. */
  readonly checksum: string | null
  /** The time at which it was applied. */
  readonly appliedAt: Date
}

/** The migrations of a database and of an application. */
export interface MigrationStatus {
  /** Those that were applied, in order. */
  readonly applied: readonly AppliedMigration[]
  /** Those that are to be applied, in order. */
  readonly pending: readonly Migration[]
  /** Those that the application does not know: a newer version of it has applied them. */
  readonly newer: readonly string[]
}

/** Creates the tables of this package. Replicas that create them at the same time conflict in the catalog: one retry mends it. */
export async function createTables(engine: Engine, tables: readonly string[] = []): Promise<void> {
  try {
    for (const table of [JOURNAL_TABLE, LEASE_TABLE, ...tables])
      await engine.script(table).catch(() => engine.script(table))
  } catch (error) {
    throw explainedAtStart(error, engine.label)
  }
}

/** Returns what was applied and what is pending. @throws MigrationError if the two do not fit together */
export async function readStatus(
  connection: Connection,
  migrations: readonly Migration[],
): Promise<MigrationStatus> {
  const { rows: applied } = await connection.execute<AppliedMigration>(
    'select name, checksum, applied_at as "appliedAt" from myfy_migrations order by name',
  )
  const known = new Map(migrations.map((migration) => [migration.name, migration]))
  const names = new Set(applied.map(({ name }) => name))
  const last = migrations.at(-1)?.name ?? ''
  for (const { name, checksum } of applied) assertUnchanged(name, checksum, known.get(name), last)
  const latest = applied.findLast(({ name }) => known.has(name))?.name ?? ''
  const pending = migrations.filter(({ name }) => !names.has(name))
  const [late] = pending
  if (late && late.name < latest)
    throw new MigrationError(
      'MYFY_MIGRATION_ORDER',
      `Cannot apply the migration ${late.name}: ${latest} was applied before it. Give it the next number.`,
      late.name,
    )
  return { applied, pending, newer: applied.map(({ name }) => name).filter((name) => !known.has(name)) }
}

function assertUnchanged(
  name: string,
  checksum: string | null,
  known: Migration | undefined,
  last: string,
): void {
  // A name after the last one is of a newer version of the application, which runs beside this one during a deployment.
  if (known === undefined && name > last) return
  if (known === undefined)
    throw new MigrationError(
      'MYFY_MIGRATION_MISSING',
      `Cannot compare the migrations: ${name} was applied to this database, and the application does not have it. Restore its file, or use another database.`,
      name,
    )
  if (known.checksum === undefined || checksum === null || known.checksum === checksum) return
  throw new MigrationError(
    'MYFY_MIGRATION_CHANGED',
    `Cannot apply migrations: ${name} has changed since it was applied to this database. Restore its content, and make the change in a new migration.`,
    name,
  )
}
