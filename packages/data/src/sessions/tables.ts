// The tables of an application, as the types of its tokens.

import type { ClassToken } from '@myfy/di'
import { Database } from '../engine/database.ts'
import { Session } from './session.ts'

/** The tokens of a database with known tables. */
export interface TypedDatabase<Tables> {
  /** The transaction of a request or a task. */
  readonly Session: ClassToken<Session<Tables>>
  /** The database, for work that belongs to no request. */
  readonly Database: ClassToken<Database<Tables>>
}

/**
 * Returns the tokens `Session` and `Database` with the types of the application's tables. They are the same tokens as
 * those that this package exports.
 *
 * @example
 * ```ts
 * import { tablesOf } from '@myfy/data'
 * import type { Generated } from 'kysely'
 *
 * interface Tables {
 *   users: { id: Generated<number>; name: string }
 * }
 *
 * export const { Session, Database } = tablesOf<Tables>()
 * ```
 */
export function tablesOf<Tables>(): TypedDatabase<Tables> {
  return { Session, Database }
}
