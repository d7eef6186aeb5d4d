// A pool that survives a network that drops connections silently. TCP reports such a connection as open for minutes.

import pg from 'pg'
import { markDriverError, ofDriver } from '../engine/driver-error.ts'
import { outlivesTransaction } from '../engine/transaction-control.ts'

/** A connection that was idle for longer than this is checked before use, in ms. */
const IDLE_LIMIT_MS = 1_000
/** The time limit of a check, in ms. */
const CHECK_TIMEOUT_MS = 1_000

/** A statement that fails quickly. pg reads the timeout of a single query from its configuration. */
export const CHECK = { text: 'select 1', query_timeout: CHECK_TIMEOUT_MS } as pg.QueryConfig

/** A pool of connections, each checked after a pause and destroyed when a statement times out. */
export class CheckedPool {
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

  /** Takes a connection that answers. */
  async take(): Promise<PooledClient> {
    for (;;) {
      const client = await ofDriver(() => this.#pool.connect())
      if (await this.#isAlive(client)) return new PooledClient(client, this)
      this.distrust()
      client.release(true)
    }
  }

  /** Replaces the connections that are idle now at their next use: the network to the server was interrupted. */
  distrust(): void {
    this.#lastLoss = performance.now()
  }

  /** Marks a connection as used a moment ago. */
  used(client: pg.PoolClient): void {
    this.#states.get(client)!.used = performance.now()
  }

  end(): Promise<void> {
    return this.#pool.end()
  }

  async #isAlive(client: pg.PoolClient): Promise<boolean> {
    const { opened, used } = this.#states.get(client)!
    if (opened < this.#lastLoss && used < this.#lastLoss) return false
    if (performance.now() - used < IDLE_LIMIT_MS) return true
    return client.query(CHECK).then(
      () => true,
      () => false,
    )
  }
}

/** A connection that is taken from the pool, until `release`. */
export class PooledClient {
  readonly client: pg.PoolClient
  readonly #pool: CheckedPool
  #lost = false
  /** True after a statement whose effect on the connection its next user would meet. */
  #isChanged = false
  #released = false

  constructor(client: pg.PoolClient, pool: CheckedPool) {
    this.client = client
    this.#pool = pool
  }

  /** Runs a statement. A timeout destroys the connection: its next statement would wait as long. */
  async query(config: pg.QueryConfig): Promise<pg.QueryArrayResult & pg.QueryResult> {
    this.#isChanged ||= outlivesTransaction(config.text)
    try {
      return (await this.client.query(config)) as pg.QueryArrayResult & pg.QueryResult
    } catch (error) {
      if ((error as Error).message === 'Query read timeout') {
        this.#lost = true
        this.#pool.distrust()
        destroy(this.client)
      }
      throw markDriverError(error)
    }
  }

  /** Returns the connection. `broken` closes it instead, as does a statement that has changed it for its next user. */
  release(broken = false): void {
    if (this.#released) return
    this.#released = true
    this.#pool.used(this.client)
    this.client.release(this.#lost || this.#isChanged || broken)
  }
}

/** Closes the socket without the farewell of the protocol, which a dead connection would never confirm. */
export function destroy(client: pg.ClientBase): void {
  // pg has no public way to close a connection at once; the types leave `connection` out.
  ;(client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
}
