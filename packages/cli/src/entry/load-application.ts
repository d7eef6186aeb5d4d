// From an entry to its application: an export, what a function returns, or whoever calls `app.run()` there.

import { type Application, type ExitCode, installRunner, isApplication, type RunOptions } from '@myfy/core'
import { EntryImportError, EntryNotFoundError } from '../errors.ts'
import { placeOf } from '../terminal/error-frame.ts'
import { displayPath, type Entry } from './find-entry.ts'
import { importEntry, isTypeScript } from './import-entry.ts'
import { didYouMean } from './suggest.ts'

/** An application that was loaded, not yet initialized. */
export interface LoadedApplication {
  /** The application itself. */
  readonly app: Application
  /** How it was found in the file: `export app`, `default export`, `app.run()`. */
  readonly foundAs: string
  /** What the entry passed to `app.run()`, if it called it. */
  readonly options: RunOptions
  /** How long loading took, in ms. */
  readonly loadMs: number
  /** Ends the entry's own `await app.run()` with this code, and lets later calls run by themselves. */
  settle(code: ExitCode): void
}

/** The names that are looked for when none was asked for. */
const usualNames = ['app', 'application', 'default']

/** How long an entry that exports nothing may take until it calls `app.run()`, in ms. */
const patience = 10_000

/**
 * Imports an entry and finds its application. An entry that calls `await app.run()` at its top level does not
 * finish evaluating before the application stops: the call names the application and waits.
 *
 * @throws EntryError if there is none, ImportFailure if the file (or what it imports) throws
 */
export function loadApplication(entry: Entry, cwd: string): Promise<LoadedApplication> {
  return isTypeScript(entry.file) ? loadTypeScript(entry, cwd) : loadJavaScript(entry, cwd)
}

/** The transformer costs more than a whole start: JavaScript does without. */
async function loadTypeScript({ file, exportName }: Entry, cwd: string): Promise<LoadedApplication> {
  const began = performance.now()
  const { loadEntry } = await import('@myfy/reload')
  try {
    const { application, runOptions, settle } = await loadEntry(file, { exportName })
    const through = exportName ? `export ${exportName}` : 'the application'
    return {
      app: application,
      foundAs: through,
      options: runOptions,
      loadMs: performance.now() - began,
      settle,
    }
  } catch (cause) {
    const code = (cause as { code?: unknown } | undefined)?.code
    if (code === 'MYFY_RELOAD_ENTRY')
      throw new EntryNotFoundError((cause as Error).message.replaceAll(file, displayPath(cwd, file)))
    throw new EntryImportError(displayPath(cwd, file), cause)
  }
}

async function loadJavaScript(entry: Entry, cwd: string): Promise<LoadedApplication> {
  const began = performance.now()
  const settlers: Array<(code: ExitCode) => void> = []
  let joined!: (found: { app: Application; options: RunOptions }) => void
  const called = new Promise<{ app: Application; options: RunOptions }>((resolve) => {
    joined = resolve
  })
  const runner = installRunner({
    join: (app, options) =>
      new Promise((settle) => {
        settlers.push(settle)
        joined({ app, options })
      }),
  })
  const settle = (code: ExitCode) => {
    runner[Symbol.dispose]()
    for (const one of settlers.splice(0)) one(code)
  }
  const loaded = (app: Application, through: string, options: RunOptions = {}): LoadedApplication => {
    return { app, foundAs: through, options, loadMs: performance.now() - began, settle }
  }
  try {
    const byCall = called.then(({ app, options }) => loaded(app, 'app.run()', options))
    const byExport = importEntry(entry.file).then(
      async (exports) => {
        const found = await pick(exports, entry, cwd)
        if (found) return loaded(found.app, found.through)
        await nothingHappens()
        throw nothingFound(exports, entry, cwd)
      },
      async (cause: unknown) => {
        throw new EntryImportError(displayPath(cwd, entry.file), await located(cause, entry.file))
      },
    )
    // What the entry does after its own `await app.run()` is its own affair.
    byExport.catch(() => {})
    return await Promise.race([byCall, byExport])
  } catch (error) {
    runner[Symbol.dispose]()
    throw error
  }
}

/** Node keeps the place of a syntax error to itself; the transformer tells it, and evaluates nothing before. */
async function located(cause: unknown, file: string): Promise<unknown> {
  if (!(cause instanceof SyntaxError) || placeOf(cause)) return cause
  const { loadEntry } = await import('@myfy/reload')
  try {
    await loadEntry(file)
  } catch (error) {
    if ((error as { location?: unknown } | undefined)?.location) return error
  }
  return cause
}

async function pick(exports: Record<string, unknown>, { file, exportName }: Entry, cwd: string) {
  const where = displayPath(cwd, file)
  // CommonJS puts everything on the default export.
  const defaults = exports.default as Record<string, unknown> | undefined
  for (const name of exportName === undefined ? usualNames : [exportName]) {
    const value = exports[name] ?? (typeof defaults === 'object' ? defaults?.[name] : undefined)
    const through = name === 'default' ? 'default export' : `export ${name}`
    if (isApplication(value)) return { app: value, through }
    if (typeof value !== 'function') continue
    const made: unknown = await (value as () => unknown)()
    if (isApplication(made)) return { app: made, through: `${through}()` }
    throw new EntryNotFoundError(
      `the function '${name}' of ${where} returned no Application; return the application it makes`,
    )
  }
  return undefined
}

function nothingFound(
  exports: Record<string, unknown>,
  { file, exportName }: Entry,
  cwd: string,
): EntryNotFoundError {
  const where = displayPath(cwd, file)
  const names = Object.keys(exports)
  const there = names.length > 0 ? `it exports ${names.join(', ')}` : 'it exports nothing'
  if (exportName !== undefined) {
    return new EntryNotFoundError(
      `${where} has no export '${exportName}' that is an Application (${there})${didYouMean(exportName, names)}`,
    )
  }
  return new EntryNotFoundError(
    `${where} was found but holds no application: none of its exports app, application and default is an ` +
      `Application or a function that returns one (${there})\nWrite \`export const app = new Application()\`, ` +
      `call \`await app.run()\`, or name the export: \`${where}:name\`.`,
  )
}

/** An entry may call `app.run()` in a function of its own that nobody awaits: as long as something goes on, wait. */
function nothingHappens(): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer)
      process.off('beforeExit', over)
      resolve()
    }
    const timer = setTimeout(over, patience)
    timer.unref()
    process.once('beforeExit', over)
  })
}
