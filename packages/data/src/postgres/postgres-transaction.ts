// A transaction on a connection of the pool.

import { clauseOf } from '@myfy/core/runtime'
import pg from 'pg'
import type { BeginOptions, OpenTransaction, Rows, StatementOptions } from '../engine/engine.ts'
import { TransactionState } from '../engine/transaction-state.ts'
import { SessionError } from '../errors.ts'
import { cancelRequest } from './cancel-request.ts'
import type { PooledClient } from './checked-pool.ts'
import { oneStatement, rowsOf, scriptRows } from './rows.ts'

/** The time in which the server must confirm what was asked, beyond the limit of the statement itself, in ms. */
const ANSWER_MARGIN_MS = 1_000

/** PostgresTransaction owns its connection until it has ended. */
export class PostgresTransaction implements OpenTransaction {
  readonly #pooled: PooledClient
  readonly #config: pg.ClientConfig
  readonly #state = new TransactionState()
  readonly #timeout: number
  readonly #signal: AbortSignal | undefined
  /** True while the server has not answered a statement. */
  #isRunning = false
  #ended = false

  private constructor(pooled: PooledClient, config: pg.ClientConfig, timeout: number, signal?: AbortSignal) {
    this.#pooled = pooled
    this.#config = config
    this.#timeout = timeout
    this.#signal = signal
    signal?.addEventListener('abort', this.#cancel, { once: true })
  }

  /** Begins with one round trip. `limit` is the longest time of a statement, in ms. */
  static async begin(
    pooled: PooledClient,
    config: pg.ClientConfig,
    limit: number,
    { isolation, readOnly, timeout = limit, signal }: BeginOptions,
  ): Promise<PostgresTransaction> {
    const ms = Math.max(1, Math.ceil(Math.min(limit, timeout)))
    const modes = [isolation && `isolation level ${isolation}`, readOnly && 'read only'].filter(Boolean)
    // A process that is suspended must not hold locks: the server ends its transaction.
    const text = `begin ${modes.join(' ')}; set local statement_timeout = ${ms}; set local idle_in_transaction_session_timeout = ${ms + ANSWER_MARGIN_MS}`
    try {
      await pooled.query({ text, query_timeout: ms + ANSWER_MARGIN_MS } as pg.QueryConfig)
    } catch (error) {
      pooled.release(true)
      throw error
    }
    return new PostgresTransaction(pooled, config, ms, signal)
  }

  execute<Row>(
    text: string,
    values: readonly unknown[] = [],
    { arrays }: StatementOptions = {},
  ): Promise<Rows<Row>> {
    return this.#run(text, async () => {
      const config = {
        text,
        values: [...values],
        ...oneStatement(text),
        ...(arrays && { rowMode: 'array' }),
        ...this.#limit,
      }
      return rowsOf<Row>(await this.#pooled.query(config as pg.QueryConfig))
    })
  }

  script(text: string): Promise<Rows> {
    return this.#run(text, async () =>
      scriptRows(await this.#pooled.query({ text, ...this.#limit } as pg.QueryConfig)),
    )
  }

  async commit(): Promise<void> {
    if (this.#ended) return
    try {
      await this.#state.assertCommittable()
    } catch (error) {
      await this.rollback()
      throw error
    }
    try {
      const { command } = await this.#pooled.query({ text: 'commit', ...this.#limit } as pg.QueryConfig)
      this.#end(false)
      if (command === 'ROLLBACK')
        throw new SessionError(
          'MYFY_TRANSACTION_ABORTED',
          'Cannot commit the transaction: the server has rolled it back. Let the errors of statements pass.',
        )
    } catch (error) {
      const isAnswer = error instanceof SessionError || error instanceof pg.DatabaseError
      this.#end(!isAnswer)
      if (isAnswer) throw error
      throw new SessionError(
        'MYFY_COMMIT_UNKNOWN',
        `Cannot tell whether the transaction was committed: the connection was lost meanwhile: ${clauseOf(error)}. Declare the route as idempotent, so that the client can repeat its request; a job runs again by itself.`,
        { cause: error },
      )
    }
  }

  async rollback(): Promise<void> {
    if (this.#ended) return
    try {
      await this.#pooled.query({ text: 'rollback', ...this.#limit } as pg.QueryConfig)
      this.#end(false)
    } catch {
      // The server rolls back a transaction whose connection is gone.
      this.#end(true)
    }
  }

  get #limit(): { readonly query_timeout: number } {
    return { query_timeout: this.#timeout + ANSWER_MARGIN_MS }
  }

  #run<T>(text: string, run: () => Promise<T>): Promise<T> {
    return this.#state.track(text, async () => {
      this.#signal?.throwIfAborted()
      this.#isRunning = true
      try {
        return await run()
      } finally {
        this.#isRunning = false
      }
    })
  }

  /** Ends the statement that runs: its result is not needed, and it may hold locks. */
  #cancel = (): void => {
    if (this.#isRunning) cancelRequest(this.#pooled.client, this.#config)
  }

  #end(broken: boolean): void {
    this.#ended = true
    this.#signal?.removeEventListener('abort', this.#cancel)
    this.#pooled.release(broken)
  }
}
