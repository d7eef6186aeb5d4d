// Channels: messages that reach every replica when the transaction that publishes them commits.

import { OptionError } from '@myfy/core'
import { type Provider, singleton } from '@myfy/di'
import { DatabaseError } from '../errors.ts'
import { Database } from './database.ts'
import type { Connection } from './engine.ts'

/** PostgreSQL accepts 7,999 bytes; the name of the channel needs some of them. */
const MAX_BYTES = 7_900

/** A channel of messages between the replicas of an application; see {@link defineChannel}. */
export class Channel<Message> {
  readonly #database: Database
  readonly #name: string

  /** @internal */
  constructor(database: Database, name: string) {
    this.#database = database
    this.#name = name
  }

  /**
   * Publishes a message when the transaction of `connection` commits; a rollback discards it. `Database` in the place of a
   * session publishes at once. The message is sent as JSON.
   *
   * @throws DatabaseError `MYFY_CHANNEL_MESSAGE` if it is larger than 7,900 bytes
   */
  async publish(connection: Connection, message: Message): Promise<void> {
    const payload = JSON.stringify([this.#name, message])
    const bytes = Buffer.byteLength(payload)
    if (bytes > MAX_BYTES)
      throw new DatabaseError(
        'MYFY_CHANNEL_MESSAGE',
        `Cannot publish on the channel ${this.#name}: the message has ${bytes} bytes, more than ${MAX_BYTES}. Publish the key of a row, and let the subscriber read it.`,
      )
    await connection.execute("select pg_notify('myfy', $1)", [payload])
  }

  /**
   * Calls `receive` for each message of any replica, this one included, until the returned function is called. `missed` is
   * called when the connection to the server was lost, for messages may have been missed: reload copies.
   */
  subscribe(receive: (message: Message) => void, missed: () => void = () => {}): () => void {
    return this.#database.subscribe(this.#name, receive as (message: unknown) => void, missed)
  }
}

/**
 * Defines a channel: messages that reach the subscribers on every replica, in the order of the commits. It is a service,
 * open while the module data runs.
 *
 * @throws OptionError if the name is not a text
 *
 * @example
 * ```ts
 * import { defineModule } from '@myfy/core'
 * import { defineChannel, Session } from '@myfy/data'
 * import { work } from '@myfy/di'
 *
 * const prices = defineChannel<{ item: string; cents: number }>('prices')
 *
 * export const Prices = work({ session: Session, prices }, ({ session, prices }) => ({
 *   async set(item: string, cents: number) {
 *     await session.execute('update items set cents = $2 where name = $1', [item, cents])
 *     await prices.publish(session, { item, cents })
 *   },
 * }))
 *
 * export const ticker = defineModule({
 *   name: 'ticker',
 *   requires: ['data'],
 *   inject: { prices },
 *   start: ({ defer }, { prices }) => defer(prices.subscribe(({ item, cents }) => console.log(item, cents))),
 * })
 * ```
 */
export function defineChannel<Message>(name: string): Provider<Channel<Message>> {
  if (typeof name !== 'string' || name === '')
    throw new OptionError(
      'MYFY_OPTION_INVALID',
      `Cannot define a channel: its name is ${name === '' ? 'empty' : `of type ${typeof name}`}. Pass a text: defineChannel('prices').`,
    )
  return singleton({ database: Database }, ({ database }) => new Channel<Message>(database, name))
}
