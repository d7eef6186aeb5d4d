// The rows of the application's tables: what they must be after a run, and how they are set back.

import type { Connection } from '../engine/engine.ts'

/** The rows of each table, as JSON texts. */
export type TableRows = ReadonlyMap<string, readonly string[]>

/** A row with its table. */
export interface Row {
  readonly name: string
  readonly row: Readonly<Record<string, unknown>>
}

/** The tables of the application: all of the schema public but those of this package. */
const TABLES = `select quote_ident(tablename) as name from pg_tables
  where schemaname = 'public' and tablename not like 'myfy\\_%' order by 1`

/** The tables of an application, with the rows that they have before a run. */
export class ObservedTables {
  /** True if the application has the tables of this package, for keys and leases. */
  readonly hasOwn: boolean
  readonly #names: readonly string[]

  private constructor(names: readonly string[], hasOwn: boolean) {
    this.#names = names
    this.hasOwn = hasOwn
  }

  /** Keeps the present rows as those before a run. */
  static async open(connection: Connection): Promise<ObservedTables> {
    const { rows } = await connection.execute<{ name: string }>(TABLES)
    const names = rows.map(({ name }) => name)
    const copies = names.map((name) => `create table prove_kept.${name} as table public.${name};`)
    await connection.script(
      `drop schema if exists prove_kept cascade; create schema prove_kept; ${copies.join(' ')}`,
    )
    const own = await connection.execute<{ has: boolean }>(
      "select to_regclass('myfy_idempotency') is not null and to_regclass('myfy_leases') is not null as has",
    )
    return new ObservedTables(names, own.rows[0]!.has)
  }

  /** Sets the tables back. */
  async reset(connection: Connection): Promise<void> {
    const restored = this.#names.map(
      (name) => `insert into public.${name} overriding system value table prove_kept.${name};`,
    )
    const emptied =
      this.#names.length > 0
        ? `truncate ${this.#names.map((name) => `public.${name}`).join(', ')} cascade;`
        : ''
    // Foreign keys refer to rows that may be restored later.
    await connection.script(
      `begin; set local session_replication_role = replica; ${emptied} ${restored.join(' ')} ${this.hasOwn ? 'delete from myfy_idempotency;' : ''} commit`,
    )
  }

  /** Reads all rows, with all columns. */
  async rows(connection: Connection): Promise<readonly Row[]> {
    const found: Row[] = []
    for (const name of this.#names) {
      const { rows } = await connection.execute<{ row: Record<string, unknown> }>(
        `select to_jsonb(t) as row from public.${name} as t`,
      )
      for (const { row } of rows) found.push({ name, row })
    }
    return found
  }
}

/** Returns the columns in which two runs without a fault differ: ids, times. */
export function volatileColumns(first: readonly Row[], second: readonly Row[]): ReadonlySet<string> {
  const valuesOf = (rows: readonly Row[]) => {
    const values = new Map<string, string[]>()
    for (const { name, row } of rows)
      for (const [column, value] of Object.entries(row)) {
        const key = `${name} ${column}`
        values.set(key, [...(values.get(key) ?? []), JSON.stringify(value)].sort())
      }
    return values
  }
  const [one, other] = [valuesOf(first), valuesOf(second)]
  return new Set(
    [...one.keys(), ...other.keys()].filter((key) => one.get(key)?.join() !== other.get(key)?.join()),
  )
}

/** Returns rows by table, as JSON without the columns that differ in any case. */
export function stableRows(rows: readonly Row[], ignored: ReadonlySet<string>): TableRows {
  const tables = new Map<string, string[]>()
  for (const { name, row } of rows) {
    const kept = Object.entries(row).filter(([column]) => !ignored.has(`${name} ${column}`))
    tables.set(name, [...(tables.get(name) ?? []), JSON.stringify(Object.fromEntries(kept))])
  }
  return tables
}

/** The difference of a run: rows that are missing, and rows that are there too often. */
export interface Difference {
  readonly lost: readonly string[]
  readonly twice: readonly string[]
}

/** Compares rows with those that are expected. */
export function difference(expected: TableRows, found: TableRows): Difference {
  const lost: string[] = []
  const twice: string[] = []
  for (const table of new Set([...expected.keys(), ...found.keys()])) {
    const left = [...(found.get(table) ?? [])]
    for (const row of expected.get(table) ?? []) {
      const at = left.indexOf(row)
      if (at < 0) lost.push(`${table} ${row}`)
      else left.splice(at, 1)
    }
    for (const row of left) twice.push(`${table} ${row}`)
  }
  return { lost, twice }
}

/** Returns what the tables of this package show unended: a lease beyond its time, a key without its response. */
export async function unendedRows(connection: Connection): Promise<readonly string[]> {
  const { rows } = await connection.execute<{ text: string }>(
    `select 'the lease ' || name || ' of ' || owner || ' is older than its time' as text from myfy_leases
     where expires_at <> '-infinity' and expires_at < clock_timestamp()
     union all select 'the key ' || key || ' has no response' from myfy_idempotency where status is null`,
  )
  return rows.map(({ text }) => text)
}
