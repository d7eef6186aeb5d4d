// The database of an application, open while its module runs.

import { EventEmitter, once } from 'node:events'
import { consoleLogger, type Logger } from '@myfy/core'
import type { Kysely } from 'kysely'
import { DatabaseError } from '../errors.ts'
import { queryBuilder } from './connection-dialect.ts'
import type { BeginOptions, Connection, Engine, OpenTransaction, Rows, StatementOptions } from './engine.ts'
import { StatementTraces } from './statement-trace.ts'

/** The event of a connection that begins to listen: earlier notifications may have been missed. */
const MISSED = 'missed'

/**
 * The database of an application, for work that belongs to no request: `database.query` runs each statement by itself, and
 * `database.query.transaction()` runs a transaction. A request uses its `Session`.
 */
// biome-ignore lint/suspicious/noExplicitAny: the tables are those of the application; `tablesOf` names them
export class Database<Tables = any> implements Connection {
  /** The logger of the application. */
  logger: Logger = consoleLogger({ level: 'silent' })
  #engine: Engine | undefined
  #traces: StatementTraces | undefined
  #query: Kysely<Tables> | undefined
  readonly #notifications = new EventEmitter().setMaxListeners(0)

  /** The open database. @throws DatabaseError `MYFY_DATABASE_CLOSED` before the start and after the stop */
  get engine(): Engine {
    if (this.#engine) return this.#engine
    throw new DatabaseError(
      'MYFY_DATABASE_CLOSED',
      'Cannot use the database: it is not open. Use it after the module data has started, and before it stops.',
    )
  }

  /** True if the database is open. */
  get isOpen(): boolean {
    return this.#engine !== undefined
  }

  /** The start of a statement outside of a request: `database.query.selectFrom('users')`. */
  get query(): Kysely<Tables> {
    this.#query ??= queryBuilder<Tables>({
      connect: async () => this,
      begin: (options) => this.begin(options),
    })
    return this.#query
  }

  /** Runs one statement, with `$1`, `$2`, … for values. */
  execute<Row = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
    options?: StatementOptions,
  ): Promise<Rows<Row>> {
    const { engine } = this
    return this.#traces!.run(text, () => engine.execute<Row>(text, values, options))
  }

  /** Runs statements without values, separated by semicolons. */
  script(text: string): Promise<Rows> {
    const { engine } = this
    return this.#traces!.run(text, () => engine.script(text))
  }

  /** Begins a transaction. Commit it or roll it back: it holds a connection. */
  async begin(options?: BeginOptions): Promise<OpenTransaction> {
    const { engine } = this
    const traces = this.#traces!
    return traces.follow(await traces.run('begin', () => engine.begin(options)))
  }

  /** Passes on a notification of the channel `myfy`: the text of a lease, or a message. @internal */
  notify(payload?: string): void {
    if (payload === undefined) return void this.#notifications.emit(MISSED)
    if (!payload.startsWith('[')) return void this.#notifications.emit(payload)
    const [channel, message] = JSON.parse(payload) as [string, unknown]
    this.#notifications.emit(`channel ${channel}`, message)
  }

  /** Calls `receive` for each message of a channel, and `missed` when some may be missing. @internal */
  subscribe(channel: string, receive: (message: unknown) => void, missed: () => void): () => void {
    this.#notifications.on(`channel ${channel}`, receive).on(MISSED, missed)
    return () => void this.#notifications.off(`channel ${channel}`, receive).off(MISSED, missed)
  }

  /** Resolves when the next connection listens, or when the signal aborts. @internal */
  async nextConnection(signal: AbortSignal): Promise<void> {
    await once(this.#notifications, MISSED, { signal }).catch(() => {})
  }

  /** Resolves at the next notification with this text, after a time in ms, or when the signal aborts. @internal */
  async nextNotification(payload: string, ms: number, signal: AbortSignal): Promise<void> {
    const ending = AbortSignal.any([signal, AbortSignal.timeout(ms)])
    await once(this.#notifications, payload, { signal: ending }).catch(() => {})
  }

  /** Takes the open database. @internal */
  attach(engine: Engine, logger: Logger): void {
    this.#engine = engine
    this.#traces = new StatementTraces(engine.label)
    this.logger = logger
  }

  /** Closes the database. @internal */
  async close(): Promise<void> {
    const engine = this.#engine
    this.#engine = undefined
    await engine?.close()
  }
}
