// Finds the application in an entry: an export, what a function returns, or whoever calls `app.run()` at its top.

import { type Application, type ExitCode, installRunner, isApplication, type RunOptions } from '@myfy/core'
import { EntryError } from './errors.ts'

/** An application found in an entry. */
export interface FoundApplication {
  readonly application: Application
  /** What the entry passed to `app.run()`, if it called it. */
  readonly options: RunOptions
  /** Ends the entry's own `await app.run()` with this code. */
  settle(code: ExitCode): void
}

const exportNames = ['app', 'application', 'default']

/**
 * Evaluates an entry and returns its application. An entry that calls `app.run()` at its top level is not over
 * before the application stops; the call counts as naming the application, and waits.
 *
 * @throws EntryError if there is none
 */
export async function findApplication(
  evaluate: () => Promise<object>,
  file: string,
  exportName?: string,
): Promise<FoundApplication> {
  let join!: (found: FoundApplication) => void
  const called = new Promise<FoundApplication>((resolve) => {
    join = resolve
  })
  const runner = installRunner({
    join: (application, options) =>
      new Promise((settle) => {
        join({ application, options, settle })
      }),
  })
  try {
    const exported = evaluate().then(async (exports) => {
      const application = await pick(exports as Record<string, unknown>, file, exportName)
      return { application, options: {}, settle() {} }
    })
    // What the entry does after its own `await app.run()` is its own affair.
    exported.catch(() => {})
    return await Promise.race([called, exported])
  } finally {
    runner[Symbol.dispose]()
  }
}

async function pick(
  exports: Record<string, unknown>,
  file: string,
  exportName?: string,
): Promise<Application> {
  const names = exportName === undefined ? exportNames : [exportName]
  for (const name of names) {
    const value = exports[name]
    if (isApplication(value)) return value
    if (typeof value !== 'function') continue
    const made: unknown = await value()
    if (isApplication(made)) return made
    throw new EntryError(
      `the function '${name}' of ${file} returned no Application; return the application it makes`,
    )
  }
  const there = Object.keys(exports).join(', ') || 'nothing'
  throw new EntryError(
    `${file} holds no application: ${exportName ? `no export '${exportName}'` : `none of the exports ${exportNames.join(', ')}`} is one ` +
      `(it exports ${there}); write \`export const app = new Application()\`, or call \`await app.run()\``,
  )
}
