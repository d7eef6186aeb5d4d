// Applies pending migrations, each once, however many replicas start together.

import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from '@myfy/core'
import { clauseOf } from '@myfy/core/runtime'
import type { Kysely } from 'kysely'
import { queryBuilder } from '../engine/connection-dialect.ts'
import { explained, isUnavailable } from '../engine/database-errors.ts'
import type { Connection, Engine, OpenTransaction } from '../engine/engine.ts'
import { outlivesTransaction, withoutTransaction } from '../engine/transaction-control.ts'
import { MigrationError } from '../errors.ts'
import { Lease } from '../leases/lease.ts'
import { readStatus } from './journal.ts'
import type { Migration } from './migration.ts'

/** The lease under which migrations run. */
export const MIGRATION_LEASE = 'migrations'
/** The time after which a lease that is not renewed can be taken over, in ms. */
const LEASE_MS = 15_000
/** The longest time of a statement of a migration, in ms: it depends on the size of tables. */
const MIGRATION_MS = 3_600_000
/** The interval between attempts to take the lease, in ms. */
const POLL_MS = 100

/**
 * Applies pending migrations in order and returns their names. A migration and its entry in the journal are one
 * transaction, which locks the row of the lease: no other replica can take the lease before it has ended.
 *
 * @throws MigrationError if one fails; those before it are applied, it is not
 */
export async function migrate(
  engine: Engine,
  migrations: readonly Migration[],
  signal: AbortSignal,
  logger: Logger,
): Promise<readonly string[]> {
  if ((await readStatus(engine, migrations)).pending.length === 0) return []
  // The directory is locked: a lease that stands was left by a process that is gone.
  if (engine.kind === 'embedded')
    await engine.execute('delete from myfy_leases where name = $1', [MIGRATION_LEASE])
  const lease = await takeLease(engine, migrations, signal, logger)
  if (!lease) return []
  const applied: string[] = []
  const renewing = setInterval(() => void lease.renew(engine).catch(() => {}), LEASE_MS / 3)
  try {
    const { pending } = await readStatus(engine, migrations)
    for (const migration of pending) {
      signal.throwIfAborted()
      const began = performance.now()
      await apply(engine, lease, migration)
      const ms = Math.round(performance.now() - began)
      logger.info({ migration: migration.name, ms }, `applied the migration ${migration.name} (${ms} ms)`)
      applied.push(migration.name)
    }
    return applied
  } finally {
    clearInterval(renewing)
    await lease.release(engine).catch(() => {})
  }
}

/** Waits for the lease; undefined if another replica has applied everything meanwhile. */
async function takeLease(
  engine: Engine,
  migrations: readonly Migration[],
  signal: AbortSignal,
  logger: Logger,
): Promise<Lease | undefined> {
  let waited = false
  for (;;) {
    const lease = await acquire(engine)
    if (lease) return lease
    if (!waited) {
      const holder = await Lease.holder(engine, MIGRATION_LEASE)
      if (holder)
        logger.info(
          { ...holder },
          `waiting for the migrations of ${holder.owner}, since ${holder.since.toISOString()}`,
        )
      waited = true
    }
    await wait(POLL_MS, undefined, { signal })
    if ((await readStatus(engine, migrations)).pending.length === 0) return undefined
  }
}

/** A transaction that is longer than the lease keeps its row locked: an attempt to take it over then times out. */
async function acquire(engine: Engine): Promise<Lease | undefined> {
  try {
    return await Lease.acquire(engine, MIGRATION_LEASE, LEASE_MS)
  } catch (error) {
    if (isUnavailable(error)) return undefined
    throw error
  }
}

async function apply(engine: Engine, lease: Lease, migration: Migration): Promise<void> {
  const { name } = migration
  const began = performance.now()
  const ms = () => Math.round(performance.now() - began)
  try {
    await inTransaction(engine, async (transaction) => {
      await lease.fence(transaction)
      await runMigration(transaction, migration)
      await record(transaction, migration, ms())
      await lease.renew(transaction)
    })
  } catch (cause) {
    throw new MigrationError(
      'MYFY_MIGRATION_FAILED',
      `Cannot apply the migration ${name}: ${clauseOf(explained(cause, engine.label))}. It was rolled back; correct it and start again.`,
      name,
      { cause },
    )
  }
}

/** Runs the content of a migration in a transaction. */
export async function runMigration(transaction: Connection, { content }: Migration): Promise<void> {
  if (typeof content !== 'string') return void (await content.up(builderOf(transaction)))
  await transaction.script(withoutTransaction(content))
  // A dump empties the path, so that tables without a schema would not be found.
  if (outlivesTransaction(content)) await transaction.execute('reset search_path')
}

/** Runs `work` in a separate transaction. */
export async function inTransaction<T>(
  engine: Engine,
  work: (transaction: OpenTransaction) => Promise<T>,
): Promise<T> {
  const transaction = await engine.begin({ statementTimeout: MIGRATION_MS })
  try {
    const result = await work(transaction)
    await transaction.commit()
    return result
  } catch (error) {
    await transaction.rollback()
    throw error
  }
}

function builderOf(transaction: Connection): Kysely<never> {
  return queryBuilder<never>({
    connect: async () => transaction,
    begin: async () => {
      throw new MigrationError(
        'MYFY_MIGRATION_INVALID',
        'Cannot begin a transaction: a migration runs in one. Run its statements on `db`.',
      )
    },
  })
}

async function record(connection: Connection, { name, checksum }: Migration, ms: number): Promise<void> {
  await connection.execute('insert into myfy_migrations (name, checksum, ms) values ($1, $2, $3)', [
    name,
    checksum ?? null,
    ms,
  ])
}
