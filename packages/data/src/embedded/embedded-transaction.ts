// A transaction of the embedded database, inside of PGlite's own: everything else waits until it has ended.

import type { PGlite, Transaction } from '@electric-sql/pglite'
import { isServerError } from '../engine/database-errors.ts'
import type { BeginOptions, OpenTransaction, Rows, StatementOptions } from '../engine/engine.ts'
import { TransactionState } from '../engine/transaction-state.ts'
import { DatabaseError } from '../errors.ts'
import { rowsOf, scriptRows } from './rows.ts'

/** Begins a transaction when the one before it has ended. @throws DatabaseError `MYFY_DATABASE_BUSY` if that takes too long */
export function beginEmbedded(
  pglite: PGlite,
  { isolation, readOnly, timeout, signal }: BeginOptions,
): Promise<OpenTransaction> {
  return new Promise((resolve, reject) => {
    let abandoned = false
    const abandon = (error: unknown) => {
      abandoned = true
      reject(error)
    }
    const left = () => abandon(signal?.reason)
    const timer =
      timeout === undefined || timeout === Number.POSITIVE_INFINITY
        ? undefined
        : setTimeout(() => abandon(waitedTooLong(timeout)), timeout)
    signal?.addEventListener('abort', left, { once: true })
    const begun = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', left)
    }
    let finish: (outcome: 'commit' | 'rollback') => void = () => {}
    const ending = new Promise<'commit' | 'rollback'>((end) => {
      finish = end
    })
    const modes = [isolation && `isolation level ${isolation}`, readOnly && 'read only'].filter(Boolean)
    const ended = pglite.transaction(async (transaction) => {
      begun()
      if (abandoned) return transaction.rollback()
      if (modes.length > 0) await transaction.exec(`set transaction ${modes.join(' ')}`)
      resolve(new EmbeddedTransaction(transaction, finish, () => ended))
      if ((await ending) === 'rollback') await transaction.rollback()
    })
    ended.catch((error) => {
      begun()
      reject(error)
    })
  })
}

/** The error of a database whose only connection is taken. */
const waitedTooLong = (ms: number) =>
  new DatabaseError(
    'MYFY_DATABASE_BUSY',
    `Cannot begin a transaction: the embedded database was busy for ${ms} ms. Make transactions shorter, or use a server with the option url.`,
  )

class EmbeddedTransaction implements OpenTransaction {
  readonly #transaction: Transaction
  readonly #finish: (outcome: 'commit' | 'rollback') => void
  readonly #ended: () => Promise<unknown>
  readonly #state = new TransactionState()

  constructor(
    transaction: Transaction,
    finish: (outcome: 'commit' | 'rollback') => void,
    ended: () => Promise<unknown>,
  ) {
    this.#transaction = transaction
    this.#finish = finish
    this.#ended = ended
  }

  execute<Row>(
    text: string,
    values: readonly unknown[] = [],
    { arrays }: StatementOptions = {},
  ): Promise<Rows<Row>> {
    return this.#state.track(text, async () =>
      rowsOf<Row>(await this.#transaction.query(text, [...values], arrays ? { rowMode: 'array' } : {})),
    )
  }

  script(text: string): Promise<Rows> {
    return this.#state.track(text, async () => scriptRows(await this.#transaction.exec(text)))
  }

  async commit(): Promise<void> {
    try {
      this.#state.assertCommittable()
    } catch (error) {
      await this.rollback()
      throw error
    }
    this.#finish('commit')
    await this.#ended()
  }

  async rollback(): Promise<void> {
    this.#finish('rollback')
    await this.#ended().catch((error) => {
      // PGlite reports a rollback after a failed statement as the failure of that statement.
      if (!isServerError(error)) throw error
    })
  }
}
