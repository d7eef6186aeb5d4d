// Migrations as they come from editors, checkouts and other tools.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestApp } from '@myfy/core/testing'
import { afterAll, describe, expect, it } from 'vitest'
import { openEmbedded } from '../../src/embedded/embedded-engine.ts'
import { Database, DataModule } from '../../src/index.ts'
import { quiet } from '../application.ts'
import { backends } from '../databases.ts'

const root = mkdtempSync(join(tmpdir(), 'myfy-files-'))
afterAll(() => rmSync(root, { recursive: true }))

/** Writes files into a new directory. */
function directory(files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(root, 'migrations-'))
  mkdirSync(path, { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  return path
}

const body = 'begin\n  -- the body; commit\n  return 7;\nend'
/** Each creates the table `made`. */
const files: Readonly<Record<string, string>> = {
  'with a byte order mark': '\uFEFFcreate table made (n int);',
  'with the line ends of Windows': 'create table made (n int);\r\ninsert into made values (1);\r\n',
  'with comments and quoted bodies': `/* a; b */ create table made (n int); -- begin;
    create function seven() returns int language plpgsql as $body$ ${body}; $body$;
    do $$ begin perform seven(); end $$;`,
  'with begin and commit around it':
    '-- made by a tool\nBEGIN;\ncreate table made (n int);\nCOMMIT;\n-- end\n',
  'with start transaction around it': 'start transaction; create table made (n int); commit',
  'of a dump that changes settings': `set statement_timeout = 0; select pg_catalog.set_config('search_path', '', false);
    create table public.made (n int);`,
  'without a statement at its end': 'create table made (n int);;\n\n;',
}

/** Each must leave nothing. */
const refused: ReadonlyArray<readonly [name: string, text: string, message: RegExp]> = [
  [
    'that fails in the middle',
    'create table made (); insert into none values (1); select 1',
    /none.* does not exist/,
  ],
  ['that commits in the middle', 'create table made (); commit; select 1/0', /Cannot run COMMIT here/],
  [
    'of two transactions',
    'begin; create table made (); commit; begin; select 1; commit',
    /Cannot run (COMMIT|BEGIN) here/,
  ],
  [
    'that cannot run in a transaction',
    'create table made (n int); create index concurrently made_n on made (n)',
    /cannot run inside a transaction block/i,
  ],
]

describe.each(backends)('a migration file on %s', (_, backend) => {
  const each = it.skipIf(!backend.reachable)
  const open = async () => {
    if (backend.kind === 'postgres') return backend.create()
    // In memory, the next application would find nothing: all of a test share one engine.
    const options = { directory: 'memory://', statementTimeout: 30_000 }
    const engine = await openEmbedded(options, new AbortController().signal, quiet)
    return { options: { engine }, remove: () => engine.close() }
  }
  const start = (options: object, migrations: string) =>
    createTestApp({ modules: [new DataModule({ ...options, pool: 1, migrations })], logger: quiet })
  const made =
    "select to_regclass('public.made') is not null as made, current_setting('search_path') <> '' as path"

  each.for(Object.keys(files))('%s is applied, and the next start accepts it', async (name) => {
    const { options, remove } = await open()
    const migrations = directory({ '0001-made.sql': files[name]! })
    const app = await start(options, migrations)
    const { rows } = await app.container.get(Database).execute(made)
    await app.stopModules()
    await (await start(options, migrations)).stopModules()
    await remove()
    expect(rows).toEqual([{ made: true, path: true }])
  })

  each.for(refused)('%s is refused, and nothing of it is kept', async ([, text, message]) => {
    const { options, remove } = await open()
    const failing = start(options, directory({ '0001-made.sql': text }))
    await expect(failing).rejects.toThrow(message)
    await expect(failing).rejects.toThrow(/Cannot apply the migration 0001-made: .*It was rolled back/)
    const app = await start(options, directory({}))
    const database = app.container.get(Database)
    const { rows } = await database.execute(made)
    const journal = await database.execute('select name from myfy_migrations')
    await app.stopModules()
    await remove()
    expect(rows).toEqual([{ made: false, path: true }])
    expect(journal.rows).toEqual([])
  })
})
