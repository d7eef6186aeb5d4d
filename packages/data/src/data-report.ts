// What the module tells `myfy plan` and `myfy doctor`. Nothing is opened.

import type { Diagnostic, PlanEntry } from '@myfy/core'
import { messageOf, plural } from '@myfy/core/runtime'
import type { DataOptions } from './data-options.ts'
import { migrationNames, readMigrations } from './migrations/migration.ts'

/** Returns the database and its migrations. */
export function dataPlan({
  url,
  directory = '.data',
  migrations,
  migrate,
  pool = 10,
}: DataOptions): readonly PlanEntry[] {
  const names = migrationNames(migrations)
  const server: PlanEntry = { kind: 'database', name: hostOf(url), detail: `at most ${pool} connections` }
  const embedded: PlanEntry = { kind: 'database', name: `embedded in ${directory}`, detail: 'one process' }
  const how = migrate === 'manual' ? 'by `myfy db migrate`' : 'at the start, by one replica'
  return [
    url === undefined ? embedded : server,
    {
      kind: 'migrations',
      name: plural(names.length, 'migration'),
      detail: `${how}${names.length > 0 ? `; the last is ${names.at(-1)}` : ''}`,
    },
  ]
}

/** Returns what is wrong with the migrations. */
export async function diagnoseData({ migrations }: DataOptions): Promise<readonly Diagnostic[]> {
  try {
    const read = await readMigrations(migrations)
    return [{ check: 'data', severity: 'ok', message: `${plural(read.length, 'migration')} in order` }]
  } catch (error) {
    return [{ check: 'data', severity: 'error', message: messageOf(error) }]
  }
}

/** The host and the database of a URL, without a password; a URL of a placeholder setting is none. */
function hostOf(url: string | undefined): string {
  if (url === undefined || !URL.canParse(url)) return 'PostgreSQL'
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}
