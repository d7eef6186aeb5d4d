// A transaction of the embedded database, inside of PGlite's own: everything else waits until it has ended.

import type { PGlite, Transaction } from '@electric-sql/pglite'
import { isServerError } from '../engine/database-errors.ts'
import { ofDriver } from '../engine/driver-error.ts'
import type { BeginOptions, OpenTransaction, Rows, StatementOptions } from '../engine/engine.ts'
import { outlivesTransaction } from '../engine/transaction-control.ts'
import { TransactionState } from '../engine/transaction-state.ts'
import { rowsOf, scriptRows } from './rows.ts'

type Ending = 'commit' | 'rollback'

/** Begins a transaction. `end` is called when it has ended. */
export function beginEmbedded(
  pglite: PGlite,
  { isolation, readOnly, signal }: BeginOptions,
  end: () => void,
): Promise<OpenTransaction> {
  return new Promise((resolve, reject) => {
    let finish: (ending: Ending) => void = () => {}
    const ending = new Promise<Ending>((settle) => {
      finish = settle
    })
    const modes = [isolation && `isolation level ${isolation}`, readOnly && 'read only'].filter(Boolean)
    const ended = pglite.transaction(async (transaction) => {
      if (modes.length > 0) await transaction.exec(`set transaction ${modes.join(' ')}`)
      resolve(new EmbeddedTransaction(transaction, finish, () => ended, signal))
      if ((await ending) === 'rollback') await transaction.rollback()
    })
    void ended.catch(reject).finally(end)
  })
}

class EmbeddedTransaction implements OpenTransaction {
  readonly #transaction: Transaction
  readonly #finish: (ending: Ending) => void
  readonly #ended: () => Promise<unknown>
  readonly #signal: AbortSignal | undefined
  readonly #state = new TransactionState()
  /** True after a statement whose effect on the connection its next user would meet. */
  #isChanged = false

  constructor(
    transaction: Transaction,
    finish: (ending: Ending) => void,
    ended: () => Promise<unknown>,
    signal: AbortSignal | undefined,
  ) {
    this.#transaction = transaction
    this.#finish = finish
    this.#ended = ended
    this.#signal = signal
    if (signal?.aborted) this.#leave()
    else signal?.addEventListener('abort', this.#leave, { once: true })
  }

  execute<Row>(
    text: string,
    values: readonly unknown[] = [],
    { arrays }: StatementOptions = {},
  ): Promise<Rows<Row>> {
    return this.#run(text, async () =>
      rowsOf<Row>(await this.#transaction.query(text, [...values], arrays ? { rowMode: 'array' } : {})),
    )
  }

  script(text: string): Promise<Rows> {
    return this.#run(text, async () => scriptRows(await this.#transaction.exec(text)))
  }

  async commit(): Promise<void> {
    try {
      await this.#state.assertCommittable()
      this.#signal?.throwIfAborted()
      if (this.#isChanged) await this.#transaction.exec(RESTORE)
    } catch (error) {
      await this.rollback()
      throw error
    }
    this.#end('commit')
    await ofDriver(this.#ended)
  }

  async rollback(): Promise<void> {
    this.#end('rollback')
    await this.#ended().catch((error) => {
      // PGlite reports a rollback after a failed statement as the failure of that statement.
      if (!isServerError(error)) throw error
    })
  }

  #run<T>(text: string, run: () => Promise<T>): Promise<T> {
    return this.#state.track(text, () => {
      this.#signal?.throwIfAborted()
      this.#isChanged ||= outlivesTransaction(text)
      return ofDriver(run)
    })
  }

  /** Rolls back at once when the work must end: its handler may wait for something that needs this connection. */
  #leave = (): void => this.#end('rollback')

  #end(ending: Ending): void {
    this.#signal?.removeEventListener('abort', this.#leave)
    this.#finish(ending)
  }
}

/** Undoes what a transaction has changed beside its rows. A server would close such a connection. */
const RESTORE = 'set constraints all immediate; reset all; select pg_advisory_unlock_all(); discard temp'
