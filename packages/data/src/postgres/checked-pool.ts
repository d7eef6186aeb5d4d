// A pool that survives a network that drops connections silently. TCP reports such a connection as open for minutes.

import pg from 'pg'
import { markDriverError, ofDriver } from '../engine/driver-error.ts'
import { outlivesTransaction } from '../engine/transaction-control.ts'
import { DatabaseError } from '../errors.ts'

/** A connection that was idle for longer than this is checked before use, in ms. */
const IDLE_LIMIT_MS = 1_000
/** The time limit of a check, in ms. */
const CHECK_TIMEOUT_MS = 1_000

/** A statement that fails quickly. pg reads the timeout of a single query from its configuration. */
export const CHECK = { text: 'select 1', query_timeout: CHECK_TIMEOUT_MS } as pg.QueryConfig

/** A pool of connections, each checked after a pause and destroyed when a statement times out. */
export class CheckedPool {
  readonly #pool: pg.Pool
  /** The connections in use. */
  readonly #taken = new Set<PooledClient>()
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

  /**
   * Takes a connection that answers. `label` is the name of the work that needs it.
   *
   * @throws DatabaseError `MYFY_DATABASE_BUSY` if all connections stay in use
   */
  async take(label: string): Promise<PooledClient> {
    for (;;) {
      const client = await this.#connect()
      if (await this.#isAlive(client)) {
        const taken = new PooledClient(client, label, this)
        this.#taken.add(taken)
        return taken
      }
      this.distrust()
      client.release(true)
    }
  }

  /** Takes a connection back. */
  returned(taken: PooledClient): void {
    this.#taken.delete(taken)
    this.#states.get(taken.client)!.used = performance.now()
  }

  /** Replaces the connections that are idle now at their next use: the network to the server was interrupted. */
  distrust(): void {
    this.#lastLoss = performance.now()
  }

  end(): Promise<void> {
    return this.#pool.end()
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      return await ofDriver(() => this.#pool.connect())
    } catch (error) {
      const { max, connectionTimeoutMillis: ms = 0 } = this.#pool.options
      // pg has one message for a server that does not answer and for connections that are in use.
      if (this.#taken.size < max) throw error
      throw new DatabaseError(
        'MYFY_DATABASE_BUSY',
        `Cannot use the database: all connections of its pool (${max}) were in use for ${ms} ms, by ${labelsOf(this.#taken)}. Make transactions shorter, run what belongs to a request in its Session, or raise the option pool.`,
        { cause: error },
      )
    }
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
  /** The name of the work that uses it. */
  readonly label: string
  readonly #pool: CheckedPool
  #lost = false
  /** True after a statement whose effect on the connection its next user would meet. */
  #isChanged = false
  #released = false

  constructor(client: pg.PoolClient, label: string, pool: CheckedPool) {
    this.client = client
    this.label = label
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
    this.#pool.returned(this)
    this.client.release(this.#lost || this.#isChanged || broken)
  }
}

/** Returns the names of the work that uses connections, those of the most first: `GET /users (3), a job`. */
function labelsOf(taken: Iterable<PooledClient>): string {
  const counts = new Map<string, number>()
  for (const { label } of taken) counts.set(label, (counts.get(label) ?? 0) + 1)
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([label, count]) => (count === 1 ? label : `${label} (${count})`))
    .join(', ')
}

/** Closes the socket without the farewell of the protocol, which a dead connection would never confirm. */
export function destroy(client: pg.ClientBase): void {
  // pg has no public way to close a connection at once; the types leave `connection` out.
  ;(client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
}
