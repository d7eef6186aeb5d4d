// The public face of a supervisor: what it is told, and what can be asked of it.

import type { ExitCode } from '@myfy/core'
import type { WatchOptions } from '../watch/watched-config.ts'
import type { ReloadEvent } from './reload-events.ts'
import { RollingSupervisor } from './rolling-supervisor.ts'

/** Options of {@link createSupervisor}. */
export interface SupervisorOptions extends WatchOptions {
  /** The file that holds the application. */
  readonly entry: string
  /** The export that holds it. Default: `app`, `application` or `default`, or whoever calls `app.run()`. */
  readonly exportName?: string
  /** The arguments of the application: `process.argv` from index 2 on. Default: none. */
  readonly args?: readonly string[]
  /** Where the application runs; env files are looked for here. Default: the current directory. */
  readonly cwd?: string
  /** Looks at the files every so many ms instead of waiting for events; `true` is 100. Default: false. */
  readonly poll?: boolean | number
  /** Where the error page of a failed first start is shown before the application has said where it listens. */
  readonly port?: number
  /** See `port`. Default: all interfaces. */
  readonly host?: string
  /**
   * Where the first transport that wants a TCP port listens, instead of where the application says; what is left out
   * stays as the application says. The error page is shown there too.
   */
  readonly listen?: { readonly port?: number | undefined; readonly host?: string | undefined }
  /** Modules that every worker imports before anything else: specifiers or URLs, as for `node --import`. */
  readonly preload?: readonly string[]
  /** The environment of the workers. Default: that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Where the debugger of the application listens: a port or `host:port`. */
  readonly inspect?: string
  /** How long modules may run at import without a pause, in ms; 0 is forever. Default: 2000. */
  readonly importTimeout?: number
  /** Hears of everything that happens. */
  readonly onEvent?: (event: ReloadEvent) => void
}

/** Runs an application and replaces it whenever its code changes. */
export interface Supervisor {
  /** Starts; resolves when the application serves or its first start has failed. */
  start(): Promise<void>
  /** Replaces the application by one in a fresh process, changed or not. */
  reload(): void
  /** Stops gracefully; a second call forces. Resolves to the exit code. */
  stop(signal?: NodeJS.Signals): Promise<ExitCode>
  /** Resolves when everything has stopped. */
  readonly exitCode: Promise<ExitCode>
  /** Where the application can be reached. */
  readonly urls: readonly string[]
}

/**
 * Makes a supervisor. Nothing happens before `start()`.
 *
 * @example
 * ```ts
 * import { createSupervisor } from '@myfy/reload'
 *
 * const supervisor = createSupervisor({ entry: 'src/app.ts', onEvent: console.log })
 * await supervisor.start()
 * process.exitCode = await supervisor.exitCode
 * ```
 */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  return new RollingSupervisor(options)
}
