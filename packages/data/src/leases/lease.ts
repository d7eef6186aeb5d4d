// Leases: rows that one process holds for a limited time, with a token that grows with each holder.

import { hostname } from 'node:os'
import type { Connection } from '../engine/engine.ts'
import { LeaseLostError } from '../errors.ts'

/** The statement that creates the table. */
export const LEASE_TABLE = `create table if not exists myfy_leases (
  name text primary key,
  owner text not null,
  token bigint not null,
  acquired_at timestamptz not null,
  expires_at timestamptz not null
)`

/** The name of this process in leases. */
export const OWNER: string = `process ${process.pid} on ${hostname()}`

/** The holder of a lease. */
export interface LeaseHolder {
  /** The name of the process: `process 41 on web-1`. */
  readonly owner: string
  /** The time at which it took the lease. */
  readonly since: Date
}

/**
 * A lease that this process holds. A row, not an advisory lock: it works through a pooler that hands each transaction
 * another connection. Its time is that of the database, so that the clocks of processes do not matter.
 */
export class Lease {
  /** The name. */
  readonly name: string
  /** Grows with every holder. A write that is {@link Lease.fence | fenced} by an old token is refused. */
  readonly token: bigint
  readonly #ttl: number

  private constructor(name: string, token: bigint, ttl: number) {
    this.name = name
    this.token = token
    this.#ttl = ttl
  }

  /** Takes a lease that is free; undefined if another process holds it. `ttl` is in ms. */
  static async acquire(
    connection: Connection,
    name: string,
    ttl: number,
    owner: string = OWNER,
  ): Promise<Lease | undefined> {
    const { rows } = await connection.execute<{ token: string }>(
      `insert into myfy_leases as held (name, owner, token, acquired_at, expires_at)
       select $1::text, $2::text, 1, clock_timestamp(), clock_timestamp() + $3::int * interval '1 millisecond'
       where not exists (select 1 from myfy_leases where name = $1 and expires_at > clock_timestamp())
       on conflict (name) do update
       set owner = excluded.owner, token = held.token + 1,
           acquired_at = clock_timestamp(), expires_at = clock_timestamp() + $3::int * interval '1 millisecond'
       where held.expires_at <= clock_timestamp()
       returning token`,
      [name, owner, ttl],
    )
    return rows[0] && new Lease(name, BigInt(rows[0].token), ttl)
  }

  /** Returns who holds a lease now. */
  static async holder(connection: Connection, name: string): Promise<LeaseHolder | undefined> {
    const { rows } = await connection.execute<{ owner: string; since: Date }>(
      `select owner, acquired_at as since from myfy_leases where name = $1 and expires_at > clock_timestamp()`,
      [name],
    )
    return rows[0]
  }

  /** Holds the lease for another `ttl`. @throws LeaseLostError if it has expired */
  async renew(connection: Connection): Promise<void> {
    const { changed } = await connection.execute(
      `update myfy_leases set expires_at = clock_timestamp() + $3::int * interval '1 millisecond'
       where name = $1 and token = $2 and expires_at > clock_timestamp()`,
      [this.name, String(this.token), this.#ttl],
    )
    if (changed === 0) throw new LeaseLostError(this.name)
  }

  /**
   * Makes the transaction of a session valid only under this lease: no process takes the lease over before the transaction
   * has ended. @throws LeaseLostError if one has taken it over
   */
  async fence(session: Connection): Promise<void> {
    const { rows } = await session.execute(
      'select 1 from myfy_leases where name = $1 and token = $2 for update',
      [this.name, String(this.token)],
    )
    if (rows.length === 0) throw new LeaseLostError(this.name)
  }

  /** Gives the lease back, so that another process takes it at once. */
  async release(connection: Connection): Promise<void> {
    await connection.execute(
      `with released as (
         update myfy_leases set expires_at = '-infinity' where name = $1 and token = $2 returning 1
       ) select pg_notify('myfy', 'lease ' || $1) from released`,
      [this.name, String(this.token)],
    )
  }
}
