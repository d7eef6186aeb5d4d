// The trace of a statement, with the attributes of the semantic conventions for database clients.

import { type TraceMessage, traceChannel, traced } from '@myfy/core'
import type { OpenTransaction, Rows, StatementOptions } from './engine.ts'
import { recordedText, summarize } from './statement-summary.ts'

/** StatementTraces publishes the statements of a database on the channel `transaction`, while somebody listens. */
export class StatementTraces {
  readonly #channel = traceChannel('transaction')
  readonly #database: NonNullable<TraceMessage['attributes']>

  /** @param label - `host:port/name` of a server, or the name of an embedded database */
  constructor(label: string) {
    const server = /^(?<host>[^/\s]+?)(?::(?<port>\d+))?\/(?<name>[^/\s]+)$/.exec(label)?.groups
    this.#database = {
      'db.system.name': 'postgresql',
      ...(server && { 'server.address': server.host!, 'db.namespace': server.name! }),
      ...(server?.port && { 'server.port': Number(server.port) }),
    }
  }

  /** Runs one statement, or the begin or the end of a transaction. */
  run<T>(text: string, work: () => Promise<T>): Promise<T> {
    if (!this.#channel.start.hasSubscribers) return work()
    const summary = summarize(text)
    // The conventions keep db.operation.name and db.collection.name from being taken out of the text.
    const attributes = {
      ...this.#database,
      'db.query.summary': summary,
      'db.query.text': recordedText(text),
    }
    return traced(this.#channel, { name: summary, attributes }, work)
  }

  /** Returns a transaction whose statements and whose end are traced. */
  follow(transaction: OpenTransaction): OpenTransaction {
    return this.#channel.start.hasSubscribers ? new TracedTransaction(transaction, this) : transaction
  }
}

class TracedTransaction implements OpenTransaction {
  readonly #transaction: OpenTransaction
  readonly #traces: StatementTraces

  constructor(transaction: OpenTransaction, traces: StatementTraces) {
    this.#transaction = transaction
    this.#traces = traces
  }

  execute<Row>(text: string, values?: readonly unknown[], options?: StatementOptions): Promise<Rows<Row>> {
    return this.#traces.run(text, () => this.#transaction.execute<Row>(text, values, options))
  }

  script(text: string): Promise<Rows> {
    return this.#traces.run(text, () => this.#transaction.script(text))
  }

  commit(): Promise<void> {
    return this.#traces.run('commit', () => this.#transaction.commit())
  }

  rollback(): Promise<void> {
    return this.#traces.run('rollback', () => this.#transaction.rollback())
  }
}
