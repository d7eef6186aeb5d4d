// The inspection of an application: it is loaded and initialized, and never started.

import { format } from 'node:util'
import type { Application } from '@myfy/core'
import type { AppOptions, CliContext, CommandResult } from '../terminal/context.ts'
import { type Entry, findEntry } from './find-entry.ts'
import { type LoadedApplication, loadApplication } from './load-application.ts'
import { usePlaceholderSettings } from './placeholder-settings.ts'
import { type Registrations, recordRegistrations } from './registrations.ts'

/** An application that is inspected. */
export interface InspectedApplication extends LoadedApplication {
  readonly entry: Entry
  /** The names of the providers that each module registered. */
  readonly registrations: Registrations
  /** Sentences on modules that were moved behind the modules they require. */
  readonly reordered: readonly string[]
  /** The error of `initialize()`, with the option `allowInvalid`. */
  readonly initializeError?: unknown
}

/** Options of {@link inspect}. */
export interface InspectOptions extends AppOptions {
  /** Inspects an application whose `initialize()` rejects. Default: false, and the error is thrown. */
  readonly allowInvalid?: boolean
  /** Uses placeholders for settings that are missing or invalid. Default: never. */
  readonly placeholders?: (app: Application) => boolean
}

/** Loads and initializes an application, calls `action` with it, and ends the entry's own `await app.run()`. */
export async function inspect(
  context: CliContext,
  options: InspectOptions,
  action: (inspected: InspectedApplication) => unknown,
): Promise<CommandResult> {
  if (options.profile) context.env.MYFY_PROFILE = options.profile
  const entry = findEntry({ cwd: context.cwd, requested: options.app, env: context.env })
  const output = redirectStandardOutput(context.terminal.print)
  let loaded: LoadedApplication | undefined
  let exitCode: unknown
  try {
    loaded = await loadApplication(entry, { cwd: context.cwd })
    const { app } = loaded
    context.terminal.protect(app)
    const replaced = usePlaceholderSettings(app, () => options.placeholders?.(app) === true)
    const registrations = recordRegistrations(app)
    const reordered: string[] = []
    app.on('module.reordered', ({ module, after }) => {
      reordered.push(`${module} was added before ${after}, which it requires`)
    })
    let initializeError: unknown
    try {
      await app.initialize()
    } catch (error) {
      if (!options.allowInvalid) throw error
      initializeError = error
    }
    output.resultBegins()
    notePlaceholders(context, replaced)
    exitCode = await action({ ...loaded, entry, registrations, reordered, initializeError })
  } finally {
    output.restore()
    loaded?.settle(typeof exitCode === 'number' ? exitCode : 0)
  }
  return { exitCode: typeof exitCode === 'number' ? exitCode : 0, exitNow: true }
}

/** Prints the settings that have placeholder values, for people. */
function notePlaceholders({ terminal }: CliContext, replaced: readonly string[]): void {
  if (replaced.length === 0) return
  terminal.note(`placeholders for settings that are missing or invalid: ${replaced.join(', ')}`)
}

/**
 * Sends everything that the application writes to standard output to standard error, so that tables and JSON stay
 * readable for programs. From `resultBegins` on `console.log` belongs to the result; log lines still do not.
 */
function redirectStandardOutput(print: (text: string) => void) {
  const { write } = process.stdout
  const { log, info } = console
  const toStandardError = ((...args: Parameters<typeof write>) =>
    process.stderr.write(...args)) as typeof write
  process.stdout.write = toStandardError
  return {
    resultBegins() {
      const printResult = (...values: unknown[]) => print(format(...values))
      Object.assign(console, { log: printResult, info: printResult })
    },
    restore() {
      if (process.stdout.write === toStandardError) process.stdout.write = write
      Object.assign(console, { log, info })
    },
  }
}
