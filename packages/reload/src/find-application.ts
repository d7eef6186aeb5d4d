// The application of an entry: an export, the result of a function, or the subject of a call of `app.run()`.

import { type Application, type ExitCode, installRunner, isApplication, type RunOptions } from '@myfy/core'
import { displayPath } from '@myfy/core/runtime'
import { EntryError } from './errors.ts'

/** An application found in an entry. */
export interface FoundApplication {
  readonly application: Application
  /** The form in which it was found: `export app`, `default export`, `export createApp()`, `app.run()`. */
  readonly foundAs: string
  /** The options that the entry passed to `app.run()`, if it called it. */
  readonly options: RunOptions
  /** Resolves the entry's own calls of `app.run()` with this code. Later calls run by themselves. */
  settle(code: ExitCode): void
  /** Lets later calls of `app.run()` run by themselves, without resolving earlier ones. */
  release(): void
}

/** Options of {@link findApplication}. */
export interface FindApplicationOptions {
  /** The export that holds the application. Default: `app`, `application` or `default`. */
  readonly exportName?: string | undefined
  /**
   * The time for an entry that exports nothing to call `app.run()` in a function that it does not await,
   * in ms. It ends earlier when nothing is left to do. Default: 10,000.
   */
  readonly runTimeout?: number
}

/** The exports to look for when none is requested. */
const EXPORT_NAMES = ['app', 'application', 'default']

/**
 * Evaluates an entry and returns its application. The evaluation of an entry that calls `await app.run()` at its top
 * level ends only when the application stops, so the call itself names the application and then waits.
 *
 * @param evaluate - evaluates the entry and resolves to its exports
 * @param file - the absolute path of the entry, for errors
 * @throws EntryError if there is no application, and what the entry throws
 */
export async function findApplication(
  evaluate: () => Promise<object>,
  file: string,
  { exportName, runTimeout = 10_000 }: FindApplicationOptions = {},
): Promise<FoundApplication> {
  const waiting: Array<(code: ExitCode) => void> = []
  let named!: (found: FoundApplication) => void
  const called = new Promise<FoundApplication>((resolve) => {
    named = resolve
  })
  const found = (application: Application, foundAs: string, options: RunOptions = {}): FoundApplication => ({
    application,
    foundAs,
    options,
    settle(code) {
      runner[Symbol.dispose]()
      for (const resolve of waiting.splice(0)) resolve(code)
    },
    release: () => runner[Symbol.dispose](),
  })
  const runner = installRunner({
    join: (application, options) =>
      new Promise((resolve) => {
        waiting.push(resolve)
        named(found(application as Application, 'app.run()', options))
      }),
  })
  try {
    const exported = evaluate().then(async (exports) => {
      const names = exportName === undefined ? EXPORT_NAMES : [exportName]
      const picked = await pickExport(exports as Record<string, unknown>, names, file)
      if (picked) return found(...picked)
      if (namesOf(exports).length === 0 && exportName === undefined) await untilIdle(runTimeout)
      throw notFound(exports, file, exportName)
    })
    // After its own `await app.run()` the entry may still fail; that is not an error of finding the application.
    exported.catch(() => {})
    return await Promise.race([called, exported])
  } catch (error) {
    runner[Symbol.dispose]()
    throw error
  }
}

async function pickExport(
  exports: Record<string, unknown>,
  names: readonly string[],
  file: string,
): Promise<[application: Application, foundAs: string] | undefined> {
  // A CommonJS module has all its names on the default export.
  const { default: defaults } = exports as { default?: Record<string, unknown> }
  for (const name of names) {
    const value: unknown = await (exports[name] ??
      (typeof defaults === 'object' ? defaults?.[name] : undefined))
    const foundAs = name === 'default' ? 'default export' : `export ${name}`
    if (isApplication(value)) return [value, foundAs]
    if (typeof value !== 'function') continue
    const result: unknown = await (value as () => unknown)()
    if (isApplication(result)) return [result, `${foundAs}()`]
    throw new EntryError(
      `Cannot use the function '${name}' of ${shown(file)}: it does not return an Application. Return the application that it creates.`,
    )
  }
  return undefined
}

function notFound(exports: object, file: string, exportName: string | undefined): EntryError {
  const names = namesOf(exports)
  const there =
    names.length > 0
      ? `it exports ${names.map((name) => shownExport(name, exports as Record<string, unknown>)).join(', ')}`
      : 'it exports nothing'
  if (exportName !== undefined) {
    return new EntryError(
      `Cannot find '${exportName}' in ${shown(file)}: it has no such export that is an Application (${there}). Name one of its exports, as in \`${shown(file)}:app\`.`,
    )
  }
  return new EntryError(
    `Cannot find an application in ${shown(file)}: none of the exports ${EXPORT_NAMES.join(', ')} is an Application or a function that returns one (${there}). ` +
      `Write \`export const app = new Application()\`, call \`await app.run()\`, or name the export: \`${shown(file)}:name\`.`,
  )
}

/** The name of an export; of one that could hold the application, with what it is. */
function shownExport(name: string, exports: Record<string, unknown>): string {
  const value = exports[name]
  if (!EXPORT_NAMES.includes(name)) return name
  if (typeof value !== 'object' || value === null)
    return `${name}, which is ${value === null ? 'null' : typeof value}`
  const type = value.constructor?.name
  return `${name}, which is ${type === undefined || type === 'Object' ? 'a plain object' : `of the class ${type}`}`
}

/** Returns the names of the exports. The default export of CommonJS that exports nothing is an empty object. */
function namesOf(exports: object): string[] {
  const names = Object.keys(exports).filter((name) => name !== 'module.exports')
  const { default: value } = exports as { default?: unknown }
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0
  return names.length === 1 && isEmpty ? [] : names
}

const shown = (file: string) => displayPath(process.cwd(), file)

/** Resolves when nothing is left to do in this process, or after `ms`. */
function untilIdle(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      process.off('beforeExit', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    timer.unref()
    process.once('beforeExit', end)
  })
}
