// A pool that survives a network that drops connections silently. TCP reports such a connection as open for minutes.

import type { PostgresPool, PostgresPoolClient } from 'kysely'
import pg from 'pg'

/** A connection that was idle for longer than this is checked before use, in ms. */
const idleLimit = 1_000
/** The time limit of a check, in ms. */
const checkTimeout = 1_000

/** A pool of connections, each checked after a pause and destroyed when a statement times out. */
export class CheckedPool implements PostgresPool {
  readonly #pool: pg.Pool
  readonly #states = new WeakMap<pg.PoolClient, { opened: number; used: number }>()
  /** The time at which a connection was last found dead. Older connections are most likely dead as well. */
  #lastLoss = Number.NEGATIVE_INFINITY

  constructor(config: pg.PoolConfig, onLost: (error: Error) => void) {
    this.#pool = new pg.Pool(config)
    // Without listeners, a server that closes its connections would end the process: `connect` covers connections in
    // use, `error` idle ones.
    this.#pool.on('connect', (client) => {
      client.on('error', () => {})
      this.#states.set(client, { opened: performance.now(), used: performance.now() })
    })
    this.#pool.on('error', onLost)
  }

  async connect(): Promise<PostgresPoolClient> {
    for (;;) {
      const client = await this.#pool.connect()
      if (await this.#isAlive(client)) return this.#checked(client)
      this.distrust()
      client.release(true)
    }
  }

  /** Replaces the connections that are idle now at their next use: the network to the server was interrupted. */
  distrust(): void {
    this.#lastLoss = performance.now()
  }

  end(): Promise<void> {
    return this.#pool.end()
  }

  async #isAlive(client: pg.PoolClient): Promise<boolean> {
    const { opened, used } = this.#states.get(client)!
    if (opened < this.#lastLoss && used < this.#lastLoss) return false
    if (performance.now() - used < idleLimit) return true
    return client.query(check).then(
      () => true,
      () => false,
    )
  }

  /** The client as Kysely uses it. A timeout destroys the connection: its next statement would wait as long. */
  #checked(client: pg.PoolClient): PostgresPoolClient {
    let lost = false
    const query = async (text: string, values: unknown[]) => {
      try {
        return await client.query(text, values)
      } catch (error) {
        if ((error as Error).message === 'Query read timeout') {
          lost = true
          this.distrust()
          destroy(client)
        }
        throw error
      }
    }
    const release = () => {
      this.#states.get(client)!.used = performance.now()
      client.release(lost)
    }
    return { query: query as unknown as PostgresPoolClient['query'], release }
  }
}

/** A statement that fails quickly. pg reads the timeout of a single query from its configuration. */
export const check = { text: 'select 1', query_timeout: checkTimeout } as pg.QueryConfig

/** Closes the socket without the farewell of the protocol, which a dead connection would never confirm. */
export function destroy(client: pg.ClientBase): void {
  ;(client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
}
