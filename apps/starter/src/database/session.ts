// The transaction of a request. It begins with the first statement and ends with the request.

import type { Outcome } from '@myfy/di'
import type { ControlledTransaction } from 'kysely'
import type { Database } from './database.ts'
import type { Tables } from './engine.ts'

export class Session {
  readonly #database: Database
  readonly #afterCommit: Array<() => unknown> = []
  #transaction: Promise<ControlledTransaction<Tables>> | undefined

  constructor(database: Database) {
    this.#database = database
  }

  /** The start of a statement. The first `await session.query` begins the transaction. */
  get query(): Promise<ControlledTransaction<Tables>> {
    this.#transaction ??= this.#database.engine.query.startTransaction().execute()
    return this.#transaction
  }

  /** Runs `callback` after the commit and before the response is sent. */
  afterCommit(callback: () => unknown): void {
    this.#afterCommit.push(callback)
  }

  /** Commits, or rolls back if the request failed or the client disconnected. Runs before the response is sent. */
  async settle(outcome: Outcome): Promise<void> {
    const transaction = await this.#transaction?.catch(() => undefined)
    if (!transaction) return
    try {
      if (!outcome.ok) throw outcome.error
      await transaction.commit().execute()
    } catch (error) {
      // If the connection is lost, the rollback fails and the server rolls back by itself.
      await Promise.allSettled([transaction.rollback().execute()])
      if (outcome.ok) throw error
    }
    if (outcome.ok) for (const callback of this.#afterCommit) await callback()
  }
}
