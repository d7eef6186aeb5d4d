// The changes of pending migrations that break a version of the application which still runs.

import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { Connection, Engine } from '../engine/engine.ts'
import { runMigration } from './migrate.ts'
import type { Migration } from './migration.ts'

/** A change that breaks statements of the running version. */
export interface BreakingChange {
  /** The migration that makes it. */
  readonly migration: string
  /** The change: `drops users.phone`. */
  readonly change: string
  /** The files of the project that name the column or the table, relative to its directory. */
  readonly usedIn: readonly string[]
}

interface Column {
  readonly table: string
  readonly column: string
  readonly type: string
  readonly required: boolean
}

const SOURCES = ['.ts', '.tsx', '.mts', '.js', '.mjs', '.sql']
const IGNORED = new Set(['node_modules', 'dist', '.git'])

/**
 * Applies pending migrations in a transaction that is rolled back, and returns what they remove or narrow. The statements
 * themselves are not read: the catalog before and after each migration shows the change, also of migrations in code.
 */
export async function breakingChanges(
  engine: Engine,
  pending: readonly Migration[],
  project: string,
  migrations: string | undefined,
): Promise<readonly BreakingChange[]> {
  const sources = readSources(project, migrations)
  const found: BreakingChange[] = []
  const transaction = await engine.begin({ statementTimeout: 600_000 })
  try {
    let before = await columnsOf(transaction)
    for (const migration of pending) {
      await runMigration(transaction, migration)
      const after = await columnsOf(transaction)
      for (const { change, name } of changesBetween(before, after))
        found.push({ migration: migration.name, change, usedIn: filesThatName(sources, name) })
      before = after
    }
    return found
  } finally {
    await transaction.rollback()
  }
}

async function columnsOf(connection: Connection): Promise<ReadonlyMap<string, Column>> {
  const { rows } = await connection.execute<Column>(
    `select table_name as "table", column_name as "column", data_type as "type",
            is_nullable = 'NO' and column_default is null and is_identity = 'NO' as required
     from information_schema.columns where table_schema = current_schema() and table_name not like 'myfy\\_%'`,
  )
  return new Map(rows.map((column) => [`${column.table}.${column.column}`, column]))
}

function* changesBetween(
  before: ReadonlyMap<string, Column>,
  after: ReadonlyMap<string, Column>,
): Generator<{ readonly change: string; readonly name: string }> {
  const tables = new Set([...after.values()].map(({ table }) => table))
  const dropped = new Set<string>()
  for (const [name, { table, column, type, required }] of before) {
    const now = after.get(name)
    if (now === undefined && !tables.has(table)) {
      if (!dropped.has(table)) yield { change: `drops or renames the table ${table}`, name: table }
      dropped.add(table)
    } else if (now === undefined) yield { change: `drops or renames ${name}`, name: column }
    else if (now.type !== type)
      yield { change: `changes the type of ${name} from ${type} to ${now.type}`, name: column }
    else if (now.required && !required)
      yield { change: `requires a value for ${name}, which has no default`, name: column }
  }
  const known = new Set([...before.values()].map(({ table }) => table))
  for (const [name, { table, column, required }] of after)
    if (required && known.has(table) && !before.has(name))
      yield { change: `adds ${name}, which requires a value and has no default`, name: column }
}

function readSources(project: string, migrations: string | undefined): ReadonlyMap<string, string> {
  const sources = new Map<string, string>()
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(project, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (IGNORED.has(entry.name) || entry.name.startsWith('.') || join(project, path) === migrations)
        continue
      if (entry.isDirectory()) visit(path)
      else if (SOURCES.includes(extname(entry.name)))
        sources.set(path, readFileSync(join(project, path), 'utf8'))
    }
  }
  visit('.')
  return sources
}

function filesThatName(sources: ReadonlyMap<string, string>, name: string): readonly string[] {
  const word = new RegExp(`(?<![\\w$])${name.replaceAll(/[^\w]/g, '\\$&')}(?![\\w$])`)
  return [...sources].filter(([, text]) => word.test(text)).map(([path]) => path)
}
