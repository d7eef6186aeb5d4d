// The options of an application.

import { OptionError } from '../errors.ts'
import type { Logger } from '../events/logger.ts'
import type { Lifespan } from '../hooks/lifespan.ts'
import type { ShutdownOptions } from '../hooks/shutdown-budget.ts'
import type { App } from '../modules/app.ts'
import type { Module } from '../modules/module.ts'
import type { Host } from '../process/host.ts'
import { type Duration, durationOption } from '../runtime/duration.ts'
import { assertKnownOptions, type OptionNames } from '../runtime/known-options.ts'
import { property } from '../runtime/thrown.ts'
import type { Settings } from '../settings/settings.ts'

/** A hook of the application, synchronous or asynchronous. */
export type Hook = {
  // Written as a method, so that a function of `Application` is accepted for one of `App`.
  run(app: App, control: { readonly signal: AbortSignal }): unknown
}['run']

/** Options of the start. */
export interface StartupOptions {
  /** The time that each hook of the start may take. Default: 60,000 ms. */
  readonly timeout?: Duration
  /**
   * `order` starts one module after the other; `levels` starts each module as soon as the modules that it requires have
   * started, and stops it as soon as the modules that require it have stopped. Default: `order`.
   */
  readonly concurrency?: 'order' | 'levels'
}

/** Options of an `Application`. */
export interface ApplicationOptions<S = undefined> {
  /**
   * The name of the application in the field `app` of its log lines. Default: none; a number while several applications
   * run in one process.
   */
  readonly name?: string
  /** The result of `defineSettings`. Validated before anything starts; the value is `app.settings`. */
  readonly settings?: Settings<S>
  /** The modules, in start order; the same as `addModule` for each. */
  readonly modules?: readonly Module[]
  /** True to load modules of installed packages whose package.json has `"myfy": { "module": … }`. Default: false. */
  readonly autoDiscover?: boolean
  /** The hooks that run before the lifespan and the modules start, in this order. */
  readonly onStartup?: readonly Hook[]
  /** The hooks that run after the modules and the lifespan have stopped, in this order. */
  readonly onShutdown?: readonly Hook[]
  /** Setup and cleanup in one function, around the modules. */
  readonly lifespan?: Lifespan<App>
  /** Options of the start. */
  readonly startup?: StartupOptions
  /** The time budget of the stop. */
  readonly shutdown?: ShutdownOptions
  /** The time that `isHealthy` of a module may take. Default: 5,000 ms. */
  readonly healthTimeout?: Duration
  /** The logger. Default: the console. */
  readonly logger?: Logger
  /** The process as the application sees it; for tests. Default: this process. */
  readonly host?: Host
}

/** Returns how long a hook of the start may take, in ms. */
export function startTimeout(option: Duration | undefined): number {
  return durationOption('startup.timeout', option ?? 60_000, { unlimited: true })
}

/** Returns the name of a hook in events and errors. */
export function hookName(hook: Hook, index: number): string {
  return hook.name || `anonymous ${index + 1}`
}

/** Returns a hook that is a function. @throws OptionError for anything else */
export function checkHook(name: string, hook: Hook): Hook {
  if (typeof hook === 'function') return hook
  throw new OptionError(
    'MYFY_HOOK_INVALID',
    `Cannot use ${hook === null ? 'null' : typeof hook} as ${name}: it is not a function. Pass a function.`,
  )
}

/** The names of the options of an application, with which an unknown one is refused. */
export const applicationNames: OptionNames<ApplicationOptions<unknown>> = {
  name: true,
  settings: true,
  modules: true,
  autoDiscover: 'boolean',
  onStartup: true,
  onShutdown: true,
  lifespan: true,
  startup: true,
  shutdown: true,
  healthTimeout: true,
  logger: true,
  host: true,
}
const startupNames: OptionNames<StartupOptions> = { timeout: true, concurrency: true }
const shutdownNames: OptionNames<ShutdownOptions> = {
  delay: true,
  drain: true,
  stop: true,
  flush: true,
  gracePeriod: true,
}

/** @throws OptionError for an invalid option */
export function checkOptions(options: ApplicationOptions<unknown>): void {
  const { startup, shutdown, lifespan, healthTimeout, name } = options
  assertKnownOptions('Application', options, applicationNames)
  assertKnownOptions('startup', startup, startupNames)
  assertKnownOptions('shutdown', shutdown, shutdownNames)
  if (name !== undefined && (typeof name !== 'string' || name === ''))
    refuse('name', name === '' ? 'an empty text' : `a value of type ${typeof name}`, 'a text')
  for (const list of ['modules', 'onStartup', 'onShutdown'] as const) {
    const given: unknown = options[list]
    if (given !== undefined && !Array.isArray(given))
      refuse(list, `a value of type ${typeof given}`, 'a list')
  }
  if (options.logger !== undefined) checkLogger(options.logger)
  if (lifespan !== undefined) checkHook('lifespan', lifespan as Hook)
  startTimeout(startup?.timeout)
  if (healthTimeout !== undefined) durationOption('healthTimeout', healthTimeout)
  const { concurrency = 'order' } = startup ?? {}
  if (concurrency !== 'order' && concurrency !== 'levels')
    refuse('startup.concurrency', JSON.stringify(concurrency), "'order' or 'levels'")
}

/** Refuses a logger on which a line would be lost, or be written in another form. @throws OptionError */
function checkLogger(logger: unknown): void {
  const methods = ['debug', 'info', 'warn', 'error'] as const
  const isObject = (typeof logger === 'object' && logger !== null) || typeof logger === 'function'
  const lacks = methods.filter((name) => !isObject || typeof property(logger, name) !== 'function')
  if (lacks.length > 0)
    refuse(
      'logger',
      isObject ? `a logger without ${lacks.join(', ')}` : `a value of type ${typeof logger}`,
      'an object with the methods debug, info, warn and error, such as a logger of pino',
    )
  if (['log', 'transports', 'exceptions'].every((name) => property(logger, name) !== undefined))
    refuse(
      'logger',
      'a logger of winston, which takes the message first and loses it',
      '{ info: (fields, message) => logger.info(message, fields), … } with the four levels',
    )
  for (const name of ['child', 'flush']) {
    const own = property(logger, name)
    if (own !== undefined && typeof own !== 'function')
      refuse('logger', `a logger whose ${name} is not a method`, 'one without it, or with a method')
  }
}

function refuse(name: string, given: string, valid: string): never {
  throw new OptionError(
    'MYFY_OPTION_INVALID',
    `Cannot use ${given} as ${name}: it is not a valid value. Use ${valid}.`,
  )
}
