// The URL of a server: refused where the driver would guess, and its name for logs, which has no password.

import type { Logger } from '@myfy/core'
import { DatabaseError } from '../errors.ts'

/** The parameters that pg knows. It passes over others in silence. */
const KNOWN = new Set([
  'application_name',
  'client_encoding',
  'connectionTimeoutMillis',
  'database',
  'db',
  'encoding',
  'fallback_application_name',
  'host',
  'idle_in_transaction_session_timeout',
  'keepAlive',
  'keepAliveInitialDelayMillis',
  'lock_timeout',
  'options',
  'password',
  'port',
  'query_timeout',
  'replication',
  'ssl',
  'sslcert',
  'sslkey',
  'sslmode',
  'sslnegotiation',
  'sslrootcert',
  'statement_timeout',
  'uselibpqcompat',
  'user',
])

/** The remedies for parameters of other clients. */
const INSTEAD: Readonly<Record<string, string>> = {
  connection_limit: 'set the option pool of DataModule',
  connect_timeout: 'set the option wait of DataModule',
  pool_timeout: 'set the option wait of DataModule',
  pgbouncer: 'remove it: a pooler needs no option',
}

/** A URL that was checked. */
export interface ServerUrl {
  /** The host and the database: `db.example.com:5432/shop`. */
  readonly label: string
  /** The parameters that have no effect. */
  readonly unknown: readonly string[]
}

/** Reads the URL of a server. @throws DatabaseError `MYFY_DATABASE_URL` if the driver would read something else in it */
export function readServerUrl(url: string, option: string): ServerUrl {
  const invalid = (reason: string, fix: string) =>
    new DatabaseError('MYFY_DATABASE_URL', `Cannot use the ${option}: ${reason}. ${fix}.`)
  if (url === '') throw invalid('it is empty', 'Set it, or leave it undefined to use the embedded database')
  if (!URL.canParse(url))
    throw invalid(
      'it is not a URL',
      'Write it like postgres://user:password@host:5432/name, for one host, with the characters #, /, ?, @ and % of a password percent-encoded',
    )
  const { protocol, hostname, port, pathname, searchParams } = new URL(url)
  if (!['postgres:', 'postgresql:', 'socket:'].includes(protocol))
    throw invalid(
      `its scheme is ${JSON.stringify(protocol.slice(0, -1))}`,
      'Write it like postgres://user:password@host:5432/name',
    )
  if (pathname.includes('@'))
    throw invalid(
      'its password contains a character that ends it',
      'Percent-encode the characters #, /, ?, @ and % of the password',
    )
  if (searchParams.has('schema'))
    throw invalid(
      'PostgreSQL knows no parameter schema, so that another schema would be used',
      `Write options=-csearch_path%3D${encodeURIComponent(searchParams.get('schema') ?? '')} in its place`,
    )
  const host = searchParams.get('host') ?? decodeURIComponent(hostname)
  const place = `${host}${port && `:${port}`}`
  return {
    label: protocol === 'socket:' ? pathname : `${place}${pathname}`,
    unknown: [...new Set(searchParams.keys())].filter((name) => !KNOWN.has(name)),
  }
}

/** Logs the parameters that have no effect. */
export function warnOfUnknown({ label, unknown }: ServerUrl, logger: Logger): void {
  for (const name of unknown)
    logger.warn(
      { parameter: name },
      `the parameter ${name} in the URL of the database at ${label} has no effect: ${INSTEAD[name] ?? 'remove it'}`,
    )
}
