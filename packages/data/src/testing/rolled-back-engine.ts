// An engine in one transaction: what an application commits becomes a savepoint, and nothing is kept.

import type { Kysely } from 'kysely'
import { queryBuilder } from '../engine/connection-dialect.ts'
import type { BeginOptions, Engine, OpenTransaction, Rows, StatementOptions } from '../engine/engine.ts'
import { withoutTransaction } from '../engine/transaction-control.ts'
import { TransactionState } from '../engine/transaction-state.ts'
import { Turns } from '../engine/turns.ts'

/** The savepoint to which a reset returns. */
const KEPT = 'test_kept'
/** The time for which the transaction may be idle, in ms: a debugger can stand between two statements. */
const FILE_MS = 3_600_000
/** The longest time that a statement waits for the transaction before it, in ms. */
const WAIT_MS = 30_000

/** RolledBackEngine runs every transaction inside of one that `reset` rolls back. */
export class RolledBackEngine implements Engine {
  readonly kind
  readonly label: string
  // biome-ignore lint/suspicious/noExplicitAny: see Engine
  readonly query: Kysely<any>
  readonly #engine: Engine
  readonly #outer: OpenTransaction
  /** There is one connection: a transaction waits for the one before. */
  readonly #turns = new Turns((text) => process.emitWarning(text))
  #count = 0
  /** True once the test has written. */
  #changed = false

  private constructor(engine: Engine, outer: OpenTransaction) {
    this.kind = engine.kind
    this.label = `${engine.label} (rolled back)`
    this.#engine = engine
    this.#outer = outer
    this.query = queryBuilder({ connect: async () => this, begin: (options) => this.begin(options) })
  }

  static async open(engine: Engine): Promise<RolledBackEngine> {
    const outer = await engine.begin({ statementTimeout: FILE_MS })
    await outer.script(`savepoint ${KEPT}`)
    return new RolledBackEngine(engine, outer)
  }

  execute<Row>(text: string, values?: readonly unknown[], options?: StatementOptions): Promise<Rows<Row>> {
    this.#changed = true
    return this.#turns.during({ ms: WAIT_MS }, () =>
      this.#guarded((outer) => outer.execute<Row>(text, values, options)),
    )
  }

  script(text: string): Promise<Rows> {
    this.#changed = true
    return this.#turns.during({ ms: WAIT_MS }, () =>
      this.#guarded((outer) => outer.script(withoutTransaction(text))),
    )
  }

  async begin({ readOnly, timeout = WAIT_MS, signal, label }: BeginOptions = {}): Promise<OpenTransaction> {
    this.#changed = true
    const end = await this.#turns.take({
      ms: Math.min(timeout, WAIT_MS),
      signal,
      label: label ?? 'a transaction of Database',
    })
    const name = `test_${++this.#count}`
    const outer = this.#outer
    await outer.execute(`savepoint ${name}`)
    if (readOnly) await outer.execute('set local transaction_read_only = on')
    const finish = async (statement: string) => {
      try {
        await outer.script(statement)
      } finally {
        end()
      }
    }
    return new Savepoint({ outer, name, isReadOnly: readOnly === true, finish, signal })
  }

  /** Rolls back what has changed since the last call, or since the application has started. */
  async reset(): Promise<void> {
    await this.#turns.during({ ms: WAIT_MS }, () => this.#outer.script(`rollback to savepoint ${KEPT}`))
    this.#changed = false
  }

  /**
   * Begins the start of an application. Returns the function that ends it: what its modules have created meanwhile is kept
   * by `reset`, unless the test has written before, whose rows must go.
   */
  beginStart(): () => Promise<void> {
    if (this.#changed) return async () => {}
    return async () => {
      await this.#turns.during({ ms: WAIT_MS }, () =>
        this.#outer.script(`release savepoint ${KEPT}; savepoint ${KEPT}`),
      )
      this.#changed = false
    }
  }

  /** Notifications are sent at a commit, and nothing commits. */
  async listen(_channel: string, receive: (payload?: string) => void, signal: AbortSignal): Promise<void> {
    receive()
    if (!signal.aborted) await new Promise((stop) => signal.addEventListener('abort', stop, { once: true }))
  }

  ping(): Promise<void> {
    return this.#engine.kind === 'embedded' ? this.#engine.ping() : Promise.resolve()
  }

  async close(): Promise<void> {
    await this.#outer.rollback()
    await this.#engine.close()
  }

  /** A statement that fails undoes itself alone, as it does outside of a transaction. */
  async #guarded<T>(run: (outer: OpenTransaction) => Promise<T>): Promise<T> {
    const outer = this.#outer
    await outer.execute('savepoint test_statement')
    try {
      const result = await run(outer)
      await outer.execute('release savepoint test_statement')
      return result
    } catch (error) {
      await outer.execute('rollback to savepoint test_statement')
      throw error
    }
  }
}

/** The parts of a transaction that is a savepoint. */
interface SavepointParts {
  readonly outer: OpenTransaction
  readonly name: string
  readonly isReadOnly: boolean
  readonly finish: (statement: string) => Promise<void>
  readonly signal: AbortSignal | undefined
}

class Savepoint implements OpenTransaction {
  readonly #parts: SavepointParts
  readonly #state = new TransactionState()
  #ended = false

  constructor(parts: SavepointParts) {
    this.#parts = parts
    parts.signal?.addEventListener('abort', this.#leave, { once: true })
  }

  execute<Row>(text: string, values?: readonly unknown[], options?: StatementOptions): Promise<Rows<Row>> {
    return this.#run(text, () => this.#parts.outer.execute<Row>(text, values, options))
  }

  script(text: string): Promise<Rows> {
    return this.#run(text, () => this.#parts.outer.script(text))
  }

  async commit(): Promise<void> {
    try {
      await this.#state.assertCommittable()
      this.#parts.signal?.throwIfAborted()
    } catch (error) {
      await this.rollback()
      throw error
    }
    // Nothing was written, and a release would keep the transaction read-only.
    if (this.#parts.isReadOnly) return this.rollback()
    await this.#end(`release savepoint ${this.#parts.name}`)
  }

  async rollback(): Promise<void> {
    const { name } = this.#parts
    await this.#end(`rollback to savepoint ${name}; release savepoint ${name}`)
  }

  #run<T>(text: string, run: () => Promise<T>): Promise<T> {
    return this.#state.track(text, () => {
      this.#parts.signal?.throwIfAborted()
      return run()
    })
  }

  /** As the databases do: a transaction whose work must end is rolled back. */
  #leave = (): void => void this.rollback().catch(() => {})

  async #end(statement: string): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    this.#parts.signal?.removeEventListener('abort', this.#leave)
    await this.#parts.finish(statement)
  }
}
