// What changed, for every replica: said inside the transaction, heard by all once it has committed.

import { EventEmitter, once } from 'node:events'
import { sql } from 'kysely'
import type { Engine } from './database.ts'
import type { Session } from './session.ts'
import type { User } from './users.ts'

/** `missed`: from now on changes are heard, those before may not have been; who keeps a copy must read it again. */
export type Change =
  | { readonly type: 'created' | 'updated' | 'deleted'; readonly user: User }
  | { readonly type: 'missed' }

const channel = 'changes'

export class Changes {
  readonly #emitter = new EventEmitter().setMaxListeners(0)

  /** Tells all replicas; nobody, if the transaction rolls back. */
  async tell(session: Session, change: Change): Promise<void> {
    await sql`select pg_notify(${channel}, ${JSON.stringify(change)})`.execute(await session.query)
  }

  /** Calls back for each change until what it returns is called. */
  hear(listener: (change: Change) => void): () => void {
    this.#emitter.on(channel, listener)
    return () => this.#emitter.off(channel, listener)
  }

  /** Hears what all replicas tell, until the signal aborts. @throws when the connection is lost */
  listen(engine: Engine, signal: AbortSignal): Promise<void> {
    const heard = (payload = '{"type":"missed"}') => void this.#emitter.emit(channel, JSON.parse(payload))
    return engine.listen(channel, heard, signal)
  }

  /** Resolves with the next change, and so, after a loss, when they are heard again. */
  async heard(signal: AbortSignal): Promise<void> {
    await once(this.#emitter, channel, { signal })
  }
}
