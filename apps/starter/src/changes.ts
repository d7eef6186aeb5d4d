// The change feed: a transaction publishes a change, and every replica receives it after the commit.

import { EventEmitter, once } from 'node:events'
import { sql } from 'kysely'
import type { Engine } from './database/engine.ts'
import type { Session } from './database/session.ts'
import type { User } from './users/user.ts'

/** `missed` means that earlier changes may not have been received: a subscriber that keeps copies must reload them. */
export type Change =
  | { readonly type: 'created' | 'updated' | 'deleted'; readonly user: User }
  | { readonly type: 'missed' }

const channel = 'changes'

export class Changes {
  readonly #emitter = new EventEmitter().setMaxListeners(0)

  /** Notifies all replicas when the transaction commits. A rollback discards the notification. */
  async publish(session: Session, change: Change): Promise<void> {
    await sql`select pg_notify(${channel}, ${JSON.stringify(change)})`.execute(await session.query)
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
