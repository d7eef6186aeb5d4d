// Migrations as values, and the directory that they are read from.

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, extname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { clauseOf } from '@myfy/core/runtime'
import type { Kysely } from 'kysely'
import { MigrationError } from '../errors.ts'
import { isRefused, loadFile } from './load-file.ts'

/** A migration in code. */
export interface MigrationModule {
  /** Changes the schema. All statements are one transaction. */
  up(db: Kysely<never>): unknown
}

/**
 * The migrations of an application: a directory of `.sql`, `.ts` and `.js` files, or a record of SQL texts and functions by
 * name. They are applied in the order of their names, which begin with a number: `0001-users`.
 */
export type MigrationSource = string | URL | Readonly<Record<string, string | MigrationModule>>

/** A migration. */
export interface Migration {
  /** The name: `0001-users`. */
  readonly name: string
  /** The SQL, or the function. */
  readonly content: string | MigrationModule
  /** The hash of the SQL; undefined for a function, whose text depends on the compiler. */
  readonly checksum: string | undefined
}

const EXTENSIONS = ['.sql', '.ts', '.mts', '.js', '.mjs']

/** Returns the path of a directory of migrations; undefined for a record. */
export function migrationDirectory(source: MigrationSource | undefined): string | undefined {
  if (source instanceof URL) return fileURLToPath(source)
  return typeof source === 'string' ? source : undefined
}

/** Reads the migrations in order. @throws MigrationError if one cannot be read, or two have the same number */
export async function readMigrations(source: MigrationSource | undefined): Promise<readonly Migration[]> {
  assertSource(source)
  const directory = migrationDirectory(source)
  const migrations =
    directory === undefined
      ? Object.entries((source ?? {}) as Readonly<Record<string, string | MigrationModule>>).map(
          ([name, content]) => migration(name, content),
        )
      : await Promise.all(filesIn(directory).map((file) => readMigration(resolve(directory, file))))
  migrations.sort((a, b) => (a.name < b.name ? -1 : 1))
  assertNumbers(migrations)
  return migrations
}

/** Refuses what is neither a directory nor a record: nothing would be applied. */
function assertSource(source: unknown): void {
  if (source === undefined || typeof source === 'string') return
  if (typeof source === 'object' && source !== null && !Array.isArray(source)) return
  const kind = Array.isArray(source)
    ? 'a list'
    : source === null
      ? 'null'
      : `a value of type ${typeof source}`
  throw new MigrationError(
    'MYFY_MIGRATION_INVALID',
    `Cannot read the migrations: the option migrations is ${kind}. Set it to a directory, or to a record of migrations by name.`,
  )
}

/** Returns the names of migrations in order, without importing them. */
export function migrationNames(source: MigrationSource | undefined): readonly string[] {
  const directory = migrationDirectory(source)
  const names =
    directory === undefined
      ? Object.keys((source ?? {}) as object)
      : filesIn(directory).map((file) => basename(file, extname(file)))
  return names.sort()
}

/** Returns the names of the files of migrations. Declarations and source maps are none. */
export function filesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter(
      (file) => EXTENSIONS.includes(extname(file)) && !/\.d\.m?ts$/.test(file),
    )
  } catch (cause) {
    throw new MigrationError(
      'MYFY_MIGRATION_INVALID',
      `Cannot read the migrations in ${directory}: ${clauseOf(cause)}. Create the directory, or correct the option migrations.`,
      undefined,
      { cause },
    )
  }
}

async function readMigration(path: string): Promise<Migration> {
  const name = basename(path, extname(path))
  if (extname(path) === '.sql') return migration(name, readFileSync(path, 'utf8'))
  return migration(name, (await loadModule(name, path)) as unknown as MigrationModule)
}

async function loadModule(name: string, path: string): Promise<object> {
  try {
    return await loadFile(path)
  } catch (cause) {
    const [reason, fix] = isRefused(cause)
      ? [
          `Node.js ${process.versions.node} does not load ${basename(path)}, which is TypeScript`,
          'Install @myfy/cli, which compiles it, or write the migration in JavaScript or SQL',
        ]
      : [clauseOf(cause), `Correct ${basename(path)}`]
    throw new MigrationError(
      'MYFY_MIGRATION_INVALID',
      `Cannot read the migration ${name}: ${reason}. ${fix}.`,
      name,
      { cause },
    )
  }
}

function migration(name: string, content: string | MigrationModule): Migration {
  if (typeof content !== 'string' && typeof content?.up !== 'function')
    throw new MigrationError(
      'MYFY_MIGRATION_INVALID',
      `Cannot use the migration ${name}: it has no function up. Export \`up(db)\`, or write SQL.`,
      name,
    )
  if (!/^\d+/.test(name))
    throw new MigrationError(
      'MYFY_MIGRATION_INVALID',
      `Cannot use the migration ${name}: its name does not begin with a number. Name it like 0001-users.`,
      name,
    )
  if (typeof content !== 'string') return { name, content, checksum: undefined }
  // Line ends depend on the checkout, and PostgreSQL refuses the mark that some editors write at the beginning.
  const text = content.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
  return { name, content: text, checksum: createHash('sha256').update(text).digest('hex') }
}

function assertNumbers(migrations: readonly Migration[]): void {
  const numberOf = ({ name }: Migration) => Number(/^\d+/.exec(name)![0])
  migrations.forEach((one, i) => {
    const previous = migrations[i - 1]
    if (!previous || numberOf(previous) !== numberOf(one)) return
    throw new MigrationError(
      'MYFY_MIGRATION_DUPLICATE',
      `Cannot order the migrations ${previous.name} and ${one.name}: they have the same number. Give the later one the next number.`,
      one.name,
    )
  })
}

/** Returns a text that changes with the migrations, without importing them. */
export function contentOf(source: MigrationSource | undefined): string {
  const directory = migrationDirectory(source)
  const parts =
    directory === undefined
      ? Object.entries((source ?? {}) as Readonly<Record<string, string | MigrationModule>>).map(
          ([name, content]) => [name, typeof content === 'string' ? content : String(content?.up)],
        )
      : filesIn(directory).map((file) => [file, readFileSync(join(directory, file), 'utf8')])
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex')
}
