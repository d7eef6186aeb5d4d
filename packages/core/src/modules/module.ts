// What an application is assembled of: a module brings providers, acquires at start, releases at stop.

import type { Class, Container } from '@myfy/di'
import type { Application } from '../application/application.ts'
import { OptionError, StateError } from '../errors.ts'
import type { Logger } from '../events/logger.ts'
import { type Duration, durationOption } from '../runtime/duration.ts'
import type { Settings } from '../settings/settings.ts'
import type { Transport } from './transport.ts'
import type { TrackedWork } from './work-tracker.ts'

/**
 * A part of an application. Only `name` is required. The hooks run in this order:
 * `configure` → `extend` → `finalize` (initialize, no I/O) → `start` → `ready` → `drain` → `stop`.
 * `BaseModule` is the class to extend; {@link defineModule} makes one from a plain object.
 */
export interface Module {
  /** Unique in an application; named in every event, error and report. */
  readonly name: string
  /** Modules (by class or name) that must be present and start before this one. */
  readonly requires?: ReadonlyArray<ModuleReference>
  /** Settings that the module brings; validated together with the application's. */
  readonly settings?: Settings | readonly Settings[]
  /** Owns something that only one process or application can own at a time (a port, a lock, a data directory). */
  readonly exclusive?: boolean
  /** How long `start` may take. Default: `startup.timeout`, 60,000 ms. */
  readonly startTimeout?: Duration
  /** How long `stop` may take; never more than what the shared budget still has. */
  readonly stopTimeout?: Duration
  /** Registers providers. No I/O. */
  configure?(container: Container, app: Application): void
  /** Sees what all modules registered and may add to it. No I/O. */
  extend?(container: Container, app: Application): void
  /** The graph is built: the last look before anything starts. No I/O. */
  finalize?(container: Container, app: Application): void
  /** Acquires: connects, opens, warms up. A rejection ends the start of the whole application. */
  start?(context: StartContext): void | PromiseLike<void>
  /** Every module has started; transports do not listen yet. */
  ready?(context: StartContext): void | PromiseLike<void>
  /** The drain has begun: take on nothing new, finish what was taken. */
  drain?(context: StopContext): void | PromiseLike<void>
  /** Releases what `start` acquired. Other modules stop even if this one fails. */
  stop?(context: StopContext): void | PromiseLike<void>
  /** Whether the module can do its work now. An exception counts as unhealthy, with its message. */
  isHealthy?(): boolean | PromiseLike<boolean>
  /** What accepts work from outside on behalf of this module. `run({ transport })` replaces it. */
  transports?(): readonly Transport[]
  /** Commands that the module brings to the `myfy` command line. */
  commands?(): readonly ModuleCommand[]
  /**
   * Whether the module that runs can stand for this one in a reload; asked only when the class is the same. Default:
   * the fields are equal and nothing is hidden in private ones.
   */
  canReuse?(running: Module): boolean
  /** State for the next instance of this module in a reload: `start(context)` finds it in `context.previous`. */
  handOff?(): unknown
}

/** Names a module: its class, or its name. */
export type ModuleReference = string | Class<Module> | (abstract new (...args: never[]) => Module)

/** What `start` and `ready` receive. */
export interface StartContext {
  /** The application that starts. */
  readonly app: Application
  /** Aborts when the start must be given up: a stop was asked for, or the time is over. */
  readonly signal: AbortSignal
  /** Writes under the module's name. */
  readonly logger: Logger
  /** What the former instance handed over in a reload. */
  readonly previous?: unknown
  /** Releases something acquired so far: runs in reverse order after `stop`, and when this very start fails half-way. */
  defer(release: () => unknown): void
  /** Runs background work that the life cycle owns: its signal aborts before the module's `stop`, and it is awaited. */
  spawn(name: string, work: (signal: AbortSignal) => unknown, options?: SpawnOptions): void
  /** Runs `work` every `ms`, first after `ms`; never twice at once. Ends before the module's `stop`. */
  every(ms: Duration, name: string, work: (signal: AbortSignal) => unknown, options?: SpawnOptions): void
  /** Enters work into the in-flight ledger; a drain waits for it. */
  track(kind: string, label: string): TrackedWork
}

/** What `drain` and `stop` receive. */
export interface StopContext {
  /** The application that stops. */
  readonly app: Application
  /** Aborts shortly before the hook is abandoned, or at once when a second signal forces the stop. */
  readonly signal: AbortSignal
  /** Writes under the module's name. */
  readonly logger: Logger
  /** How long this hook may still take, in ms. */
  remaining(): number
}

/** What happens when background work fails. */
export interface SpawnOptions {
  /**
   * `fatal` stops the application with exit code 1, `restart` begins again with back-off (100 ms doubling to
   * `maxRetryDelay`), `ignore` only reports it. Default: `fatal` for `spawn`, `ignore` for `every`. The same failure
   * time after time is logged once.
   */
  readonly onError?: 'fatal' | 'restart' | 'ignore'
  /** The longest pause before a `restart`, in ms; so long it must go well to begin with 100 ms anew. Default: 30,000. */
  readonly maxRetryDelay?: Duration
}

/** A command that a module brings: `myfy routes`, `myfy db migrate`. */
export interface ModuleCommand {
  /** One or more words: `routes`, `db migrate`. */
  readonly name: string
  /** One sentence for the list of commands. */
  readonly description: string
  /** Options: name without dashes → what it is. A `boolean` takes no value. */
  readonly options?: Readonly<
    Record<string, { type: 'string' | 'boolean'; description: string; default?: string | boolean }>
  >
  /** Whether the application is started before and stopped after. Default: false, it is only initialized. */
  readonly starts?: boolean
  /**
   * Reads only routes, providers and the like: the command runs without the settings that are missing or invalid, for
   * example in a build without secrets. Default: false.
   */
  readonly inspects?: boolean
  /** Does it. A number it returns is the exit code. */
  run(context: CommandContext): unknown
}

/** What a {@link ModuleCommand} receives. */
export interface CommandContext {
  /** The initialized (or, with `starts`, started) application. */
  readonly app: Application
  /** The options given, with defaults filled in. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>
  /** What stood after the command that is not an option. */
  readonly args: readonly string[]
  /** Aborts on Ctrl+C. */
  readonly signal: AbortSignal
  /** Writes a line to standard output. */
  print(line: string): void
}

/** How the life cycle gives a module its container; internal. */
export const attachContainer: unique symbol = Symbol.for('myfy.module.container')

/**
 * The class to extend for a module. `this.container` is there from `configure` on. The name is the one given to
 * the constructor, or a field `name`, or else the class's own (`DataModule` → `data`).
 *
 * @example
 * ```ts
 * import { BaseModule, type StartContext } from '@myfy/core'
 *
 * export class ClockModule extends BaseModule {
 *   override name = 'clock'
 *   override start(context: StartContext) {
 *     context.every(60_000, 'tick', () => console.log(new Date()))
 *   }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: every merged member is optional
export abstract class BaseModule implements Module {
  /** Unique in an application. */
  name: string
  #container: Container | undefined

  constructor(name?: string) {
    this.name = name ?? nameOfClass(this.constructor.name)
  }

  /** Where services are got from. Before `configure` there is none: that is a {@link StateError}. */
  get container(): Container {
    if (this.#container) return this.#container
    throw new StateError(
      'MYFY_MODULE_NOT_CONFIGURED',
      `the module '${this.name}' has no container yet; use it from configure() on, not in the constructor`,
    )
  }

  /**
   * The life cycle gives the container.
   * @internal
   */
  [attachContainer](container: Container): void {
    this.#container = container
  }
}

/** The hooks of a module, all optional. */
// Declared apart from the class: as optional members they are part of its type without being fields, so that a
// subclass may write them as methods, fields or getters.
export interface BaseModule extends Module {}

/**
 * A module as a value; the same as a class that extends `BaseModule`, with the hooks' arguments inferred.
 *
 * @example
 * ```ts
 * import { defineModule } from '@myfy/core'
 *
 * export const clock = defineModule({
 *   name: 'clock',
 *   start(context) {
 *     context.every(60_000, 'tick', () => console.log(new Date()))
 *   },
 * })
 * ```
 */
export function defineModule<const M extends Module>(module: M): M {
  return module
}

function nameOfClass(name: string): string {
  return name
    .replace(/Module$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
}

const hooks = [
  'configure',
  'extend',
  'finalize',
  'start',
  'ready',
  'drain',
  'stop',
  'isHealthy',
  'transports',
  'commands',
  'canReuse',
  'handOff',
] as const

/** Refuses what is no module, with the mistakes that lead to it. */
export function checkModule(module: Module): Module {
  if (typeof module === 'object' && module !== null) {
    for (const limit of ['startTimeout', 'stopTimeout'] as const) {
      if (module[limit] !== undefined)
        durationOption(`${limit} of the module '${module.name}'`, module[limit], {
          unlimited: true,
        })
    }
    for (const hook of hooks) {
      const given: unknown = module[hook]
      if (given === undefined || typeof given === 'function') continue
      throw new OptionError(
        'MYFY_MODULE_INVALID',
        `${hook} of the module '${module.name}' is of type ${typeof given}; it must be a function (give it without calling it)`,
      )
    }
    return module
  }
  const given = module as unknown
  const mistake =
    typeof given === 'function'
      ? `the class ${given.name}; give it an instance: new ${given.name}()`
      : `${String(given)}; if it is imported, look for a circular import`
  throw new OptionError('MYFY_MODULE_INVALID', `addModule() was given ${mistake}`)
}
