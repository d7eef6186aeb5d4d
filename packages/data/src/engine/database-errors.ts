// The meaning of the errors of a driver: what passes by itself, what a retry mends, and what is a mistake.

import type { Logger } from '@myfy/core'
import { keepUserFrames, unpunctuated } from '@myfy/core/runtime'
import { DatabaseError } from '../errors.ts'
import { type DriverError, driverErrorOf } from './driver-error.ts'

const lost = /terminat|timeout exceeded|timed? ?out|not queryable|connection ended|no connection/i

/** The codes of this package that stand for a database which is unreachable or overloaded. */
const OWN_CODES = new Set(['MYFY_COMMIT_UNKNOWN', 'MYFY_DATABASE_BUSY', 'MYFY_DATABASE_LOST'])

/**
 * Reports whether the database is unreachable or overloaded at the moment, as opposed to a statement that is wrong. Errors of
 * anything else are not of the database, whatever they say.
 */
export function isUnavailable(error: unknown): boolean {
  const { code = '', message = '' } = driverErrorOf(error) ?? {}
  if (OWN_CODES.has(code)) return true
  if (code.startsWith('MYFY_')) return false
  // Connection errors, exhausted resources, canceled statements, conflicts, locks, and errors of the socket. A protocol
  // violation, 08P01, is a mistake: too few values for the parameters of a statement.
  return /^(08(?!P01)|53|57|40|55P03|25P03|E[A-Z]{4})/.test(code) || lost.test(message)
}

/** Reports whether the same transaction is likely to succeed if it runs again: a serialization failure, a deadlock. */
export function isRetryable(error: unknown): boolean {
  const { code } = (error ?? {}) as DriverError
  return code === '40001' || code === '40P01'
}

/** Reports whether an error came from the server, and has therefore aborted the transaction. */
export function isServerError(error: unknown): boolean {
  const { code = '' } = (error ?? {}) as DriverError
  return /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code)
}

/** Returns an error with a remedy for a database that accepts no writes or has no space; else the error itself. */
export function explained(error: unknown, label: string): unknown {
  const { code, message = '' } = (error ?? {}) as DriverError
  // read_only_sql_transaction
  if (code === '25006')
    return new DatabaseError(
      'MYFY_DATABASE_READ_ONLY',
      `Cannot write to the database at ${label}: it accepts no writes. Connect to the primary server, or wait for the end of its failover.`,
      { cause: error },
    )
  // disk_full
  if (code === '53100')
    return new DatabaseError(
      'MYFY_DATABASE_FULL',
      `Cannot write to the database at ${label}: its disk is full: ${unpunctuated(message)}. Free or add space on that disk.`,
      { cause: error },
    )
  return error
}

/** The same for the tables of this package, which its start creates. */
export function explainedAtStart(error: unknown, label: string): unknown {
  const { code, message = '' } = (error ?? {}) as DriverError
  // insufficient_privilege
  if (code === '42501')
    return new DatabaseError(
      'MYFY_DATABASE_PERMISSION',
      `Cannot use the database at ${label}: ${unpunctuated(message)}. Grant its user the right to create tables, which PostgreSQL 15 and later give only to the owner of the database, or name another schema with options=-csearch_path%3Dname in its URL.`,
      { cause: error },
    )
  return explained(error, label)
}

/** Returns the error of a server that answers, but does not accept the connection; undefined for another error. */
export function refused(error: unknown, label: string): DatabaseError | undefined {
  const { code = '', message = '' } = (error ?? {}) as DriverError
  // invalid_authorization_specification, invalid_password
  if (/^28/.test(code))
    return new DatabaseError(
      'MYFY_DATABASE_REFUSED',
      `Cannot connect to the database at ${label}: ${unpunctuated(message)}. Correct the user and the password in its URL, or the access rules of the server.`,
      { cause: error },
    )
  // invalid_catalog_name
  if (code === '3D000')
    return new DatabaseError(
      'MYFY_DATABASE_REFUSED',
      `Cannot connect to the database at ${label}: ${unpunctuated(message)}. Create it with createdb, or correct the name in its URL.`,
      { cause: error },
    )
  // Raised by TLS of Node.js, and by pg for a server without it.
  if (/CERT|_SIGNATURE$|ERR_TLS/.test(code))
    return new DatabaseError(
      'MYFY_DATABASE_REFUSED',
      `Cannot trust the database at ${label}: ${unpunctuated(message)}. Name the certificate of its authority with sslrootcert in its URL.`,
      { cause: error },
    )
  if (message.includes('does not support SSL'))
    return new DatabaseError(
      'MYFY_DATABASE_REFUSED',
      `Cannot connect to the database at ${label}: its URL demands TLS, and the server does not offer it. Turn TLS on at the server, or set sslmode=disable.`,
      { cause: error },
    )
  return undefined
}

/** FailedRequest is the part of a request that the response to an error depends on. */
export interface FailedRequest {
  readonly id: string
  readonly logger: Logger
}

/** Returns the response to an error of the database; undefined if it is none, or a mistake of the application. */
export function responseTo(error: unknown, request: FailedRequest): Response | undefined {
  const { id, logger } = request
  const { code = '', constraint } = driverErrorOf(error) ?? {}
  // unique_violation
  if (code === '23505') return problem(id, 409, 'Conflict', 'already taken', constraint ? { constraint } : {})
  // foreign_key_violation, exclusion_violation: the row that is named is gone, or another one is in the way.
  if (code === '23503' || code === '23P01')
    return problem(id, 409, 'Conflict', 'in conflict with other data', constraint ? { constraint } : {})
  // check_violation: the value breaks a rule of its table.
  if (code === '23514')
    return problem(
      id,
      422,
      'Unprocessable Entity',
      'a value cannot be stored',
      constraint ? { constraint } : {},
    )
  // Data exceptions: a number out of range, a NUL character, a value that is too long.
  if (/^22\d/.test(code)) return problem(id, 422, 'Unprocessable Entity', 'a value cannot be stored')
  // read_only_sql_transaction outside of a read-only session: the server has become a standby.
  if (code === 'MYFY_DATABASE_READ_ONLY')
    return problem(id, 503, 'Service Unavailable', 'the database is read-only', {}, 5)
  if (code === 'MYFY_DATABASE_FULL')
    return problem(id, 503, 'Service Unavailable', 'the database is full', {}, 60)
  if (!isUnavailable(error)) return undefined
  const [logged, told] = reasonOf(code)
  // The client receives a 503 without the error.
  logger.warn({ err: keepUserFrames(error) }, logged)
  return problem(id, 503, 'Service Unavailable', told, {}, 1)
}

/** Returns the line of the log and the detail of the response for an error that may pass by itself. */
function reasonOf(code: string): readonly [logged: string, told: string] {
  // transaction_rollback: serialization_failure, deadlock_detected
  if (/^40/.test(code))
    return [
      'the transaction is in conflict with another one; `transaction: { retry: 3 }` of the route runs it again',
      'in conflict with another request',
    ]
  // query_canceled, lock_not_available, idle_in_transaction_session_timeout
  if (/^(57014|55P03|25P03)$/.test(code))
    return [
      'the transaction waited too long for a statement, a lock or its handler',
      'the database took too long',
    ]
  return ['the database is unavailable', 'the database is unavailable']
}

/** Returns problem details of RFC 9457, with the id of the request. `retryAfter` is in seconds. */
export function problem(
  id: string,
  status: number,
  title: string,
  detail: string,
  members: object = {},
  retryAfter?: number,
): Response {
  const body = { type: 'about:blank', title, status, detail, ...members, id }
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' }
  if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter)
  return new Response(JSON.stringify(body), { status, headers })
}
