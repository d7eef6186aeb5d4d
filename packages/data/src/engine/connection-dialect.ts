// Kysely over a connection: builds statements, and leaves transactions to the one who opened it.

import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from 'kysely'
import { SessionError } from '../errors.ts'
import type { BeginOptions, Connection, IsolationLevel, OpenTransaction } from './engine.ts'

/** The source of connections of a query builder. */
export interface ConnectionSource {
  /** Returns what runs the next statement. */
  connect(): Promise<Connection>
  /** Begins a transaction of `query.transaction()`. @throws if the source is a transaction itself */
  begin(options: BeginOptions): Promise<OpenTransaction>
}

/** Returns a query builder whose statements run on the connections of a source. */
export function queryBuilder<Tables>(source: ConnectionSource): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new ConnectionDialect(source) })
}

class ConnectionDialect implements Dialect {
  readonly #source: ConnectionSource

  constructor(source: ConnectionSource) {
    this.#source = source
  }

  createAdapter() {
    return new PostgresAdapter()
  }

  createDriver() {
    return new ConnectionDriver(this.#source)
  }

  createQueryCompiler() {
    return new PostgresQueryCompiler()
  }

  createIntrospector(db: Kysely<unknown>) {
    return new PostgresIntrospector(db)
  }
}

class ConnectionDriver implements Driver {
  readonly #source: ConnectionSource

  constructor(source: ConnectionSource) {
    this.#source = source
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<BuilderConnection> {
    return new BuilderConnection(this.#source)
  }

  async beginTransaction(connection: BuilderConnection, settings: TransactionSettings): Promise<void> {
    await connection.begin(settings)
  }

  async commitTransaction(connection: BuilderConnection): Promise<void> {
    await connection.transaction?.commit()
  }

  async rollbackTransaction(connection: BuilderConnection): Promise<void> {
    await connection.transaction?.rollback()
  }

  async savepoint(connection: BuilderConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`savepoint ${quoted(name)}`))
  }

  async rollbackToSavepoint(connection: BuilderConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`rollback to savepoint ${quoted(name)}`))
  }

  async releaseSavepoint(connection: BuilderConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`release savepoint ${quoted(name)}`))
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {}
}

class BuilderConnection implements DatabaseConnection {
  readonly #source: ConnectionSource
  transaction: OpenTransaction | undefined

  constructor(source: ConnectionSource) {
    this.#source = source
  }

  async begin({ isolationLevel, accessMode }: TransactionSettings): Promise<void> {
    this.transaction = await this.#source.begin({
      ...(isolationLevel && { isolation: isolationLevel as IsolationLevel }),
      readOnly: accessMode === 'read only',
    })
  }

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const connection = this.transaction ?? (await this.#source.connect())
    const { rows, changed } = await connection.execute<Row>(sql, parameters)
    return { rows, numAffectedRows: BigInt(changed) }
  }

  // biome-ignore lint/correctness/useYield: the interface of Kysely is a generator
  async *streamQuery<Row>(): AsyncGenerator<QueryResult<Row>> {
    throw new SessionError(
      'MYFY_STREAM_UNSUPPORTED',
      'Cannot stream the rows of a query: both databases return them at once. Read page by page, with limit() and a condition on the last key.',
    )
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
