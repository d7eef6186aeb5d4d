// The interface that the embedded database and a server have in common, and the tables.

import type { Generated, Kysely } from 'kysely'

/** The tables. */
export interface Tables {
  users: { id: Generated<number>; name: string; email: string; created_at: Generated<Date> }
}

/** An open database, embedded or on a server. */
export interface Engine {
  /** The name for logs. It contains no password. */
  readonly label: string
  /** The start of a statement: `query.selectFrom('users')`. A request uses its `Session` instead. */
  readonly query: Kysely<Tables>
  /**
   * Passes the notifications of a channel to `receive` until `signal` aborts, and calls it without a payload when it
   * begins. @throws when the connection is lost
   */
  listen(channel: string, receive: (payload?: string) => void, signal: AbortSignal): Promise<void>
  /** Checks the connection to the server without waiting for a free one or for a lock. @throws when it is lost */
  ping(): Promise<void>
  close(): Promise<void>
}
