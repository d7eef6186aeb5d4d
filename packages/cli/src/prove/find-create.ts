// The function of an entry that creates an application.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ExitCode, isApplication } from '@myfy/core'
import { displayPath } from '@myfy/core/runtime'
import type { CreateApplication } from '@myfy/core/testing'
import { type Entry, findEntry } from '../entry/find-entry.ts'
import { CommandLineError, EntryImportError } from '../errors.ts'
import type { CliContext } from '../terminal/context.ts'

/** The function that creates the application to prove. */
export interface FoundCreate {
  readonly entry: Entry
  /** The name of the export. */
  readonly name: string
  readonly create: CreateApplication
}

/** The files that hold an application for `myfy prove` alone, with stand-ins for other systems. */
const OWN_FILES = ['prove.ts', 'src/prove.ts', 'test/prove.ts', 'prove.js', 'src/prove.js', 'test/prove.js']
/** The exports to look for when none is requested. */
const NAMES = ['prove', 'createApp', 'createApplication', 'default']

/** Finds the function. @throws EntryNotFoundError, EntryImportError, CommandLineError if the entry has no function */
export async function findCreate(
  { cwd, env }: CliContext,
  requested: string | undefined,
): Promise<FoundCreate> {
  const own = OWN_FILES.find((file) => existsSync(join(cwd, file)))
  const entry = findEntry({ cwd, requested: requested ?? (env.MYFY_APP ? undefined : own), env })
  const exports = await importFile(entry.file, cwd)
  const names = entry.exportName === undefined ? NAMES : [entry.exportName]
  for (const name of names) {
    const value = exports[name]
    if (typeof value === 'function' && !isApplication(value))
      return { entry, name, create: value as CreateApplication }
  }
  const wanted = entry.exportName ?? 'createApp'
  throw new CommandLineError(
    'MYFY_CLI_PROVE_ENTRY',
    `Cannot prove ${displayPath(cwd, entry.file)}: it exports no function '${wanted}', and each interleaving needs a new application. Write \`export const ${wanted} = () => new Application({ … })\`, with the modules inside of the function.`,
    ExitCode.usage,
  )
}

async function importFile(file: string, cwd: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    if (!/\.[cm]?ts$|\.[jt]sx$/.test(file)) return await import(pathToFileURL(file).href)
    const { loadExports } = await import('@myfy/reload')
    return await loadExports(file)
  } catch (error) {
    throw new EntryImportError(displayPath(cwd, file), error)
  }
}
