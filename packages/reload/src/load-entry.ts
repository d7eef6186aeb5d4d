// Loading an entry without a supervisor. The module runner with its compiler is imported by the first call.

import path from 'node:path'
import type { Application, ExitCode, RunOptions } from '@myfy/core'
import { describeProblem, formatProblem } from './problem.ts'

/** A loaded entry. */
export interface LoadedEntry {
  /** The application that the entry exports, returns or runs. */
  readonly application: Application
  /** The form in which it was found: `export app`, `default export`, `app.run()`. */
  readonly foundAs: string
  /** The options of the entry's own call of `app.run()`, if it makes one at its top level. */
  readonly runOptions: RunOptions
  /** Lets the entry's own `await app.run()` continue with this exit code. */
  settle(code: ExitCode): void
}

/** Options of {@link loadEntry}. */
export interface LoadEntryOptions {
  /** The export that holds the application. Default: `app`, `application` or `default`. */
  readonly exportName?: string
  /** The tsconfig file for all sources. Default: the nearest one of each directory. */
  readonly tsconfig?: string
}

/**
 * Loads an entry, TypeScript or JavaScript, and finds its application. From then on the stack traces of this process
 * point to the sources. No file is watched.
 *
 * @throws the error of the entry; {@link describeLoadError} formats it
 * @example
 * ```ts
 * import { loadEntry } from '@myfy/reload'
 *
 * const { application, settle } = await loadEntry('src/app.ts')
 * settle(await application.runUnsupervised())
 * ```
 */
export async function loadEntry(file: string, options: LoadEntryOptions = {}): Promise<LoadedEntry> {
  const entry = path.resolve(file)
  const load = (await createRunner(options.tsconfig)).beginLoad()
  const { exportName } = options
  const { findApplication } = await import('./find-application.ts')
  const found = await findApplication(() => load.run(entry), entry, { exportName })
  load.commit(entry)
  const { application, foundAs, options: runOptions, settle } = found
  return { application, foundAs, runOptions, settle }
}

/**
 * Loads a file, TypeScript or JavaScript, and returns its exports. From then on the stack traces of this process point to
 * the sources.
 *
 * @throws the error of the file; {@link describeLoadError} formats it
 * @example
 * ```ts
 * import { loadExports } from '@myfy/reload'
 *
 * console.log(Object.keys(await loadExports('src/app.ts')))
 * ```
 */
export async function loadExports(
  file: string,
  { tsconfig }: Pick<LoadEntryOptions, 'tsconfig'> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const entry = path.resolve(file)
  const load = (await createRunner(tsconfig)).beginLoad()
  const exports = (await load.run(entry)) as Record<string, unknown>
  load.commit(entry)
  return exports
}

/**
 * Returns a function that loads an entry, and loads it anew in each further call: each time all files of the application
 * are evaluated, and its packages are not. The entry's own `await app.run()` never continues.
 *
 * @throws the error of the entry, in the first call of the function
 * @example
 * ```ts
 * import { createEntryLoader } from '@myfy/reload'
 *
 * const load = await createEntryLoader('src/app.ts')
 * console.log((await load()) === (await load())) // false
 * ```
 */
export async function createEntryLoader(
  file: string,
  { exportName, tsconfig }: LoadEntryOptions = {},
): Promise<() => Promise<Application>> {
  const entry = path.resolve(file)
  const runner = await createRunner(tsconfig)
  return async () => {
    const { findApplication } = await import('./find-application.ts')
    const load = runner.beginAgain()
    const found = await findApplication(() => load.run(entry), entry, { exportName })
    load.commit(entry)
    found.release()
    return found.application
  }
}

async function createRunner(tsconfig: string | undefined) {
  const [{ ModuleRunner }, { mapStackTraces }, { serveToNode }, { passToChildren }] = await Promise.all([
    import('./runner/module-runner.ts'),
    import('./runner/stack-trace.ts'),
    import('./interop/native-imports.ts'),
    import('./interop/children.ts'),
  ])
  const runner = new ModuleRunner({ importTimeout: 0, tsconfig })
  mapStackTraces(runner)
  serveToNode(runner)
  passToChildren({ tsconfig })
  return runner
}

/** Formats an error of `loadEntry`: message, place, code frame and stack. */
export function describeLoadError(error: unknown, cwd: string = process.cwd()): string {
  return formatProblem(
    describeProblem(error, 'import', () => undefined),
    cwd,
  )
}
