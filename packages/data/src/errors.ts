// The coded errors of a database.

import { formatDuration } from '@myfy/core/runtime'
import { MyfyError } from '@myfy/di'

/** The database cannot be used: it is not open, an option is wrong, or a peer package is missing. */
export class DatabaseError extends MyfyError {}

/** The database is unreachable. Code `MYFY_DATABASE_UNAVAILABLE`; `cause` is the error of the driver. */
export class DatabaseUnavailableError extends DatabaseError {
  /** @internal */
  constructor(label: string, cause: unknown, waited: number) {
    const { message = '', code = '' } = cause as { message?: string; code?: string }
    super(
      'MYFY_DATABASE_UNAVAILABLE',
      `Cannot connect to the database at ${label}: ${message || code} (tried for ${formatDuration(waited)}). Check that the server runs and that its URL is correct, or raise the option wait.`,
      { cause },
    )
  }
}

/** A session is used in a way that would lose or mix writes. */
export class SessionError extends MyfyError {}

/** Migrations cannot be read, do not match the database, or one of them failed. */
export class MigrationError extends MyfyError {
  /** The name of the migration, if the error is about one. */
  readonly migration: string | undefined

  /** @internal */
  constructor(code: string, message: string, migration?: string, options?: { cause?: unknown }) {
    super(code, message, options)
    this.migration = migration
  }
}

/** A lease was taken over by another process, so that its holder must not write any more. Code `MYFY_LEASE_LOST`. */
export class LeaseLostError extends MyfyError {
  /** @internal */
  constructor(name: string) {
    super(
      'MYFY_LEASE_LOST',
      `Cannot continue under the lease '${name}': another process has taken it over. Make one turn shorter than the lease, or renew it.`,
    )
  }
}
