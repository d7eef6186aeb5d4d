// Clients of other libraries in the transaction of a request.

import type { Connection } from '../engine/engine.ts'

/** A driver makes the client of another library run its statements in the transaction of a session. */
export interface SessionDriver<Client> {
  /** Returns a client whose statements run on the connection, which begins the transaction with the first of them. */
  connect(connection: Connection): Client
}

/**
 * Returns its argument, typed. Keep the driver in a constant: a session has one client for each driver.
 *
 * @example
 * ```ts
 * import { defineDriver } from '@myfy/data'
 *
 * export const counted = defineDriver({
 *   connect: (connection) => ({
 *     count: async (table: 'users' | 'orders') =>
 *       (await connection.execute<{ n: number }>(`select count(*)::int as n from ${table}`)).rows[0]!.n,
 *   }),
 * })
 * ```
 */
export function defineDriver<Client>(driver: SessionDriver<Client>): SessionDriver<Client> {
  return driver
}
