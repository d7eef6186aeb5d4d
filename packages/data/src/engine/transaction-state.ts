// The state of a transaction that PostgreSQL tracks and a driver does not report: whether a commit can still commit.

import { SessionError } from '../errors.ts'
import { isServerError } from './database-errors.ts'

/**
 * TransactionState notices a statement that has failed. PostgreSQL answers COMMIT after it with a rollback and without an
 * error, so that a handler that has caught the error would report a success that never happened.
 */
export class TransactionState {
  #failure: unknown

  /** Runs a statement of the transaction. */
  async track<T>(text: string, run: () => Promise<T>): Promise<T> {
    try {
      const result = await run()
      if (/^\s*rollback\s+to\b/i.test(text)) this.#failure = undefined
      return result
    } catch (error) {
      if (isServerError(error)) this.#failure ??= error
      throw error
    }
  }

  /** @throws SessionError if the transaction cannot commit */
  assertCommittable(): void {
    if (this.#failure === undefined) return
    const { message } = this.#failure as Error
    throw new SessionError(
      'MYFY_TRANSACTION_ABORTED',
      `Cannot commit the transaction: one of its statements failed and the error was caught: ${message}. Let the error pass, or run the statement in session.savepoint(…).`,
      { cause: this.#failure },
    )
  }
}
