// The database of an application as pg-boss uses it.

import type { Connection } from '@myfy/data'
import type { Db } from 'pg-boss'

/** Returns what pg-boss calls for each statement. A statement without values can be several, as in its migrations. */
export function bossDatabase(connection: () => Connection): Db {
  return {
    async executeSql(text, values) {
      const { rows } = values?.length
        ? await connection().execute(text, values)
        : await connection().script(text)
      return { rows: rows as object[] }
    },
  }
}
