// The interface of a supervisor: its options and its methods.

import type { ExitCode } from '@myfy/core'
import type { WatchOptions } from '../watch/watched-config.ts'
import type { ForkedWorker } from './fork-worker.ts'
import type { ReloadEvent } from './reload-events.ts'

/** Options of {@link createSupervisor}. */
export interface SupervisorOptions extends WatchOptions {
  /** The file that holds the application. */
  readonly entry: string
  /** The export that holds it. Default: `app`, `application` or `default`, or the application that calls `app.run()`. */
  readonly exportName?: string
  /** The directory of the application, which holds its environment files. Default: the current directory. */
  readonly cwd?: string
  /** The arguments of the application: its `process.argv.slice(2)`. Default: none. */
  readonly args?: readonly string[]
  /** The lifecycle events that the application logs: all, or only warnings and errors. Default: `all`. */
  readonly lifecycleLog?: 'all' | 'problems'
  /** Polls the files at this interval, in ms, instead of waiting for events; `true` is 100. Default: false. */
  readonly poll?: boolean | number
  /** The tsconfig file for all sources, relative to `cwd`. Default: the nearest one of each directory. */
  readonly tsconfig?: string
  /** The port of the error page as long as the application has not said where it listens. Default: `PORT`. */
  readonly port?: number
  /** The host of the error page. Default: `127.0.0.1`, which other machines do not reach. */
  readonly host?: string
  /**
   * The address of the first TCP listener of the application and of the error page, in place of the application's own.
   * A part that is left out is not replaced. A listener without a host is bound to `127.0.0.1`.
   */
  readonly listen?: { readonly port?: number | undefined; readonly host?: string | undefined }
  /** Modules that every worker imports before anything else: specifiers or URLs, as for `node --import`. */
  readonly preload?: readonly string[]
  /** The environment of the workers. Default: that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /**
   * The address of the application's debugger: a port, `host:port`, or `true` for 127.0.0.1:9229. It moves from process
   * to process with the application. Default: none.
   */
  readonly inspect?: boolean | number | string
  /** The time that modules may take at import without a pause, in ms; 0 sets no limit. Default: 2000. */
  readonly importTimeout?: number
  /** @internal A worker that `forkFirstWorker` has forked, with `cwd` and `preload` of these options. */
  readonly firstWorker?: ForkedWorker | undefined
  /** Receives every event. */
  readonly onEvent?: (event: ReloadEvent) => void
}

/** Runs an application and replaces it when its code changes. */
export interface Supervisor {
  /** Starts. Resolves when the application serves, or its first start has failed. */
  start(): Promise<void>
  /** Replaces the application in a new process, changed or not. */
  reload(): void
  /** Stops gracefully; a second call forces the stop. Resolves to the exit code. */
  stop(signal?: NodeJS.Signals): Promise<ExitCode>
  /** Resolves when everything has stopped. */
  readonly exitCode: Promise<ExitCode>
  /** The URLs of the application. */
  readonly urls: readonly string[]
}
