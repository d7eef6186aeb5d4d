// The application as modules, hooks and transports see it.

import type { Class, Container, Inject, SeedValue, Services, ShortScope } from '@myfy/di'
import type { LifecycleEvent, LifecycleEventOf, LifecycleEventType } from '../events/events.ts'
import type { Logger } from '../events/logger.ts'
import type { ModuleStatus } from '../events/module-progress.ts'
import type { State } from '../events/state.ts'
import type { Timeline } from '../events/timeline.ts'
import type { ShutdownBudget } from '../hooks/shutdown-budget.ts'
import type { Duration } from '../runtime/duration.ts'
import type { ExitCode } from '../runtime/process-exit.ts'
import type { Environment } from '../settings/environment.ts'
import type { SettingsVariable } from '../settings/settings.ts'
import type { HandlerOptions } from '../work/current-work.ts'
import type { WorkerGroup } from '../work/worker-group.ts'
import type { Health } from './health.ts'
import type { Work, WorkTracker } from './work-tracker.ts'

/** A module as the application lists it. */
export interface AppModule {
  /** The name of the module. */
  readonly name: string
}

/** The class of a module, concrete or abstract. */
export type ModuleClass<M extends AppModule = AppModule> = Class<M> | (abstract new (...args: never[]) => M)

/** The status of an application; it can be sent as JSON. */
export interface ApplicationStatus {
  /** The state of the application. */
  readonly state: State
  /** Every module, in start order. */
  readonly modules: readonly ModuleStatus[]
  /** The work in flight, oldest first. */
  readonly work: readonly Work[]
}

/** Options of `Application.work`. */
export interface WorkOptions<R extends Inject = Inject> {
  /** The services of the work: a record by name, or a tuple. Default: none. */
  readonly inject?: R
  /** The label of the work in reports and logs. It must not contain values from outside. Default: the kind of the scope. */
  readonly label?: string
  /** The values of the scope's seeds: `Message.of(message)`. */
  readonly seeds?: readonly SeedValue[]
  /** Aborts when the result is not needed any more. Services read it as `CurrentWork`. Default: never. */
  readonly signal?: AbortSignal
  /** The time that the work may take, as services read it from `CurrentWork`; its end is up to `signal`. Default: unlimited. */
  readonly timeout?: Duration
  /** The options that modules define, as a route declares them: `{ transaction: { readOnly: true } }`. Services read them. */
  readonly options?: HandlerOptions
  /**
   * The id of the request that caused the work, as services read it from `CurrentWork`. Default: the trace id of the
   * `traceparent` in `headers`.
   */
  readonly id?: string
  /** The headers that came with the work. A tracer continues the trace that their `traceparent` names. */
  readonly headers?: Readonly<Record<string, unknown>>
  /** Attributes for the span of the work, by the semantic conventions: `{ 'messaging.system.name': 'kafka' }`. Default: none. */
  readonly attributes?: Readonly<Record<string, string | number | boolean>>
}

/** Readiness: whether the application runs and every module is healthy. */
export interface Readiness {
  /** True if the application is ready for work. */
  readonly ready: boolean
  /** The state of the application. */
  readonly state: State
  /** The health of its modules. */
  readonly health: Health
}

/**
 * The application as modules, hooks and transports see it. `Application` implements it; functions that receive the
 * application from a hook take an `App`.
 */
export interface App<S = unknown> {
  /** The work in flight. The drain waits for it. */
  readonly inFlight: WorkTracker
  /** The processes that run this application side by side. */
  readonly workers: WorkerGroup
  /** The logger of the application. It never throws. */
  readonly logger: Logger
  /** The modules; in start order once initialized. */
  readonly modules: readonly AppModule[]
  /** The names of the modules that accept work in this process; undefined for all. See `RunOptions.only`. */
  readonly only: readonly string[] | undefined
  /** The transports that listen; empty before `run()`. */
  readonly transports: ReadonlyArray<{ readonly name: string; readonly url?: string | undefined }>
  /** The container. @throws StateError before `initialize()` */
  readonly container: Container
  /** The validated settings. @throws StateError before `initialize()` */
  readonly settings: S
  /** The state of the application. */
  readonly state: State
  /** Liveness: from the start to the end of the stop, also while draining. */
  readonly live: boolean
  /** The fitted time budget of a stop. */
  readonly budget: ShutdownBudget
  /** The layers that settings are read from. Undefined before `initialize()`. */
  readonly environment: Environment | undefined
  /** The variables that settings read, and the source of each. Empty before `initialize()`. */
  readonly variables: readonly SettingsVariable[]
  /** The modules that each module requires, in start order. Empty before `initialize()`. */
  readonly requires: ReadonlyMap<AppModule, readonly AppModule[]>
  /** Returns the module of a class. @throws StateError if no such module was added */
  getModule<M extends AppModule>(type: ModuleClass<M>): M
  /** Reports whether a module of a class or name was added. */
  hasModule(type: string | ModuleClass): boolean
  /** Runs work outside a request in a separate scope. See `Application.work`. */
  work<const R extends Inject = [], T = unknown>(
    kind: ShortScope,
    options: WorkOptions<R>,
    run: (services: Services<R>) => T | PromiseLike<T>,
  ): Promise<T>
  /** Stops gracefully. */
  stop(reason?: string): Promise<ExitCode>
  /** Ends the application because of a fatal error: a graceful stop with exit code 1. */
  fail(error: unknown): void
  /** Calls a listener for each event of a type, or for every event with `'*'`. Returns the function that removes it. */
  on<T extends LifecycleEventType>(type: T, listener: (event: LifecycleEventOf<T>) => unknown): () => void
  /** Calls a listener for every event. Returns the function that removes it. */
  on(type: '*', listener: (event: LifecycleEvent) => unknown): () => void
  /** Checks the health of every module. */
  health(): Promise<Health>
  /** Checks readiness. */
  readiness(): Promise<Readiness>
  /** Returns a value without secrets. See `Application.redact`. */
  redact<T>(value: T): T
  /** Returns the status of the application. */
  status(): ApplicationStatus
  /** Returns the steps of the lifecycle so far. */
  timeline(): Timeline
}
