// The connection that receives the notifications of a PostgreSQL server, and shows whether the server is reachable.

import { errorOf } from '@myfy/core/runtime'
import pg from 'pg'
import { DatabaseError } from '../errors.ts'
import { CHECK, destroy } from './checked-pool.ts'

/** The interval between checks of the connection, in ms. */
const HEARTBEAT_MS = 2_000

/** Notifications opens one connection for each channel that is listened to. */
export class Notifications {
  readonly #label: string
  readonly #config: pg.ClientConfig
  readonly #onLost: () => void
  /** The connections that listen. */
  readonly listening = new Set<pg.Client>()

  constructor(label: string, config: pg.ClientConfig, onLost: () => void) {
    this.#label = label
    this.#config = config
    this.#onLost = onLost
  }

  /** Receives until the signal aborts. @throws when the connection is lost, also silently */
  async listen(channel: string, receive: (payload?: string) => void, signal: AbortSignal): Promise<void> {
    const client = new pg.Client(this.#config)
    let timer: NodeJS.Timeout | undefined
    const ended = new Promise<void>((resolve, reject) => {
      const end = () => resolve()
      if (signal.aborted) end()
      else signal.addEventListener('abort', end, { once: true })
      client.on('error', reject).on('end', () => reject(connectionLost(this.#label)))
      client.on('notification', ({ payload }) => receive(payload))
      const beat = () =>
        client.query(CHECK).catch((error) => {
          this.#onLost()
          reject(errorOf(error))
        })
      client
        .connect()
        .then(() => client.query(`listen ${client.escapeIdentifier(channel)}`))
        .then(() => {
          this.listening.add(client)
          timer = setInterval(beat, HEARTBEAT_MS)
          receive()
        })
        .catch(reject)
    })
    try {
      await ended
      await client.end()
    } finally {
      clearInterval(timer)
      this.listening.delete(client)
      destroy(client)
    }
  }
}

/** The error of a connection that the server or the network has ended. */
export const connectionLost = (label: string) =>
  new DatabaseError(
    'MYFY_DATABASE_LOST',
    `Cannot reach the database at ${label}: its connection is lost. Wait until the server is reachable again.`,
  )
