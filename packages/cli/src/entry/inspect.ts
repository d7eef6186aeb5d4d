// Looking at an application without starting it: loaded and initialized, nothing more.

import type { Application } from '@myfy/core'
import type { AppOptions, CliContext, CommandResult } from '../terminal/context.ts'
import { type Entry, findEntry } from './find-entry.ts'
import { type LoadedApplication, loadApplication } from './load-application.ts'

/** An application that is looked at. */
export interface InspectedApplication extends LoadedApplication {
  readonly entry: Entry
  /** Which module registered which providers, as far as it could be seen; names by module. */
  readonly registrations: ReadonlyMap<string, readonly string[]>
  /** Sentences on modules that had to move behind what they require. */
  readonly reordered: readonly string[]
  /** What `initialize()` rejected with, if it was asked to go on regardless. */
  readonly initializeError?: unknown
}

/** How to look. */
export interface InspectOptions extends AppOptions {
  /** Go on when `initialize()` rejects: `problem` says with what. Default: it is thrown. */
  readonly allowInvalid?: boolean
}

/** Loads and initializes an application, lets `look` look, and ends whatever the entry waits for. */
export async function inspect(
  context: CliContext,
  options: InspectOptions,
  look: (inspected: InspectedApplication) => unknown,
): Promise<CommandResult> {
  if (options.profile) context.env.MYFY_PROFILE = options.profile
  const entry = findEntry({ cwd: context.cwd, requested: options.app, env: context.env })
  // What users print while their code is loaded is no part of a table or of JSON.
  const restore = printToStandardError()
  let loaded: LoadedApplication | undefined
  let code: unknown
  try {
    loaded = await loadApplication(entry, context.cwd)
    const registrations = watchRegistrations(loaded.app)
    const moved: string[] = []
    loaded.app.on('module.reordered', ({ module, after }) => {
      moved.push(`${module} was added before ${after}, which it requires`)
    })
    let problem: unknown
    try {
      await loaded.app.initialize()
    } catch (error) {
      if (!options.allowInvalid) throw error
      problem = error
    }
    restore()
    code = await look({ ...loaded, entry, registrations, reordered: moved, initializeError: problem })
  } finally {
    restore()
    loaded?.settle(typeof code === 'number' ? code : 0)
  }
  return { exitCode: typeof code === 'number' ? code : 0, exitNow: true }
}

/** `console.log` and its like write to standard error until the returned function is called. */
function printToStandardError(): () => void {
  const { log, info, debug } = console
  Object.assign(console, { log: console.error, info: console.error, debug: console.error })
  return () => void Object.assign(console, { log, info, debug })
}

/** The container does not say who registered what: it is seen by comparing it around each `configure`. */
function watchRegistrations(app: Application): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  const names = () => app.container.graph().nodes.map((node) => node.name)
  let before: string[] = []
  app.on('hook.starting', ({ phase }) => {
    if (registering.has(phase)) before = names()
  })
  app.on('hook.finished', ({ phase, owner }) => {
    if (!registering.has(phase)) return
    const known = new Map<string, number>()
    for (const name of before) known.set(name, (known.get(name) ?? 0) + 1)
    const list = found.get(owner) ?? []
    for (const name of names()) {
      const left = known.get(name) ?? 0
      if (left > 0) known.set(name, left - 1)
      else list.push(name)
    }
    found.set(owner, list)
  })
  return found
}

/** The hooks that may register something; entry points of `finalize` included. */
const registering: ReadonlySet<string> = new Set(['configure', 'extend', 'finalize'])
