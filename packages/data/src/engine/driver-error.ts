// Which errors came from the driver of a database. A code or a message alone does not tell: a file that is missing has the
// code ENOENT, and the time limit of another client has run out as well.

import { DatabaseError, SessionError } from '../errors.ts'

/** An error of a driver, as far as it is inspected. */
export interface DriverError {
  readonly code?: string
  readonly message?: string
  readonly constraint?: string
}

const known = new WeakSet<object>()

/** Marks the error of a driver, and returns it. */
export function markDriverError(error: unknown): unknown {
  if (typeof error === 'object' && error !== null) known.add(error)
  return error
}

/** Runs a call of a driver. Its error is known as one of the database. */
export async function ofDriver<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw markDriverError(error)
  }
}

/**
 * Returns the error of a database behind an error, as clients such as Drizzle wrap it; undefined if there is none. An
 * error with an HTTP status is an answer already, whatever has caused it.
 */
export function driverErrorOf(error: unknown): DriverError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (known.has(at) || at instanceof DatabaseError || at instanceof SessionError) return at
    if ('status' in at) return undefined
  }
  return undefined
}
