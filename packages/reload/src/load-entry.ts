// The module runner without a supervisor: `myfy start` and `myfy routes` load a TypeScript entry with it.

import path from 'node:path'
import type { Application, ExitCode, RunOptions } from '@myfy/core'
import { findApplication } from './find-application.ts'
import { describeProblem, formatProblem } from './problem.ts'
import { ModuleRunner } from './runner/module-runner.ts'
import { mapStackTraces } from './runner/stack-trace.ts'

/** An entry that was loaded. */
export interface LoadedEntry {
  /** The application that it exports, returns or runs. */
  readonly application: Application
  /** The form in which it was found: `export app`, `default export`, `app.run()`. */
  readonly foundAs: string
  /** What it passed to `app.run()`, if it called that at its top level. */
  readonly runOptions: RunOptions
  /** Lets the entry's own `await app.run()` go on, with this exit code. */
  settle(code: ExitCode): void
}

/** How an entry is found and loaded. */
export interface LoadEntryOptions {
  /** The export that holds the application. Default: `app`, `application` or `default`. */
  readonly exportName?: string
}

/**
 * Loads an entry, TypeScript or JavaScript, and finds its application. From then on stack traces of this process
 * point to the sources. Nothing is watched.
 *
 * @throws what the entry fails with; {@link describeLoadError} makes it readable
 * @example
 * ```ts
 * import { loadEntry } from '@myfy/reload'
 *
 * const { application, settle } = await loadEntry('src/app.ts')
 * settle(await application.runUnsupervised())
 * ```
 */
export async function loadEntry(file: string, { exportName }: LoadEntryOptions = {}): Promise<LoadedEntry> {
  const entry = path.resolve(file)
  const runner = new ModuleRunner({ importTimeout: 0 })
  mapStackTraces(runner)
  const load = runner.beginLoad()
  const { application, foundAs, options, settle } = await findApplication(() => load.run(entry), entry, {
    exportName,
  })
  load.commit(entry)
  return { application, foundAs, runOptions: options, settle }
}

/** What `loadEntry` threw, as text: the message, file and line, the lines around it, the stack. */
export function describeLoadError(error: unknown, cwd: string = process.cwd()): string {
  return formatProblem(
    describeProblem(error, 'import', () => undefined),
    cwd,
  )
}
