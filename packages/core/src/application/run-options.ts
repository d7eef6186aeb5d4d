// The options of a run.

import { ModuleError, OptionError } from '../errors.ts'
import type { App } from '../modules/app.ts'
import type { Transport } from '../modules/transport.ts'
import type { SignalSource } from '../process/signals.ts'
import type { OptionNames } from '../runtime/known-options.ts'
import type { WorkerLink } from '../work/worker-group.ts'

/** Options of `Application.startModules`. */
export interface StartOptions {
  /**
   * The names of the modules that accept work in this process: their transports listen, and a module that takes work by
   * itself, such as jobs, takes it. All modules start. Default: all of them.
   */
  readonly only?: readonly string[] | undefined
}

/** Options of `Application.run`. */
export interface RunOptions extends StartOptions {
  /** The transports to use instead of those that modules bring. */
  readonly transport?: Transport | readonly Transport[]
  /**
   * The signals that stop the application. `true`: SIGINT, SIGTERM, SIGHUP and SIGQUIT (SIGBREAK on Windows), and
   * SIGUSR2 under nodemon. A list: these signals in addition. A function: delivers the signals itself, and returns the
   * function that ends that. `false`: the run does not own the process at all; fatal errors of the process and the exit
   * code are left to the caller. Default: `true`.
   */
  readonly signals?: SignalSource
  /**
   * The lifecycle events to log: all, or only warnings and errors where another program prints the progress. Default:
   * `all`.
   */
  readonly lifecycleLog?: 'all' | 'problems'
  /** True to replace the application when its files change, for development. Needs `@myfy/reload`. Default: false. */
  readonly reload?: boolean
  /**
   * The listening handle for transports, as {@link ListenContext.inherited}; for supervisors. With `signals: false`, the
   * supervisor also prints why the application has failed.
   */
  readonly inherited?: unknown
  /** The connection to the other workers of `app.workers`; for supervisors. Default: the process runs alone. */
  readonly workers?: WorkerLink
  /**
   * The running application in the same process that this one replaces. It serves until this one is ready; then its
   * transports hand off to those of the same name. The caller stops it afterwards. Its `exclusive` modules stop before
   * their successors start, and restart if this start fails.
   */
  readonly predecessor?: App
}

export const startOptionNames: OptionNames<StartOptions> = { only: true }

export const runOptionNames: OptionNames<RunOptions> = {
  only: true,
  transport: true,
  signals: true,
  lifecycleLog: true,
  reload: 'boolean',
  inherited: true,
  workers: true,
  predecessor: true,
}

/**
 * Checks `only`.
 *
 * @throws ModuleError if a name is not that of a module, OptionError if it is not a list of names
 */
export function assertOnly(
  only: readonly string[] = [],
  modules: ReadonlyArray<{ readonly name: string }>,
): void {
  const names = modules.map(({ name }) => name)
  if (!Array.isArray(only))
    throw new OptionError(
      'MYFY_OPTION_INVALID',
      `Cannot use the option 'only': it is ${only === null ? 'null' : `of type ${typeof only}`}, not a list. Write only: ['tasks'].`,
    )
  const unknown = only.find((name) => !names.includes(name))
  if (unknown === undefined) return
  throw new ModuleError(
    'MYFY_MODULE_MISSING',
    `Cannot accept work for the module '${unknown}' alone: it was not added. Name one of ${names.join(', ')}.`,
  )
}
