// An engine in one transaction: what an application commits becomes a savepoint, and nothing is kept.

import type { Kysely } from 'kysely'
import { queryBuilder } from '../engine/connection-dialect.ts'
import type { BeginOptions, Engine, OpenTransaction, Rows, StatementOptions } from '../engine/engine.ts'
import { TransactionState } from '../engine/transaction-state.ts'

/** The savepoint to which a reset returns. */
const KEPT = 'test_kept'

/** RolledBackEngine runs every transaction inside of one that `reset` rolls back. */
export class RolledBackEngine implements Engine {
  readonly kind
  readonly label: string
  // biome-ignore lint/suspicious/noExplicitAny: see Engine
  readonly query: Kysely<any>
  readonly #engine: Engine
  readonly #outer: OpenTransaction
  /** Settles when the transaction before has ended: there is one connection. */
  #turn: Promise<void> = Promise.resolve()
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
    const outer = await engine.begin()
    await outer.script(`savepoint ${KEPT}`)
    return new RolledBackEngine(engine, outer)
  }

  execute<Row>(text: string, values?: readonly unknown[], options?: StatementOptions): Promise<Rows<Row>> {
    this.#changed = true
    return this.#alone(() => this.#guarded((outer) => outer.execute<Row>(text, values, options)))
  }

  script(text: string): Promise<Rows> {
    this.#changed = true
    return this.#alone(() => this.#guarded((outer) => outer.script(withoutTransaction(text))))
  }

  async begin({ readOnly }: BeginOptions = {}): Promise<OpenTransaction> {
    this.#changed = true
    const end = await this.#enter()
    const name = `test_${++this.#count}`
    const outer = this.#outer
    await outer.execute(`savepoint ${name}`)
    if (readOnly) await outer.execute('set local transaction_read_only = on')
    const finish = async (statement: string) => {
      await outer.script(statement)
      end()
    }
    return new Savepoint(outer, name, readOnly === true, finish)
  }

  /** Rolls back what has changed since the last call, or since the application has started. */
  async reset(): Promise<void> {
    await this.#alone(() => this.#outer.script(`rollback to savepoint ${KEPT}`))
    this.#changed = false
  }

  /**
   * Begins the start of an application. Returns the function that ends it: what its modules have created meanwhile is kept
   * by `reset`, unless the test has written before, whose rows must go.
   */
  beginStart(): () => Promise<void> {
    if (this.#changed) return async () => {}
    return async () => {
      await this.#alone(() => this.#outer.script(`release savepoint ${KEPT}; savepoint ${KEPT}`))
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

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const end = await this.#enter()
    try {
      return await work()
    } finally {
      end()
    }
  }

  async #enter(): Promise<() => void> {
    const before = this.#turn
    let end = () => {}
    this.#turn = new Promise((resolve) => {
      end = resolve
    })
    await before
    return end
  }
}

/** Removes `begin` and `commit` around a script, which would end the transaction of the test. The savepoint is its own. */
function withoutTransaction(script: string): string {
  return /^\s*begin\s*;([\s\S]*?);?\s*commit\s*;?\s*$/i.exec(script)?.[1] ?? script
}

class Savepoint implements OpenTransaction {
  readonly #outer: OpenTransaction
  readonly #name: string
  readonly #isReadOnly: boolean
  readonly #finish: (statement: string) => Promise<void>
  readonly #state = new TransactionState()
  #ended = false

  constructor(
    outer: OpenTransaction,
    name: string,
    isReadOnly: boolean,
    finish: (statement: string) => Promise<void>,
  ) {
    this.#outer = outer
    this.#name = name
    this.#isReadOnly = isReadOnly
    this.#finish = finish
  }

  execute<Row>(text: string, values?: readonly unknown[], options?: StatementOptions): Promise<Rows<Row>> {
    return this.#state.track(text, () => this.#outer.execute<Row>(text, values, options))
  }

  script(text: string): Promise<Rows> {
    return this.#state.track(text, () => this.#outer.script(text))
  }

  async commit(): Promise<void> {
    try {
      this.#state.assertCommittable()
    } catch (error) {
      await this.rollback()
      throw error
    }
    // Nothing was written, and a release would keep the transaction read-only.
    if (this.#isReadOnly) return this.rollback()
    if (this.#ended) return
    this.#ended = true
    await this.#finish(`release savepoint ${this.#name}`)
  }

  async rollback(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    await this.#finish(`rollback to savepoint ${this.#name}; release savepoint ${this.#name}`)
  }
}
