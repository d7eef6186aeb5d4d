// What the module tells `myfy plan` and `myfy doctor`. Nothing is opened.

import type { Diagnostic, PlanEntry } from '@myfy/core'
import { messageOf, plural } from '@myfy/core/runtime'
import type { DataOptions } from './data-options.ts'
import { migrationNames, readMigrations } from './migrations/migration.ts'
import { readServerUrl } from './postgres/server-url.ts'

/** Returns the database and its migrations. */
export function dataPlan({
  url,
  directory = '.data',
  migrations,
  migrate,
  pool = 10,
}: DataOptions): readonly PlanEntry[] {
  const names = migrationNames(migrations)
  const database: PlanEntry =
    url === undefined
      ? { kind: 'database', name: `embedded in ${directory}`, detail: 'one process' }
      : { kind: 'database', name: hostOf(url), detail: `at most ${pool} connections` }
  const how = migrate === 'manual' ? 'by `myfy db migrate`' : 'at the start, by one replica'
  return [
    database,
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
function hostOf(url: string): string {
  try {
    return readServerUrl(url, 'URL of the database').label
  } catch {
    return 'PostgreSQL'
  }
}
