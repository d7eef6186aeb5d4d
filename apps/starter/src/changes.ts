// The change feed: a transaction publishes a change, and every replica receives it after the commit.

import { EventEmitter, once } from 'node:events'
import { BaseModule, type StartContext } from '@myfy/core'
import { type Connection, DataModule, type Engine } from '@myfy/data'
import type { Container } from '@myfy/di'
import { Database } from './database.ts'
import type { User } from './users/user.ts'

/** `missed` means that earlier changes may not have been received: a subscriber that keeps copies must reload them. */
export type Change =
  | { readonly type: 'created' | 'updated' | 'deleted'; readonly user: User }
  | { readonly type: 'missed' }

const channel = 'changes'

export class Changes {
  readonly #emitter = new EventEmitter().setMaxListeners(0)

  /** Notifies all replicas when the transaction commits. A rollback discards the notification. */
  async publish(session: Connection, change: Change): Promise<void> {
    await session.execute('select pg_notify($1, $2)', [channel, JSON.stringify(change)])
  }

  /** Calls the listener for each change, until the returned function is called. */
  subscribe(listener: (change: Change) => void): () => void {
    this.#emitter.on(channel, listener)
    return () => this.#emitter.off(channel, listener)
  }

  /** Receives the changes of all replicas until the signal aborts. @throws when the connection is lost */
  listen(engine: Engine, signal: AbortSignal): Promise<void> {
    const receive = (payload = '{"type":"missed"}') => void this.#emitter.emit(channel, JSON.parse(payload))
    return engine.listen(channel, receive, signal)
  }

  /** Resolves with the next change, which is `missed` when the connection is (re)established. */
  async next(signal: AbortSignal): Promise<void> {
    await once(this.#emitter, channel, { signal })
  }
}

/** Receives the changes while the application runs. It starts when the first connection is established. */
export class ChangesModule extends BaseModule {
  override name = 'changes'
  override requires = [DataModule]

  override configure(container: Container): void {
    container.register(Changes)
  }

  override async start({ signal, spawn }: StartContext): Promise<void> {
    const changes = this.container.get(Changes)
    const { engine } = this.container.get(Database)
    const listen = (ending: AbortSignal) => changes.listen(engine, ending)
    spawn('receive changes', listen, { onError: 'restart', maxRetryDelay: 1_000 })
    await changes.next(signal)
  }
}
