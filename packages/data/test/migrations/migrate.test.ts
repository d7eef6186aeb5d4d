import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Application, type CommandContext } from '@myfy/core'
import { createTestApp } from '@myfy/core/testing'
import type { Kysely } from 'kysely'
import { afterAll, afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { openEmbedded } from '../../src/embedded/embedded-engine.ts'
import { Database, DataModule, type DataOptions, Lease, type MigrationSource } from '../../src/index.ts'
import { quiet } from '../application.ts'
import { type Backend, backends, type Place, postgres } from '../databases.ts'

const one = { '0001-users': 'create table users (id serial primary key, name text, phone text)' }
const two = {
  ...one,
  '0002-posts': {
    up: (db: Kysely<never>) => db.schema.createTable('posts').addColumn('id', 'integer').execute(),
  },
}
const directory = mkdtempSync(join(tmpdir(), 'myfy-migrations-'))
afterAll(() => rmSync(directory, { recursive: true }))

describe.each(backends)('migrations on %s', (_, backend: Backend) => {
  const each = it.skipIf(!backend.reachable)
  let place: Place
  beforeEach(async () => {
    if (!backend.reachable) return
    place = await backend.create()
    // In memory, the next application would find nothing: all of a test share one engine.
    if (backend.kind === 'embedded') {
      const options = { directory: 'memory://', statementTimeout: 30_000 }
      const engine = await openEmbedded(options, new AbortController().signal, quiet)
      place = { options: { engine }, remove: () => engine.close() }
    }
  })
  afterEach(async () => {
    if (backend.reachable) await place.remove()
  })

  const start = (migrations: MigrationSource, more: DataOptions = {}) =>
    createTestApp({ modules: [new DataModule({ ...place.options, migrations, ...more })], logger: quiet })
  const names = async (app: Application<never>) => {
    const { rows } = await app.container
      .get(Database)
      .execute<{ name: string }>('select name from myfy_migrations order by name')
    return rows.map(({ name }) => name)
  }
  const run = async (
    name: string,
    migrations: MigrationSource,
    args: readonly string[] = [],
    options = {},
  ) => {
    const module = new DataModule({ ...place.options, migrations })
    const app = new Application({ modules: [module], logger: quiet })
    await app.initialize()
    const lines: string[] = []
    const context: CommandContext = {
      app,
      args,
      options,
      signal: new AbortController().signal,
      print: (line) => void lines.push(line),
    }
    const command = module.commands().find((candidate) => candidate.name === name)!
    return { code: await command.run(context), text: lines.join('\n') }
  }

  each('are applied once, in order, as SQL and as functions', async () => {
    await using first = await start(one)
    expect(await names(first as never)).toEqual(['0001-users'])
    await first.stopModules()
    await using second = await start(two)
    expect(await names(second as never)).toEqual(['0001-users', '0002-posts'])
  })

  each('that fail are rolled back, and those before them are kept', async () => {
    const broken = { ...one, '0002-broken': 'create table other (id int); insert into nothing values (1)' }
    await expect(start(broken)).rejects.toThrow(
      /Cannot apply the migration 0002-broken: .*nothing.* does not exist. It was rolled back/,
    )
    await using app = await start(one)
    expect(await names(app as never)).toEqual(['0001-users'])
    await expect(app.container.get(Database).execute('select 1 from other')).rejects.toThrow('does not exist')
  })

  each('that changed, are missing or come too late are refused', async () => {
    await (await start(two)).stopModules()
    const refused = (migrations: MigrationSource) => expect(start(migrations)).rejects
    await refused({ ...two, '0001-users': 'create table users ()' }).toThrow(/0001-users has changed since/)
    const { '0001-users': _gone, ...without } = two
    await refused(without).toThrow(
      /0001-users was applied to this database, and the application does not have it/,
    )
    await refused({ ...two, '0001x-late': 'select 1' }).toThrow(/have the same number/)
    const gap = { '0001-users': one['0001-users'], '0003-last': 'select 1' }
    await (await start({ ...two, '0003-last': 'select 1' })).stopModules()
    await refused(gap).toThrow(/0002-posts was applied/)
  })

  each('of a newer version are left alone: it runs beside this one', async () => {
    await (await start(two)).stopModules()
    await using app = await start(one)
    expect(await names(app as never)).toEqual(['0001-users', '0002-posts'])
  })

  each('are not applied with `manual`: the start fails while some are pending', async () => {
    await expect(start(one, { migrate: 'manual' })).rejects.toThrow(
      /1 migration must be applied first, beginning with .*myfy db migrate/,
    )
    expect(await run('db migrate', one)).toMatchObject({
      text: '1 migration applied; schema version: 0001-users',
    })
    await (await start(one, { migrate: 'manual' })).stopModules()
  })

  each('have commands that list, create and check them', async () => {
    expect(await run('db status', one)).toEqual({ code: 1, text: 'pending  0001-users' })
    await run('db migrate', one, [], { json: true })
    const status = await run('db status', two, [], { json: true })
    expect(JSON.parse(status.text)).toMatchObject({
      applied: [{ name: '0001-users' }],
      pending: ['0002-posts'],
    })
    expect(await run('db check', two)).toEqual({
      code: 0,
      text: 'no pending migration breaks the running version',
    })
    const breaking = {
      ...one,
      '0002-narrow':
        'alter table users drop column phone; alter table users rename name to title; alter table users add age int not null',
    }
    const { code, text } = await run('db check', breaking)
    expect(code).toBe(1)
    expect(text).toMatch(/0002-narrow: drops or renames users.phone; named in .*migrate.test.ts/)
    expect(text).toMatch(/0002-narrow: drops or renames users.name/)
    expect(text).toMatch(/0002-narrow: adds users.age, which requires a value and has no default/)
    // Nothing of it was kept.
    expect((await run('db status', breaking)).text).toContain('pending  0002-narrow')

    const files = mkdtempSync(join(directory, 'files-'))
    writeFileSync(join(files, '0007-first.sql'), 'select 1')
    expect((await run('db new', files, ['add', 'Phone'])).text).toMatch(/created .*0008-add-phone\.sql/)
    expect(readFileSync(join(files, '0008-add-phone.sql'), 'utf8')).toBe('-- add phone\n')
    await expect(run('db new', files, ['../x'])).rejects.toThrow(/is not a name/)
  })
})

describe.skipIf(!postgres.reachable)('replicas that start together on PostgreSQL', () => {
  test('apply each migration once, and take over the lease of one that is gone', async () => {
    const place = await postgres.create()
    const migrations = {
      ...one,
      '0002-slow': "insert into users (name) values ('once'); select pg_sleep(0.2)",
      '0003-more': "insert into users (name) values ('twice')",
    }
    const replica = () =>
      createTestApp({
        modules: [new DataModule({ ...place.options, migrations, pool: 2 })],
        logger: quiet,
      })
    const apps = await Promise.all(Array.from({ length: 4 }, replica))
    const database = apps[0]!.container.get(Database)
    const { rows } = await database.execute('select name from users order by id')
    expect(rows).toEqual([{ name: 'once' }, { name: 'twice' }])

    // A process that was killed while it held the lease.
    await Lease.acquire(database, 'migrations', 300, 'process 1 on gone')
    await database.execute("delete from myfy_migrations where name = '0003-more'")
    apps.push(await replica())
    expect((await database.execute("select 1 from users where name = 'twice'")).rows).toHaveLength(2)
    await Promise.all(apps.map((app) => app.stopModules()))
    await place.remove()
  })
})

test('a directory or a name that is wrong is refused with the fix', async () => {
  const start = (migrations: MigrationSource) =>
    createTestApp({ modules: [new DataModule({ directory: 'memory://', migrations })], logger: quiet })
  await expect(start('/nonexistent/migrations')).rejects.toThrow(
    /Cannot read the migrations in .*Create the directory/,
  )
  await expect(start({ users: 'select 1' })).rejects.toThrow(/does not begin with a number/)
  await expect(start({ '0001-users': {} as never })).rejects.toThrow(/has no function up/)
})
