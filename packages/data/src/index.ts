// The public names of @myfy/data.

// Proofs
export type { CrashCheck } from './crash/crash-check.ts'
// Module
export { DataModule } from './data-module.ts'
export type { DataOptions } from './data-options.ts'

// Channels
export { Channel, defineChannel } from './engine/channel.ts'
// Sessions
export { Database } from './engine/database.ts'
// Errors
export { isRetryable, isUnavailable } from './engine/database-errors.ts'
export type {
  BeginOptions,
  Connection,
  Engine,
  IsolationLevel,
  OpenTransaction,
  Rows,
  StatementOptions,
} from './engine/engine.ts'
export {
  DatabaseError,
  DatabaseUnavailableError,
  LeaseLostError,
  MigrationError,
  SessionError,
} from './errors.ts'
// Idempotent requests
export type { IdempotencyOptions } from './idempotency/idempotent-option.ts'
// Leases
export { type ClusterOptions, type ClusterTurn, everyInCluster } from './leases/every-in-cluster.ts'
export { Lease, type LeaseHolder } from './leases/lease.ts'
// Migrations
export type { MigrationModule, MigrationSource } from './migrations/migration.ts'
export { Session } from './sessions/session.ts'
export { defineDriver, type SessionDriver } from './sessions/session-driver.ts'
export { type TypedDatabase, tablesOf } from './sessions/tables.ts'
export type { TransactionOptions } from './sessions/transaction-option.ts'
