// The transaction of a request: it begins with the first statement, and ends as the request does.

import type { Outcome } from '@myfy/di'
import type { ControlledTransaction } from 'kysely'
import type { Database, Tables } from './database.ts'

export class Session {
  readonly #database: Database
  readonly #afterCommit: Array<() => unknown> = []
  #transaction: Promise<ControlledTransaction<Tables>> | undefined

  constructor(database: Database) {
    this.#database = database
  }

  /** Where statements of this request begin; `await session.query` starts the transaction if there is none. */
  get query(): Promise<ControlledTransaction<Tables>> {
    this.#transaction ??= this.#database.engine.query.startTransaction().execute()
    return this.#transaction
  }

  /** Runs when what the request wrote can be seen by others, before the client learns it. */
  afterCommit(work: () => unknown): void {
    this.#afterCommit.push(work)
  }

  /** Called before the answer is sent. Whoever left, or got an error, has written nothing. */
  async settle(outcome: Outcome): Promise<void> {
    const transaction = await this.#transaction?.catch(() => undefined)
    if (!transaction) return
    try {
      if (!outcome.ok) throw outcome.error
      await transaction.commit().execute()
    } catch (error) {
      // A connection that is lost needs no rollback; the server does it by itself.
      await Promise.allSettled([transaction.rollback().execute()])
      if (outcome.ok) throw error
    }
    if (outcome.ok) for (const work of this.#afterCommit) await work()
  }
}
