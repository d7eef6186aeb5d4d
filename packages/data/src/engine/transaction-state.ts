// The state of a transaction that PostgreSQL tracks and a driver does not report: whether a commit can still commit.

import { unpunctuated } from '@myfy/core/runtime'
import { SessionError } from '../errors.ts'
import { isServerError } from './database-errors.ts'
import { transactionControl } from './transaction-control.ts'

/**
 * TransactionState runs the statements of a transaction one after the other, and notices one that has failed. PostgreSQL
 * answers COMMIT after it with a rollback and without an error, so that a handler that has caught the error would report a
 * success that never happened.
 */
export class TransactionState {
  #failure: unknown
  #last: Promise<unknown> = Promise.resolve()

  /**
   * Runs a statement of the transaction when the one before it has ended.
   *
   * @throws SessionError for a statement that would end the transaction: what follows would be kept whatever happens
   */
  track<T>(text: string, run: () => Promise<T>): Promise<T> {
    const control = transactionControl(text)
    if (control !== undefined)
      return Promise.reject(
        new SessionError(
          'MYFY_TRANSACTION_CONTROL',
          `Cannot run ${control} here: the transaction is begun and ended by its request, task or migration. Remove the statement; use session.savepoint(…) for a part that can fail.`,
        ),
      )
    const result = this.#last.then(() => this.#run(text, run))
    this.#last = result.catch(() => {})
    return result
  }

  /** Waits for statements that the handler has not awaited. @throws SessionError if the transaction cannot commit */
  async assertCommittable(): Promise<void> {
    await this.#last
    if (this.#failure === undefined) return
    const { message } = this.#failure as Error
    throw new SessionError(
      'MYFY_TRANSACTION_ABORTED',
      `Cannot commit the transaction: one of its statements failed and the error was caught: ${unpunctuated(message)}. Let the error pass, or run the statement in session.savepoint(…).`,
      { cause: this.#failure },
    )
  }

  async #run<T>(text: string, run: () => Promise<T>): Promise<T> {
    try {
      const result = await run()
      if (/^\s*rollback\s+to\b/i.test(text)) this.#failure = undefined
      return result
    } catch (error) {
      if (isServerError(error)) this.#failure ??= error
      throw error
    }
  }
}
