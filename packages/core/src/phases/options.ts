// What an application is made with.

import type { Application } from '../application/application.ts'
import { OptionError } from '../errors.ts'
import type { Logger } from '../events/logger.ts'
import type { Lifespan } from '../hooks/lifespan.ts'
import type { ShutdownOptions } from '../hooks/shutdown-budget.ts'
import type { Module } from '../modules/module.ts'
import type { Transport } from '../modules/transport.ts'
import type { Host } from '../process/host.ts'
import { type Duration, durationOption } from '../runtime/duration.ts'
import type { Settings } from '../settings/settings.ts'

/** A hook of the application; sync and async are equal. */
export type Hook = (app: Application, control: { readonly signal: AbortSignal }) => unknown

/** How modules start. */
export interface StartupOptions {
  /** How long each hook of the start may take. Default 60,000 ms. */
  readonly timeout?: Duration
  /** `order` starts one module after the other, `levels` each as soon as what it requires has started. Default `order`. */
  readonly concurrency?: 'order' | 'levels'
}

/** Options of an {@link Application}. */
export interface ApplicationOptions<S = undefined> {
  /** What `defineSettings` returned. Validated before anything starts; the value is `app.settings`. */
  readonly settings?: Settings<S>
  /** Modules, in start order; the same as `addModule` for each. */
  readonly modules?: readonly Module[]
  /** Load modules of installed packages whose package.json has `"myfy": { "module": … }`. Default false. */
  readonly autoDiscover?: boolean
  /** Run before the lifespan and the modules start, in this order. */
  readonly onStartup?: readonly Hook[]
  /** Run after the modules and the lifespan have stopped, in this order. */
  readonly onShutdown?: readonly Hook[]
  /** Set-up and clean-up in one function, around the modules. */
  readonly lifespan?: Lifespan<Application>
  /** How modules start. */
  readonly startup?: StartupOptions
  /** How long the parts of a stop may take. */
  readonly shutdown?: ShutdownOptions
  /** How long `isHealthy` of a module may take. Default 5,000 ms. */
  readonly healthTimeout?: Duration
  /** Where the application writes. Default: the console. */
  readonly logger?: Logger
  /** The process as the application sees it; for tests. Default: this process. */
  readonly host?: Host
}

/** How an application runs. */
export interface RunOptions {
  /** Takes the place of the transports that modules bring. */
  readonly transport?: Transport | readonly Transport[]
  /**
   * Whether this run owns the process: signals, fatal errors, the exit code. Without that, why it cannot start is
   * left to the caller to tell. Default true.
   */
  readonly signals?: boolean
  /** Development: replace the application when its files change. Needs `@myfy/reload`. Default false. */
  readonly reload?: boolean
  /** What transports use instead of opening a socket of their own, as {@link ListenContext.inherited}; for supervisors. */
  readonly inherited?: unknown
  /**
   * The application that this one replaces in the same process. It serves until this one is ready; then its
   * transports hand over to those of the same name. Stopping it afterwards is up to the caller. Its `exclusive`
   * modules are stopped before their successors start, and started again if this start fails.
   */
  readonly predecessor?: Application
}

/** How long a hook of the start may take, in ms. */
export function startTimeout(option: Duration | undefined): number {
  return durationOption('startup.timeout', option ?? 60_000, { unlimited: true })
}

/** What a hook is called in events and errors. */
export function hookName(hook: Hook): string {
  return hook.name || 'anonymous'
}

/** Refuses what is no hook. */
export function checkHook(name: string, hook: Hook): Hook {
  if (typeof hook === 'function') return hook
  throw new OptionError(
    'MYFY_HOOK_INVALID',
    `${name} was given ${hook === null ? 'null' : typeof hook}; it must be a function`,
  )
}

/** Refuses options that cannot be meant, with what they must be. */
export function checkOptions(options: ApplicationOptions<unknown>): void {
  const { startup, lifespan, healthTimeout } = options
  const refuse = (name: string, given: string, instead: string) => {
    throw new OptionError('MYFY_OPTION_INVALID', `${name} is ${given}; it must be ${instead}`)
  }
  for (const list of ['modules', 'onStartup', 'onShutdown'] as const) {
    const given: unknown = options[list]
    if (given !== undefined && !Array.isArray(given)) refuse(list, `of type ${typeof given}`, 'a list')
  }
  if (lifespan !== undefined) checkHook('lifespan', lifespan as Hook)
  if (startup?.timeout !== undefined) startTimeout(startup.timeout)
  if (healthTimeout !== undefined) durationOption('healthTimeout', healthTimeout)
  const { concurrency = 'order' } = startup ?? {}
  if (concurrency !== 'order' && concurrency !== 'levels')
    refuse('startup.concurrency', JSON.stringify(concurrency), "'order' or 'levels'")
}
