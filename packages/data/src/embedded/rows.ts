// The results of PGlite in the form that both databases share.

import type { Results } from '@electric-sql/pglite'
import type { Rows } from '../engine/engine.ts'

/** Returns the result of one statement. */
export function rowsOf<Row>({ rows, affectedRows = 0 }: Results<unknown>): Rows<Row> {
  return { rows: rows as Row[], changed: affectedRows }
}

/** Returns the rows of all statements of a script. */
export function scriptRows(results: readonly Results<unknown>[]): Rows {
  return {
    rows: results.flatMap(({ rows }) => rows as Array<Record<string, unknown>>),
    changed: results.reduce((sum, { affectedRows = 0 }) => sum + affectedRows, 0),
  }
}
