// The commands `myfy db …`.

import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { CommandContext, ModuleCommand } from '@myfy/core'
import { clauseOf, fitLine, plural } from '@myfy/core/runtime'
import type { Engine } from './engine/engine.ts'
import { MigrationError } from './errors.ts'
import { createTables, readStatus } from './migrations/journal.ts'
import { migrate } from './migrations/migrate.ts'
import { filesIn, type MigrationSource, migrationDirectory, readMigrations } from './migrations/migration.ts'
import { breakingChanges } from './migrations/schema-diff.ts'

/** The module that the commands belong to. */
export interface CommandOwner {
  readonly options: { readonly migrations?: MigrationSource }
  open(signal: AbortSignal, logger: CommandContext['app']['logger']): Promise<Engine>
  close(): Promise<void>
}

const json = { json: { type: 'boolean', description: 'Print JSON' } } as const

/** Returns the commands. They open the database, and start nothing else. */
export function dataCommands(owner: CommandOwner): readonly ModuleCommand[] {
  const read = () => readMigrations(owner.options.migrations)
  const opened = async <T>({ app, signal }: CommandContext, work: (engine: Engine) => Promise<T>) => {
    const engine = await owner.open(signal, app.logger)
    try {
      await createTables(engine)
      return await work(engine)
    } finally {
      await owner.close()
    }
  }
  return [
    {
      name: 'db migrate',
      description: 'Apply pending migrations and exit',
      options: json,
      run: async (context) => {
        const migrations = await read()
        const applied = await opened(context, (engine) =>
          migrate(engine, migrations, context.signal, context.app.logger),
        )
        const version = migrations.at(-1)?.name ?? 'none'
        if (context.options.json) return context.print(JSON.stringify({ applied, version }))
        context.print(fitLine(`${plural(applied.length, 'migration')} applied; schema version: ${version}`))
      },
    },
    {
      name: 'db status',
      description: 'List applied and pending migrations; exit with 1 if some are pending',
      options: json,
      run: async (context) => {
        const migrations = await read()
        const { applied, pending, newer } = await opened(context, (engine) => readStatus(engine, migrations))
        const names = pending.map(({ name }) => name)
        if (context.options.json) context.print(JSON.stringify({ applied, pending: names, newer }, null, 2))
        else {
          for (const { name, appliedAt } of applied)
            context.print(
              fitLine(
                `applied  ${name}  ${appliedAt.toISOString()}${newer.includes(name) ? '  (newer than this version)' : ''}`,
                9,
              ),
            )
          for (const name of names) context.print(`pending  ${name}`)
        }
        return pending.length > 0 ? 1 : 0
      },
    },
    {
      name: 'db new',
      description: 'Create the file of the next migration: myfy db new add-phone',
      args: '[name...]',
      options: json,
      run: ({ args, options, print }) => {
        const file = createMigration(owner.options.migrations, args)
        print(options.json ? JSON.stringify({ file }) : `created ${file}`)
      },
    },
    {
      name: 'db check',
      description:
        'Try pending migrations without keeping them; exit with 1 if they break the running version',
      options: json,
      run: async (context) => {
        const migrations = await read()
        const changes = await opened(context, async (engine) => {
          const { pending } = await readStatus(engine, migrations)
          return breakingChanges(engine, pending, process.cwd(), migrationDirectory(owner.options.migrations))
        })
        if (context.options.json) context.print(JSON.stringify(changes, null, 2))
        else if (changes.length === 0) context.print('no pending migration breaks the running version')
        else
          for (const { migration, change, usedIn } of changes)
            context.print(
              fitLine(
                `${migration}: ${change}${usedIn.length > 0 ? `; named in ${usedIn.join(', ')}` : ''}`,
                2,
              ),
            )
        return changes.length > 0 ? 1 : 0
      },
    },
  ]
}

function createMigration(source: MigrationSource | undefined, args: readonly string[]): string {
  const directory = migrationDirectory(source)
  if (directory === undefined)
    throw new MigrationError(
      'MYFY_MIGRATION_INVALID',
      'Cannot create a migration: the option migrations is not a directory. Set it to a directory, or add an entry to the record by hand.',
    )
  const name = args.join('-').toLowerCase()
  if (!/^[a-z\d]+(?:-[a-z\d]+)*$/.test(name))
    throw new MigrationError(
      'MYFY_MIGRATION_INVALID',
      `Cannot create a migration: ${JSON.stringify(name)} is not a name. Write words, such as \`myfy db new add-phone\`.`,
    )
  const last = filesIn(directory).reduce((max, file) => Math.max(max, Number.parseInt(file, 10) || 0), 0)
  const path = join(directory, `${String(last + 1).padStart(4, '0')}-${name}.sql`)
  try {
    writeFileSync(path, `-- ${name.replaceAll('-', ' ')}\n`, { flag: 'wx' })
  } catch (cause) {
    throw new MigrationError(
      'MYFY_MIGRATION_WRITE',
      `Cannot create the migration ${path}: ${clauseOf(cause)}. Make its directory writable.`,
      undefined,
      { cause },
    )
  }
  return relative(process.cwd(), path)
}
