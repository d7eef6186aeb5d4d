// The results of pg in the form that both databases share.

import type { QueryResult } from 'pg'
import type { Rows } from '../engine/engine.ts'

const changes = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE'])

/** Returns the result of one statement. */
export function rowsOf<Row>({ rows, command, rowCount }: QueryResult): Rows<Row> {
  return { rows: rows as Row[], changed: changes.has(command) ? (rowCount ?? 0) : 0 }
}

/** Returns the rows of all statements of a script, for which pg returns an array of results. */
export function scriptRows(result: QueryResult): Rows {
  const results = (Array.isArray(result) ? result : [result]) as QueryResult[]
  const all = results.map((one) => rowsOf<Record<string, unknown>>(one))
  return {
    rows: all.flatMap(({ rows }) => rows ?? []),
    changed: all.reduce((sum, { changed }) => sum + changed, 0),
  }
}

/**
 * Makes the server refuse a second statement, as the embedded database does: pg would run both, and return their results
 * in another form.
 */
export const oneStatement = (text: string): { readonly queryMode?: 'extended' } =>
  /;\s*\S/.test(text) ? { queryMode: 'extended' } : {}
