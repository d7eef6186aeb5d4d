// The transaction of a request or a task. It begins with the first statement and ends with its work.

import type { WorkUnit } from '@myfy/core'
import type { Outcome } from '@myfy/di'
import type { Kysely } from 'kysely'
import { queryBuilder } from '../engine/connection-dialect.ts'
import type { Database } from '../engine/database.ts'
import { explained } from '../engine/database-errors.ts'
import type { Connection, OpenTransaction, Rows, StatementOptions } from '../engine/engine.ts'
import { SessionError } from '../errors.ts'
import { Savepoints } from './savepoints.ts'
import type { SessionDriver } from './session-driver.ts'
import type { TransactionOptions } from './transaction-option.ts'

/**
 * The transaction of a request or a task, injected by `Session`. All statements of the work are one transaction. It begins
 * with the first statement, and commits before the response is sent; it rolls back if the work fails, if the client
 * disconnects, or if the time is over.
 *
 * @example
 * ```ts
 * import { Session } from '@myfy/data'
 * import { work } from '@myfy/di'
 *
 * export const Users = work({ session: Session }, ({ session }) => ({
 *   create: (name: string) => session.execute('insert into users (name) values ($1)', [name]),
 * }))
 * ```
 */
// biome-ignore lint/suspicious/noExplicitAny: the tables are those of the application; `tablesOf` names them
export class Session<Tables = any> implements Connection {
  readonly #database: Database
  readonly #work: WorkUnit | undefined
  readonly #options: TransactionOptions
  readonly #afterCommit: Array<() => unknown> = []
  readonly #clients = new Map<unknown, unknown>()
  readonly #savepoints = new Savepoints()
  #query: Kysely<Tables> | undefined
  #transaction: Promise<OpenTransaction> | undefined
  #ended: 'committed' | 'rolled back' | undefined

  /** Sessions are injected. */
  constructor(database: Database, work: WorkUnit | undefined) {
    this.#database = database
    this.#work = work
    this.#options = work?.options.transaction ?? {}
  }

  /** The start of a statement: `session.query.selectFrom('users')`. */
  get query(): Kysely<Tables> {
    // Built when it is used: a builder costs more than all else of a session.
    this.#query ??= queryBuilder<Tables>({
      connect: async () => this,
      begin: async () => {
        throw new SessionError(
          'MYFY_TRANSACTION_NESTED',
          'Cannot begin a transaction: the session is one already. Use session.savepoint(…) for a part that can fail.',
        )
      },
    })
    return this.#query
  }

  /** True if a statement has begun the transaction. */
  get hasBegun(): boolean {
    return this.#transaction !== undefined
  }

  /** Runs one statement, with `$1`, `$2`, … for values. */
  async execute<Row = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
    options?: StatementOptions,
  ): Promise<Rows<Row>> {
    const transaction = await this.#begin()
    return this.#noted(transaction.execute<Row>(text, values, options))
  }

  /** Runs statements without values, separated by semicolons. */
  async script(text: string): Promise<Rows> {
    const transaction = await this.#begin()
    return this.#noted(transaction.script(text))
  }

  /**
   * Runs a part that may fail: if `run` rejects, only its statements are undone, and the transaction continues. Rejects
   * with the error of `run`. Parts that are begun at once run one after the other.
   */
  async savepoint<T>(run: () => T | PromiseLike<T>): Promise<T> {
    const transaction = await this.#begin()
    return this.#savepoints.run((text) => transaction.execute(text), run)
  }

  /**
   * Runs `callback` after the commit and before the response is sent; not after a rollback. The transaction stands: an
   * error of the callback is logged and does not fail the request.
   */
  afterCommit(callback: () => unknown): void {
    this.#assertOpen()
    this.#afterCommit.push(callback)
  }

  /** Returns the client of another library, whose statements run in this transaction. See {@link SessionDriver}. */
  use<Client>(driver: SessionDriver<Client>): Client {
    const known = this.#clients.get(driver)
    if (known !== undefined) return known as Client
    const client = driver.connect(this)
    this.#clients.set(driver, client)
    return client
  }

  /** Commits, or rolls back if the work failed. @internal */
  async settle(outcome: Outcome): Promise<void> {
    if (this.#ended) return
    this.#ended = outcome.ok ? 'committed' : 'rolled back'
    const transaction = await this.#transaction?.catch(() => undefined)
    if (!outcome.ok) return transaction?.rollback()
    // Callbacks of a session without statements run as well: there was nothing to commit.
    try {
      this.#savepoints.assertComplete()
      await transaction?.commit()
    } catch (error) {
      this.#ended = 'rolled back'
      await transaction?.rollback()
      throw error
    }
    for (const callback of this.#afterCommit) {
      try {
        await callback()
      } catch (error) {
        this.#database.logger.error({ err: error }, 'a callback of session.afterCommit failed')
      }
    }
  }

  #begin(): Promise<OpenTransaction> {
    try {
      this.#assertOpen()
    } catch (error) {
      return Promise.reject(error)
    }
    const { isolation, readOnly } = this.#options
    this.#transaction ??= this.#database.begin({
      ...(isolation && { isolation }),
      ...(readOnly && { readOnly }),
      ...(this.#work && {
        timeout: this.#work.remaining(),
        signal: this.#work.signal,
        label: this.#work.label,
      }),
    })
    return this.#transaction
  }

  async #noted<Row>(running: Promise<Rows<Row>>): Promise<Rows<Row>> {
    try {
      const result = await running
      if (result.changed > 0) this.#savepoints.wrote()
      return result
    } catch (error) {
      throw this.#explained(error)
    }
  }

  /** A write was refused: the route is declared as read-only, the server has become a standby, or its disk is full. */
  #explained(error: unknown): unknown {
    if ((error as { code?: string }).code !== '25006' || !this.#options.readOnly) {
      const reason = explained(error, this.#database.engine.label)
      // The client receives a 503 without the reason.
      if (reason !== error) this.#database.logger.error({ err: reason }, 'the database refused a write')
      return reason
    }
    return new SessionError(
      'MYFY_SESSION_READ_ONLY',
      `Cannot write in ${this.#work?.label ?? 'this session'}: its transaction is read-only. Remove readOnly from its option transaction.`,
      { cause: error },
    )
  }

  #assertOpen(): void {
    if (this.#ended === undefined) return
    throw new SessionError(
      'MYFY_SESSION_ENDED',
      `Cannot use the session: its work has ended, and it was ${this.#ended}. Finish all statements before the handler returns, or run later work with app.work(…).`,
    )
  }
}
