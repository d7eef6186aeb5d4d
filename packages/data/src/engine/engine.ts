// The interface that the embedded database and a server have in common.

import type { Kysely } from 'kysely'

/** The result of a statement. */
export interface Rows<Row = Record<string, unknown>> {
  /** The rows that the statement returned. */
  readonly rows: Row[]
  /** The number of rows that it changed; 0 for a query. */
  readonly changed: number
}

/** Options of a statement. */
export interface StatementOptions {
  /** True for rows as arrays of values instead of objects. Default: false. */
  readonly arrays?: boolean
}

/** Something that runs statements: a database, or a transaction. */
export interface Connection {
  /** Runs one statement, with `$1`, `$2`, … for values. */
  execute<Row = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
    options?: StatementOptions,
  ): Promise<Rows<Row>>
  /** Runs statements without values, separated by semicolons, and returns the rows of all of them. */
  script(text: string): Promise<Rows>
}

/** The isolation levels of PostgreSQL. */
export type IsolationLevel = 'read committed' | 'repeatable read' | 'serializable'

/** Options of a transaction. */
export interface BeginOptions {
  /** Default: that of the database, `read committed`. */
  readonly isolation?: IsolationLevel
  /** True to refuse writes; a replica may answer. Default: false. */
  readonly readOnly?: boolean
  /** The longest time of a statement, in ms. Default: that of the database. */
  readonly statementTimeout?: number
  /** The time that the transaction has, in ms: no statement may take longer. Default: unlimited. */
  readonly timeout?: number
  /** Cancels the statement that runs. */
  readonly signal?: AbortSignal
  /** The name of the work, for messages: `GET /users/:id`. Default: none. */
  readonly label?: string
}

/** A transaction that is open. */
export interface OpenTransaction extends Connection {
  /** Commits. @throws SessionError if a statement failed, or if the connection was lost and the outcome is unknown */
  commit(): Promise<void>
  /** Rolls back. Never rejects: a transaction whose connection is lost is rolled back by the server. */
  rollback(): Promise<void>
}

/** An open database, embedded or on a server. */
export interface Engine extends Connection {
  /** `embedded` for a database inside this process, which has one connection. */
  readonly kind: 'postgres' | 'embedded'
  /** The name for logs. It contains no password. */
  readonly label: string
  /** The start of a statement outside of a transaction. A request uses its `Session` instead. */
  // biome-ignore lint/suspicious/noExplicitAny: the tables are those of the application, which `Database` names
  readonly query: Kysely<any>
  /** Begins a transaction on a separate connection. */
  begin(options?: BeginOptions): Promise<OpenTransaction>
  /**
   * Passes the notifications of a channel to `receive` until the signal aborts, and calls it without a payload when it
   * begins, as earlier ones may have been missed. @throws when the connection is lost
   */
  listen(channel: string, receive: (payload?: string) => void, signal: AbortSignal): Promise<void>
  /** Checks the connection without waiting for a free one or for a lock. @throws when it is lost */
  ping(): Promise<void>
  /** Closes all connections. */
  close(): Promise<void>
}
