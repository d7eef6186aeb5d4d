// Clients of other libraries in the transaction of a request.

import { OptionError } from '@myfy/core'
import { assertKnownOptions } from '@myfy/core/runtime'
import type { Connection } from '../engine/engine.ts'

/** A driver makes the client of another library run its statements in the transaction of a session. */
export interface SessionDriver<Client> {
  /** Returns a client whose statements run on the connection, which begins the transaction with the first of them. */
  connect(connection: Connection): Client
}

/**
 * Returns its argument, typed. Keep the driver in a constant: a session has one client for each driver.
 *
 * @throws OptionError if the driver has no function `connect`, or an option that does not exist
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
  if (typeof driver?.connect !== 'function')
    throw new OptionError(
      'MYFY_OPTION_INVALID',
      'Cannot use the driver of defineDriver(): it has no function connect. Pass { connect: (connection) => client }.',
    )
  // An instance of a class has further fields.
  if (Object.getPrototypeOf(driver) === Object.prototype)
    assertKnownOptions('defineDriver()', driver, { connect: true })
  return driver
}
