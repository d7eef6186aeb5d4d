// The table of idempotency keys, with the responses that were sent for them.

import type { Connection } from '../engine/engine.ts'
import type { Session } from '../sessions/session.ts'

/** The statement that creates the table. */
export const IDEMPOTENCY_TABLE = `create table if not exists myfy_idempotency (
  scope text not null,
  key text not null,
  fingerprint text not null,
  status integer,
  headers jsonb,
  body bytea,
  expires_at timestamptz not null,
  primary key (scope, key)
)`

/** The longest time that a request waits for its twin, in ms. */
const WAIT_MS = 5_000

/** A request with a key. */
export interface KeyedRequest {
  readonly scope: string
  readonly key: string
  /** The hash of what the client sent. */
  readonly fingerprint: string
  /** The time for which the response is kept, in ms. */
  readonly keepMs: number
}

/** A response that was stored. */
export interface StoredResponse {
  readonly status: number
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>
  readonly body: Uint8Array
}

interface Row extends StoredResponse {
  readonly fingerprint: string
}

/**
 * Claims a key for the transaction of the session; waits for a twin that holds it. Returns the stored response, or
 * undefined if the key is new: the handler runs. A twin that rolls back frees the key.
 */
export async function claim(
  session: Session,
  { scope, key, fingerprint, keepMs }: KeyedRequest,
): Promise<StoredResponse | 'busy' | 'different' | undefined> {
  const claimed = await session
    .savepoint(async () => {
      await session.execute(`set local lock_timeout = ${WAIT_MS}`)
      const { rows } = await session.execute(
        `insert into myfy_idempotency as known (scope, key, fingerprint, expires_at)
         values ($1, $2, $3, now() + $4::float8 * interval '1 millisecond')
         on conflict (scope, key) do update
         set fingerprint = excluded.fingerprint, expires_at = excluded.expires_at, status = null, body = null
         where known.expires_at <= now()
         returning 1`,
        [scope, key, fingerprint, keepMs],
      )
      await session.execute('set local lock_timeout to default')
      return rows.length > 0
    })
    .catch((error) => {
      // lock_not_available: the twin is still running.
      if (error.code === '55P03') return 'busy' as const
      throw error
    })
  if (claimed === 'busy') return 'busy'
  if (claimed) return undefined
  const { rows } = await session.execute<Row>(
    'select fingerprint, status, headers, body from myfy_idempotency where scope = $1 and key = $2',
    [scope, key],
  )
  const [row] = rows
  if (!row) return 'busy'
  return row.fingerprint === fingerprint ? row : 'different'
}

/** Stores the response for a claimed key. */
export async function fulfil(
  session: Session,
  { scope, key }: KeyedRequest,
  { status, headers, body }: StoredResponse,
): Promise<void> {
  await session.execute(
    'update myfy_idempotency set status = $3, headers = $4, body = $5 where scope = $1 and key = $2',
    [scope, key, status, JSON.stringify(headers), body],
  )
}

/** Removes the keys that have expired. */
export async function purgeKeys(connection: Connection): Promise<void> {
  await connection.execute('delete from myfy_idempotency where expires_at <= now()')
}
