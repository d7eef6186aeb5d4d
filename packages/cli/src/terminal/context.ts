// The environment of one invocation of `myfy`, and its result.

import type { ExitCode } from '@myfy/core'
import type { ForkedWorker } from '@myfy/reload/first-worker'
import type { Terminal } from './terminal.ts'

/** The environment of one invocation of `myfy`. */
export interface CliContext {
  /** The directory that paths are relative to. */
  readonly cwd: string
  /** Environment variables. Options such as `--profile` are written into it, because the application reads them there. */
  readonly env: Record<string, string | undefined>
  readonly terminal: Terminal
  /** The version of this package. */
  readonly version: string
  /** The arguments of the application: everything behind `--`. */
  readonly args: readonly string[]
  /** The worker of `myfy run`, if it was forked in advance. */
  readonly firstWorker?: ForkedWorker | undefined
}

/** The result of a command. */
export interface CommandResult {
  readonly exitCode: ExitCode
  /**
   * Ends the process at once, even if an inspected application still holds something open. After a run the
   * application itself ends the process.
   */
  readonly exitNow: boolean
  /** Set after a run of the application. */
  readonly serves?: true
}

/** Options by which every command finds its application. */
export interface AppOptions {
  readonly app?: string
  readonly profile?: string
}
