// The scenario of a proof, and what is expected after it.

import type { CrashClient, CrashRequest } from './crash-client.ts'
import type { TableRows } from './observed-state.ts'

/** A scenario: requests, and what they do beside the database. */
export interface CrashScenario {
  /** The name in the certificate. */
  readonly name: string
  /** Sends the requests. */
  run(client: Pick<CrashClient, 'request'>): Promise<unknown>
  /** Variables of the processes. `{directory}` stands for a directory of the run. */
  readonly env?: Readonly<Record<string, string>>
  /** Returns the effects beside the database, such as the mails in a directory: each must happen exactly once. */
  observe?(run: { readonly directory: string }): unknown
  /** Removes the effects beside the database. */
  reset?(run: { readonly directory: string }): unknown
}

/**
 * Returns its argument, typed.
 *
 * @example
 * ```ts
 * import { defineCrashScenario } from '@myfy/data/testing'
 *
 * export default defineCrashScenario({
 *   name: 'an order',
 *   run: (client) =>
 *     client.request({
 *       method: 'POST',
 *       path: '/orders',
 *       headers: { 'idempotency-key': 'one' },
 *       body: { item: 'tea' },
 *     }),
 * })
 * ```
 */
export const defineCrashScenario = (scenario: CrashScenario): CrashScenario => scenario

/** Returns a scenario of one request. A `POST` without a key receives one if `key` is set. */
export function oneRequest(request: CrashRequest): CrashScenario {
  return { name: `${request.method} ${request.path}`, run: (client) => client.request(request) }
}

/** The state after a run without a fault. */
export interface Expected {
  readonly statuses: readonly number[]
  readonly rows: TableRows
  /** The rows before the run: those of a request that was refused. */
  readonly before: TableRows
  /** The columns that differ in any case. */
  readonly ignored: ReadonlySet<string>
  /** The observations of modules and of the scenario, as JSON. */
  readonly observed: string
}

/** A fault at a point that has broken the promise. */
export interface CrashProblem {
  readonly point: string
  readonly fault: string
  /** Rows and effects that were acknowledged and are missing. */
  readonly lost: readonly string[]
  /** Rows and effects that are there too often. */
  readonly twice: readonly string[]
  /** Everything else: a job that does not end, a lease that is too old, an answer that differs. */
  readonly others: readonly string[]
}
