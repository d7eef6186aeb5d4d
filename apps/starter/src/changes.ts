// What changed, for every replica: said inside the transaction, heard by all once it has committed.

import { EventEmitter, on, once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import type { Logger } from '@myfy/core'
import { sql } from 'kysely'
import type { Database } from './database.ts'
import type { Session } from './session.ts'
import type { User } from './users.ts'

/** `missed`: the connection was lost for a while, so whoever keeps a copy must read it again. */
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

  /** Resolves when the changes of others are heard, for the first time or again. */
  async heard(signal: AbortSignal): Promise<void> {
    await once(this.#emitter, channel, { signal })
  }

  /** Calls back for each change until what it returns is called. */
  hear(listener: (change: Change) => void): () => void {
    this.#emitter.on(channel, listener)
    return () => this.#emitter.off(channel, listener)
  }

  /** The changes from now on, until the signal aborts. */
  async *stream(signal: AbortSignal): AsyncGenerator<Change> {
    try {
      for await (const [change] of on(this.#emitter, channel, { signal })) yield change
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /** Hears what all replicas tell, and listens again a second after a connection was lost. Ends with the signal. */
  async listen(database: Database, logger: Logger, signal: AbortSignal): Promise<void> {
    const heard = (payload: string) => void this.#emitter.emit(channel, JSON.parse(payload))
    const listening = () => void this.#emitter.emit(channel, { type: 'missed' } satisfies Change)
    for (let quiet = false; !signal.aborted; quiet = true) {
      const restored = () => {
        listening()
        if (quiet) logger.info({}, 'changes are heard again')
        quiet = false
      }
      await database.engine.listen(channel, heard, restored, signal).catch((error: Error) => {
        if (!quiet && !signal.aborted)
          logger.warn({ error: error.message }, 'changes are not heard: the database is away')
      })
      await wait(1_000, undefined, { signal }).catch(() => {})
    }
  }
}
