// What creates an application for each interleaving: a function of the entry, or the entry itself, which is loaded anew.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { installRunner, isApplication } from '@myfy/core'
import { displayPath, property } from '@myfy/core/runtime'
import type { CreateApplication } from '@myfy/core/testing'
import { type Entry, findEntry } from '../entry/find-entry.ts'
import { EntryImportError } from '../errors.ts'
import type { CliContext } from '../terminal/context.ts'

/** The function that creates the application to prove. */
export interface FoundCreate {
  readonly entry: Entry
  /** The name of the export that is a function; undefined if the entry is loaded for each application. */
  readonly name: string | undefined
  readonly create: CreateApplication
}

/** The files that hold an application for `myfy prove` alone, with stand-ins for other systems. */
const OWN_FILES = ['prove.ts', 'src/prove.ts', 'test/prove.ts', 'prove.js', 'src/prove.js', 'test/prove.js']
/** The exports to look for when none is requested. */
const NAMES = ['prove', 'createApp', 'createApplication', 'default']

/** Finds it. @throws EntryNotFoundError, EntryImportError, EntryError if the entry has no application */
export async function findCreate(
  { cwd, env }: CliContext,
  requested: string | undefined,
): Promise<FoundCreate> {
  const own = OWN_FILES.find((file) => existsSync(join(cwd, file)))
  const entry = findEntry({ cwd, requested: requested ?? (env.MYFY_APP ? undefined : own), env })
  process.argv.splice(1, Number.POSITIVE_INFINITY, entry.file)
  try {
    const exports = await importFile(entry.file)
    const names = entry.exportName === undefined ? NAMES : [entry.exportName]
    for (const name of names) {
      const value = exports[name]
      if (typeof value === 'function' && !isApplication(value))
        return { entry, name, create: value as CreateApplication }
    }
    return { entry, name: undefined, create: await loadEachTime(entry) }
  } catch (error) {
    if (property(error, 'code') === 'MYFY_RELOAD_ENTRY') throw error
    throw new EntryImportError(displayPath(cwd, entry.file), error)
  }
}

/** Returns the exports of a file; none if it runs its application, which would not end. */
async function importFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  // Not removed: no application may run in this process, also if the file runs it later.
  const running = new Promise<Record<string, unknown>>((resolve) => {
    installRunner({
      join() {
        resolve({})
        return new Promise(() => {})
      },
    })
  })
  return Promise.race([running, isTypeScript(file) ? loadFile(file) : import(pathToFileURL(file).href)])
}

const isTypeScript = (file: string): boolean => /\.[cm]?ts$|\.[jt]sx$/.test(file)

async function loadFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  const { loadExports } = await import('@myfy/reload')
  return loadExports(file)
}

/** Returns a function that evaluates all files of the application in each call. */
async function loadEachTime({ file, exportName }: Entry): Promise<CreateApplication> {
  const { createEntryLoader } = await import('@myfy/reload')
  const load = await createEntryLoader(file, exportName === undefined ? {} : { exportName })
  // The first load compiles, and reports what is wrong before anything is explored.
  await load()
  return async () => {
    const before = new Map(process.eventNames().map((name) => [name, process.listenerCount(name as string)]))
    const app = await load()
    // What a file adds to the process when it is evaluated belongs to no application.
    for (const name of process.eventNames() as string[])
      for (const one of process.rawListeners(name).slice(before.get(name) ?? 0))
        process.off(name, one as () => void)
    return app
  }
}
