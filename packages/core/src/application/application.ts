// The application: the public face of its lifecycle.

import type { Class, Container, Inject, Services, ShortScope } from '@myfy/di'
import { StateError, StopError } from '../errors.ts'
import { consoleLogger } from '../events/console-logger.ts'
import { EventLog } from '../events/event-log.ts'
import type { LifecycleEvent, LifecycleEventOf, LifecycleEventType } from '../events/events.ts'
import { guardLogger } from '../events/guarded-logger.ts'
import type { Logger } from '../events/logger.ts'
import type { State } from '../events/state.ts'
import { buildTimeline, type Timeline } from '../events/timeline.ts'
import type { ShutdownBudget } from '../hooks/shutdown-budget.ts'
import type {
  App,
  ApplicationStatus,
  AppModule,
  ModuleClass,
  Readiness,
  WorkOptions,
} from '../modules/app.ts'
import { checkHealth, type Health, HealthChanges } from '../modules/health.ts'
import type { Module } from '../modules/module.ts'
import type { Transport } from '../modules/transport.ts'
import { WorkTracker } from '../modules/work-tracker.ts'
import { type ApplicationOptions, checkOptions, type Hook, startTimeout } from '../phases/options.ts'
import { type Host, processHost } from '../process/host.ts'
import { durationOption } from '../runtime/duration.ts'
import { assertKnownOptions } from '../runtime/known-options.ts'
import type { ExitCode } from '../runtime/process-exit.ts'
import { createRedactor, type Redactor } from '../runtime/redaction.ts'
import type { Environment } from '../settings/environment.ts'
import type { Settings, SettingsVariable } from '../settings/settings.ts'
import { WorkerGroup } from '../work/worker-group.ts'
import { assertChangeable, Composition, type HookNames } from './composition.ts'
import { Lifecycle } from './lifecycle.ts'
import { type RunOptions, runOptionNames, type StartOptions, startOptionNames } from './run-options.ts'
import { installedRunner, superviseSelf } from './runner.ts'
import { runInScope } from './scoped-work.ts'
import { currentSubstitutes } from './substitutes.ts'

/** Marks an application across copies of this package. */
const brand = Symbol.for('myfy.application')

/** Gives the lifecycle of an application to the one that replaces it. */
const lifecycleOf: unique symbol = Symbol.for('myfy.application.life')

/**
 * An application: modules, settings and hooks with one lifecycle. Its creation has no effects.
 *
 * @example
 * ```ts
 * import { Application, defineModule } from '@myfy/core'
 *
 * const app = new Application().addModule(
 *   defineModule({ name: 'clock', start: ({ every }) => every(1000, 'tick', () => console.log(new Date())) }),
 * )
 * await app.run()
 * ```
 */
export class Application<S = unknown> implements App<S> {
  /** @internal */
  readonly [brand] = true
  /** The work in flight. The drain waits for it. */
  readonly inFlight: WorkTracker
  /** The processes that run this application side by side. */
  readonly workers = new WorkerGroup()
  /** The logger of the application. It never throws, and removes secrets from its lines. */
  readonly logger: Logger
  readonly #host: Host
  readonly #options: ApplicationOptions<S>
  readonly #composition: Composition
  readonly #events: EventLog
  readonly #healthChanges = new HealthChanges()
  readonly #lifecycle: Lifecycle
  /** Removes secrets until the settings are read. */
  readonly #redactor = createRedactor()
  /** True in a test that observes the application itself, and needs no log. */
  readonly #isSubstituted: boolean

  constructor(options: ApplicationOptions<S> = {}) {
    this.#options = options
    checkOptions(options)
    const substitutes = currentSubstitutes()
    this.#isSubstituted = substitutes !== undefined
    this.#host = substitutes?.host ?? options.host ?? processHost
    this.logger = guardLogger(
      substitutes?.logger ?? options.logger ?? consoleLogger(),
      () => this.#currentRedactor,
    )
    this.inFlight = new WorkTracker(() => this.#host.clock.now())
    this.#composition = new Composition(options)
    this.#events = new EventLog(this, this.logger, () => this.#host.clock.now(), options.name)
    this.#lifecycle = new Lifecycle({
      app: this,
      token: applicationToken(),
      options,
      modules: this.#composition.modules,
      onStartup: this.#composition.onStartup,
      onShutdown: this.#composition.onShutdown,
      overrides: this.#composition.overrides,
      host: this.#host,
      inFlight: this.inFlight,
      logger: this.logger,
      emit: this.#events.emit,
      callHook: substitutes?.callHook,
    })
  }

  // ── composition ─────────────────────────────────────────────────────────────────────────────────────

  /** Adds a module. Modules start in the order in which they are added. @throws StateError once initialized */
  addModule(module: Module): this {
    assertChangeable('addModule', this.state)
    this.#composition.addModule(module)
    return this
  }

  /** Adds a hook that runs before the modules start, after the hooks that were added before. */
  onStartup(hook: Hook): this {
    assertChangeable('onStartup', this.state)
    this.#composition.addHook('onStartup', hook)
    return this
  }

  /** Adds a hook that runs after the modules have stopped, after the hooks that were added before. */
  onShutdown(hook: Hook): this {
    assertChangeable('onShutdown', this.state)
    this.#composition.addHook('onShutdown', hook)
    return this
  }

  /** Changes providers after all modules have registered theirs; for tests. @throws StateError once initialized */
  override(change: (container: Container) => void): this {
    assertChangeable('override', this.state)
    this.#composition.overrides.push(change)
    return this
  }

  /** The modules; in start order once initialized. */
  get modules(): readonly Module[] {
    return [...this.#composition.modules]
  }

  /** Returns the module of a class. @throws StateError if no such module was added; see {@link Application.hasModule} */
  getModule<M extends AppModule>(type: ModuleClass<M>): M {
    return this.#composition.moduleOf(type)
  }

  /** The transports that listen; empty before `run()`. */
  get transports(): readonly Transport[] {
    return this.#lifecycle.transports.list
  }

  /** The names of the modules that accept work in this process; undefined for all. See `RunOptions.only`. */
  get only(): readonly string[] | undefined {
    return this.#lifecycle.only
  }

  /** Reports whether a module of a class or name was added. */
  hasModule(type: string | ModuleClass): boolean {
    return this.#composition.hasModule(type)
  }

  /** The container. @throws StateError before `initialize()` */
  get container(): Container {
    const { assembly } = this.#lifecycle
    if (assembly) return assembly.container
    throw new StateError(
      'MYFY_NOT_INITIALIZED',
      'Cannot access the container: the application is not initialized. Call `await app.initialize()` first.',
    )
  }

  /** The validated settings. @throws StateError before `initialize()` */
  get settings(): S {
    if (this.#options.settings && !this.#lifecycle.settings.has(this.#options.settings)) {
      throw new StateError(
        'MYFY_NOT_INITIALIZED',
        'Cannot access the settings: they are read when the application initializes. Write an option as a getter, as in `get port() { return app.settings.port }`, without spreading it, or call `await app.initialize()` first.',
      )
    }
    return this.#lifecycle.settings.get(this.#options.settings as Settings) as S
  }

  /** The settings of the application and of its modules, each once. */
  get settingsTokens(): readonly Settings[] {
    return this.#composition.settings
  }

  // ── lifecycle ───────────────────────────────────────────────────────────────────────────────────────────────

  /** The state of the application. */
  get state(): State {
    return this.#lifecycle.state.current
  }

  /**
   * Reads and validates settings, orders modules, registers providers, and verifies the whole graph. The only I/O is
   * reading env files. A second call does nothing; concurrent calls share one promise.
   *
   * @throws SettingsError, ModuleError, ConfigurationError or the container's GraphError, with every problem;
   * StateError if the application has stopped
   */
  initialize(): Promise<void> {
    return this.#lifecycle.initialize()
  }

  /**
   * Starts hooks, lifespan and modules, without transports and without signals.
   *
   * @throws StartupError; StateError if the application has stopped
   */
  async startModules(options?: StartOptions): Promise<void> {
    assertKnownOptions('startModules', options, startOptionNames)
    return this.#lifecycle.start(options)
  }

  /** Stops what `startModules` has started. @throws StopError if something failed, hung or was cut */
  async stopModules(): Promise<void> {
    await this.#lifecycle.stop('stopModules() was called')
    const { stopErrors } = this.#lifecycle.status
    if (stopErrors.length > 0) throw new StopError(stopErrors)
  }

  /**
   * Starts, listens, and waits for a signal, `stop()` or a fatal error; then drains and stops. After a signal or a
   * failure, open resources keep the process alive for 2 s at most.
   *
   * @returns the exit code, which is set on the process as well
   * @throws StateError if the application has run before. A failure of the application does not reject
   */
  async run(options: RunOptions = {}): Promise<ExitCode> {
    assertKnownOptions('run', options, runOptionNames)
    const runner = installedRunner()
    if (runner) return runner.join(this, options)
    if (options.reload) return superviseSelf()
    return this.runUnsupervised(options)
  }

  /** Runs even if a runner is installed; for supervisors. See {@link Application.run}. */
  async runUnsupervised(options: RunOptions = {}): Promise<ExitCode> {
    const isSupervised = options.signals === false && options.inherited !== undefined
    const by = isSupervised ? 'supervised' : 'own'
    if (!this.#isSubstituted)
      this.#events.startLogging(by, options.predecessor !== undefined, options.lifecycleLog)
    const { predecessor, workers, ...rest } = options
    if (workers) this.workers.join(workers)
    return this.#lifecycle.run({ ...rest, predecessor: predecessor && lifecycleIn(predecessor) })
  }

  /**
   * Stops gracefully. Resolves to the exit code when the application has stopped; every call shares one stop. In code
   * that the stop itself waits for (a hook, a background task, a request) it resolves at once, to the exit code so far.
   * What fails during the stop is in the log, also without a run.
   */
  stop(reason = 'stop() was called'): Promise<ExitCode> {
    if (!this.#isSubstituted) this.#events.startLoggingProblems()
    return this.#lifecycle.stop(reason)
  }

  /** Ends the application because of a fatal error: a graceful stop with exit code 1. */
  fail(error: unknown): void {
    this.#lifecycle.fail('application', error)
  }

  /** Stops; the same as `stopModules()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stopModules()
  }

  /**
   * Runs work outside a request: a message, a scheduled job. Opens a scope, settles its services by the outcome (a
   * transaction commits, or rolls back if `run` rejects), disposes them, and tracks the work, so that a drain waits for
   * it. Rejects with the error of `run`, of a service or of its `settle`.
   *
   * @param kind - `task`, or `request` for services that are registered for requests
   * @example
   * ```ts
   * import { Application } from '@myfy/core'
   * import { request } from '@myfy/di'
   *
   * const Orders = request(() => ({ add: (id: string) => console.log(id) }), { name: 'Orders' })
   * const app = new Application()
   *
   * export const onMessage = (id: string) =>
   *   app.work('request', { inject: { orders: Orders }, label: 'order' }, ({ orders }) => orders.add(id))
   * ```
   */
  work<const R extends Inject = [], T = unknown>(
    kind: ShortScope,
    options: WorkOptions<R>,
    run: (services: Services<R>) => T | PromiseLike<T>,
  ): Promise<T> {
    return runInScope(this, kind, options, run)
  }

  // ── observation ─────────────────────────────────────────────────────────────────────────────────

  /**
   * Calls a listener for each event of a type, or for every event with `'*'`. A listener that throws or rejects is logged.
   * Returns the function that removes it.
   */
  on<T extends LifecycleEventType>(type: T, listener: (event: LifecycleEventOf<T>) => unknown): () => void
  /** Calls a listener for every event. Returns the function that removes it. */
  on(type: '*', listener: (event: LifecycleEvent) => unknown): () => void
  on(type: string, listener: (event: never) => unknown): () => void {
    return this.#events.bus.on(type, listener as (event: LifecycleEvent) => unknown)
  }

  /** Checks the health of every module. While the application runs, a change of a module's health is an event. */
  async health(): Promise<Health> {
    // Messages of errors leave the process: in health answers, in events, in the inspector.
    const health = this.redact(
      await checkHealth(
        this.#lifecycle.checked,
        this.#host.clock,
        durationOption('healthTimeout', this.#options.healthTimeout ?? 5_000),
      ),
    )
    if (this.state === 'running')
      for (const event of this.#healthChanges.since(health)) this.#events.emit(event)
    return health
  }

  /**
   * Returns a value without secrets, as the log has it: without the values of secret settings, of headers and fields with
   * secret names, and without what is recognizably secret inside of texts, errors and their causes. Returns the value
   * itself if it has none, else a copy.
   *
   * @example
   * ```ts
   * import { Application } from '@myfy/core'
   *
   * const app = new Application()
   * console.log(app.redact('connect postgres://ada:l0velace@db')) // connect postgres://ada:***@db
   * ```
   */
  redact<T>(value: T): T {
    return this.#currentRedactor.value(value) as T
  }

  /** Liveness: from the start to the end of the stop, also while draining. */
  get live(): boolean {
    return this.#lifecycle.state.is('starting', 'running', 'draining', 'stopping')
  }

  /** Checks readiness: whether the application runs and every module is healthy. */
  async readiness(): Promise<Readiness> {
    const health = await this.health()
    return { ready: this.state === 'running' && health.healthy, state: this.state, health }
  }

  /**
   * Returns the status of the application, as data for a page, a command or a monitor.
   *
   * @example
   * ```ts
   * import { Application } from '@myfy/core'
   *
   * const app = new Application()
   * console.log(JSON.stringify(app.status())) // {"state":"created","modules":[],"work":[]}
   * ```
   */
  status(): ApplicationStatus {
    const work = this.inFlight.list().map(({ kind, label, since }) => ({ kind, label, since }))
    return { state: this.state, modules: this.#events.progress.of(this.#composition.modules), work }
  }

  /** Returns the steps of the lifecycle so far, with times and the critical path of the start. */
  timeline(): Timeline {
    return buildTimeline(this.#events.events, this.#lifecycle.assembly?.requires ?? new Map())
  }

  /** The time budget of a stop, fitted to the grace period of the platform. */
  get budget(): ShutdownBudget {
    return this.#lifecycle.policy.budget
  }

  /** The layers that settings are read from. Undefined before `initialize()`. */
  get environment(): Environment | undefined {
    return this.#lifecycle.initialization.environment
  }

  /** The variables that settings read, and the source of each. Empty before `initialize()`. */
  get variables(): readonly SettingsVariable[] {
    return this.#lifecycle.initialization.variables
  }

  /** The names of the hooks, in order; for `myfy plan`. */
  get hooks(): HookNames {
    return this.#composition.hookNames
  }

  /** The options of the start, with defaults filled in. */
  get startup(): { readonly timeout: number; readonly concurrency: 'order' | 'levels' } {
    const { timeout, concurrency = 'order' } = this.#options.startup ?? {}
    return { timeout: startTimeout(timeout), concurrency }
  }

  /** The modules that each module requires, in start order. Empty before `initialize()`. */
  get requires(): ReadonlyMap<Module, readonly Module[]> {
    return this.#lifecycle.assembly?.requires ?? new Map()
  }

  /** @internal */
  [lifecycleOf](): Lifecycle {
    return this.#lifecycle
  }

  /** Logging may precede the lifecycle. */
  get #currentRedactor(): Redactor {
    return this.#lifecycle?.initialization.redactor ?? this.#redactor
  }
}

/** Outside of the class, because the compiler renames a class that refers to itself: its name is shown to users. */
function applicationToken(): Class<App> {
  return Application
}

/** Reports whether a value is an application, also of another copy of this package. */
export function isApplication(value: unknown): value is Application {
  return typeof value === 'object' && value !== null && (value as { [brand]?: unknown })[brand] === true
}

function lifecycleIn(app: App): Lifecycle {
  if (app instanceof Application) return app[lifecycleOf]()
  throw new StateError(
    'MYFY_PREDECESSOR_INVALID',
    'Cannot replace the running application: it is not an Application of this copy of @myfy/core. Install one copy of @myfy/core.',
  )
}
