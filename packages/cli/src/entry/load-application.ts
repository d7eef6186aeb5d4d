// Loading an entry: the file is imported, and the application is found among its exports.

import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import type { Application, ExitCode, RunOptions } from '@myfy/core'
import { displayPath, isError, placeOf, property } from '@myfy/core/runtime'
import { findApplication } from '@myfy/reload/find-application'
import { EntryImportError } from '../errors.ts'
import type { Entry } from './find-entry.ts'

/** An application that was loaded and is not initialized. */
export interface LoadedApplication {
  /** The application. */
  readonly app: Application
  /** The form in which it was found in the file: `export app`, `default export`, `app.run()`. */
  readonly foundAs: string
  /** The options that the entry passed to `app.run()`, if it called it. */
  readonly options: RunOptions
  /** The time that loading took, in ms. */
  readonly loadMs: number
  /** Resolves the entry's own `await app.run()` with this code. Later calls run by themselves. */
  settle(code: ExitCode): void
}

/** Options of {@link loadApplication}. */
export interface LoadOptions {
  /** The directory that paths in errors are relative to. */
  readonly cwd: string
  /** The arguments of the application, from `process.argv[2]` on. Default: none. */
  readonly args?: readonly string[]
}

/**
 * Imports an entry and finds its application. Its `process.argv` is that of a program that was started by itself.
 *
 * @throws EntryNotFoundError if the file has no application, EntryImportError if the file, or a file it imports, throws
 */
export async function loadApplication(
  { file, exportName }: Entry,
  { cwd, args = [] }: LoadOptions,
): Promise<LoadedApplication> {
  const start = performance.now()
  process.argv.splice(1, Number.POSITIVE_INFINITY, file, ...args)
  try {
    const { application, runOptions, foundAs, settle } = await load(file, exportName)
    return { app: application, foundAs, options: runOptions, loadMs: performance.now() - start, settle }
  } catch (error) {
    if (property(error, 'code') === 'MYFY_RELOAD_ENTRY') throw error
    const located = await withPlace(error, file)
    throw new EntryImportError(displayPath(cwd, file), located, placeIn(located, cwd))
  }
}

async function load(file: string, exportName: string | undefined) {
  if (/\.[cm]?[jt]sx$|\.[cm]?ts$/.test(file)) {
    // The transformer takes longer to load than a whole application to start: JavaScript does without.
    const { loadEntry } = await import('@myfy/reload')
    return loadEntry(file, { exportName })
  }
  becomeMainModule(file)
  const found = await findApplication(() => import(pathToFileURL(file).href), file, { exportName })
  return { ...found, runOptions: found.options }
}

/** Makes `require.main` the module of an entry that is CommonJS, as in a program that Node.js runs itself. */
function becomeMainModule(file: string): void {
  const { cache } = createRequire(import.meta.url)
  const { mainModule } = process
  const entry = realpathSync(file)
  // The module is made by the import, and has its `require` before it is evaluated.
  const get = () => cache[entry] ?? mainModule
  Object.defineProperty(process, 'mainModule', { get, enumerable: true, configurable: true })
}

/** Node.js does not tell the place of a syntax error. The transformer does, before it evaluates anything. */
async function withPlace(error: unknown, file: string): Promise<unknown> {
  if (!(error instanceof SyntaxError) || placeOf(error)) return error
  const { loadEntry } = await import('@myfy/reload')
  try {
    await loadEntry(file)
  } catch (located) {
    if (property(located, 'location')) return located
  }
  return error
}

/** Returns the place of an error in the user's source, as a person reads it. */
function placeIn(error: unknown, cwd: string): string | undefined {
  const place = isError(error) ? placeOf(error) : undefined
  return place && [displayPath(cwd, place.file), place.line, place.column ?? 1].join(':')
}
