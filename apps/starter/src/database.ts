// The tables, and the tokens of the database with their types. The files in migrations/ create the tables.

import { tablesOf } from '@myfy/data'
import type { Generated } from 'kysely'

export interface Tables {
  users: { id: Generated<number>; name: string; email: string; created_at: Generated<Date> }
}

/** `Session` is the transaction of a request or a task; `Database` is for work that belongs to none. */
export const { Session, Database } = tablesOf<Tables>()
