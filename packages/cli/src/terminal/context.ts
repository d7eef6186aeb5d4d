// What every command knows of its surroundings.

import type { ExitCode } from '@myfy/core'
import type { Terminal } from './terminal.ts'

/** The surroundings of one invocation of `myfy`. */
export interface CliContext {
  /** The directory that entries are looked for in. */
  readonly cwd: string
  /** The environment; options such as `--profile` are written into it, as the application reads them from there. */
  readonly env: Record<string, string | undefined>
  readonly terminal: Terminal
  /** The version of this package. */
  readonly version: string
}

/** How a command ended. */
export interface CommandResult {
  readonly exitCode: ExitCode
  /**
   * Whether the process ends at once, whatever an application that was only looked at still holds open. After a run
   * the life cycle itself sees to the end of the process.
   */
  readonly exitNow: boolean
}

/** Options by which every command finds its application. */
export interface AppOptions {
  readonly app?: string
  readonly profile?: string
}
