// Variables that are set and that nothing reads, although they seem to be meant for the settings.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from './environment.ts'
import type { Settings, SettingsVariable } from './settings.ts'
import { similarVariable } from './variable-name.ts'

/** An env file that other programs read. */
export interface UnreadFile {
  /** `.env.local` */
  readonly name: string
  readonly values: Readonly<Record<string, string>>
  /** The end of a sentence: the reason, and what to do. */
  readonly reason: string
}

/** Reads the env files of a directory that other programs would read: `.env.local`, and the one that `NODE_ENV` names. */
export async function readUnreadFiles(
  directory: string,
  environment: Environment,
  mode = '',
): Promise<readonly UnreadFile[]> {
  const reasons = new Map<string, string>()
  if (/^[\w-]+$/.test(mode))
    reasons.set(`.env.${mode}`, `NODE_ENV does not select the file. Set MYFY_PROFILE to ${mode}`)
  reasons.set('.env.local', 'the file is not read. Move it to .env, or set MYFY_PROFILE to local')
  for (const { name } of environment.layers) reasons.delete(name)
  const files: UnreadFile[] = []
  for (const [name, reason] of reasons) {
    if (!existsSync(join(directory, name))) continue
    const { parseEnvFile } = await import('./env-file.ts')
    try {
      files.push({ name, reason, values: parseEnvFile(readFileSync(join(directory, name), 'utf8')).values })
    } catch {
      // It is not needed, so that it may be a folder, or belong to somebody else.
    }
  }
  return files
}

/**
 * Returns a sentence for each variable that seems to be meant for the settings, but that none of them reads: it has
 * their prefix, belongs below one of their objects, is a variable of an env file that resembles one of theirs, or stands in
 * an env file that is not read.
 */
export function unreadVariables(
  all: readonly Settings[],
  variables: readonly SettingsVariable[],
  environment: Environment,
  unreadFiles: readonly UnreadFile[] = [],
): readonly string[] {
  const read = new Set(variables.flatMap(({ variable }) => [variable, `${variable}_FILE`]))
  const names = variables.map(({ variable }) => variable)
  const prefixes = all
    .map((settings) => settings?.prefix ?? '')
    .filter((prefix) => prefix !== '' && prefix !== 'MYFY_')
  // `DATABASE__URL` makes every variable that begins with `DATABASE__` one of these settings.
  const objects = new Set(
    names.flatMap((name) => [...name.matchAll(/__/g)].map(({ index }) => name.slice(0, index + 2))),
  )
  const lists = names.map((name) => `${name}__`)
  const warnings: string[] = []
  for (const { name: layer, values } of environment.layers) {
    for (const [name, value] of Object.entries(values)) {
      if (!value || read.has(name)) continue
      const isOurs = [...prefixes, ...objects, ...lists].some((beginning) => name.startsWith(beginning))
      const nearest = similarVariable(name, names)
      if (!isOurs && !(layer !== 'environment' && nearest)) continue
      const hint = nearest ? ` Did you mean ${nearest}?` : ' Remove it, or add the key to the schema.'
      warnings.push(`${name} (from ${layer}) has no effect: no setting reads it.${hint}`)
    }
  }
  for (const { name: file, values, reason } of unreadFiles)
    for (const name of Object.keys(values))
      if (read.has(name)) warnings.push(`${name} in ${file} has no effect: ${reason}.`)
  return [...new Set(warnings)]
}
