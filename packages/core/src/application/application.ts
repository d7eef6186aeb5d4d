// The application: what users hold in their hands. Its life is in boot.ts.

import type { Class, Container } from '@myfy/di'
import { StateError, StopError } from '../errors.ts'
import { consoleLogger } from '../events/console-logger.ts'
import { EventLog } from '../events/event-log.ts'
import type { LifecycleEvent, LifecycleEventOf, LifecycleEventType } from '../events/events.ts'
import type { Logger } from '../events/logger.ts'
import type { State } from '../events/state.ts'
import { buildTimeline, type Timeline } from '../events/timeline.ts'
import type { ShutdownBudget } from '../hooks/shutdown-budget.ts'
import { checkHealth, type Health } from '../modules/health.ts'
import { checkModule, type Module } from '../modules/module.ts'
import { refersTo } from '../modules/module-order.ts'
import type { Transport } from '../modules/transport.ts'
import { WorkTracker } from '../modules/work-tracker.ts'
import {
  type ApplicationOptions,
  checkHook,
  checkOptions,
  type Hook,
  hookName,
  type RunOptions,
  startTimeout,
} from '../phases/options.ts'
import type { ExitCode } from '../process/exit-code.ts'
import { type Host, processHost } from '../process/host.ts'
import { durationOption } from '../runtime/duration.ts'
import type { Environment } from '../settings/environment.ts'
import type { Settings, SettingsVariable } from '../settings/settings.ts'
import { Lifecycle } from './lifecycle.ts'
import { installedRunner, superviseSelf } from './runner.ts'
import type { ApplicationStatus } from './status.ts'

/** Marks an application across copies of this package. */
const brand = Symbol.for('myfy.application')

/** How one life reaches into another, of an application it replaces. */
const lifecycleOf: unique symbol = Symbol.for('myfy.application.life')

/**
 * An application: modules, settings and hooks, and the life that they share. Creating one does nothing yet.
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
export class Application<S = unknown> {
  /** @internal */
  readonly [brand] = true
  /** What is under way: the drain waits for it. */
  readonly inFlight: WorkTracker
  /** Where the application writes. */
  readonly logger: Logger
  readonly #host: Host
  readonly #options: ApplicationOptions<S>
  readonly #modules: Module[]
  readonly #onStartup: Hook[]
  readonly #onShutdown: Hook[]
  readonly #overrides: Array<(container: Container) => void> = []
  readonly #events: EventLog
  readonly #lifecycle: Lifecycle

  constructor(options: ApplicationOptions<S> = {}) {
    this.#options = options
    checkOptions(options)
    this.#host = options.host ?? processHost
    this.logger = options.logger ?? consoleLogger()
    this.inFlight = new WorkTracker(() => this.#host.clock.now())
    this.#modules = (options.modules ?? []).map(checkModule)
    this.#onStartup = (options.onStartup ?? []).map((hook) => checkHook('onStartup', hook))
    this.#onShutdown = (options.onShutdown ?? []).map((hook) => checkHook('onShutdown', hook))
    this.#events = new EventLog(this, this.logger, () => this.#host.clock.now())
    this.#lifecycle = new Lifecycle({
      app: this,
      token: Application,
      options,
      modules: this.#modules,
      onStartup: this.#onStartup,
      onShutdown: this.#onShutdown,
      overrides: this.#overrides,
      host: this.#host,
      inFlight: this.inFlight,
      logger: this.logger,
      emit: this.#events.emit,
    })
  }

  // ── what it is made of ─────────────────────────────────────────────────────────────────────────────────────

  /** Adds a module. Modules start in the order in which they were added. @throws StateError once initialized */
  addModule(module: Module): this {
    this.#assertCreated('addModule')
    this.#modules.push(checkModule(module))
    return this
  }

  /** Adds a hook that runs before the modules start, after those added before it. */
  onStartup(hook: Hook): this {
    this.#assertCreated('onStartup')
    this.#onStartup.push(checkHook('onStartup', hook))
    return this
  }

  /** Adds a hook that runs after the modules have stopped, after those added before it. */
  onShutdown(hook: Hook): this {
    this.#assertCreated('onShutdown')
    this.#onShutdown.push(checkHook('onShutdown', hook))
    return this
  }

  /** Changes providers after all modules have registered theirs; for tests. */
  override(change: (container: Container) => void): this {
    this.#assertCreated('override')
    this.#overrides.push(change)
    return this
  }

  /** The modules; in start order once initialized. */
  get modules(): readonly Module[] {
    return [...this.#modules]
  }

  /** The module of a class. @throws StateError if there is none; see {@link Application.hasModule} */
  getModule<M extends Module>(type: Class<M> | (abstract new (...args: never[]) => M)): M {
    const found = this.#modules.find((module) => refersTo(type, module))
    if (found) return found as M
    const present = this.#modules.map((module) => module.name).join(', ') || 'none'
    throw new StateError(
      'MYFY_MODULE_UNKNOWN',
      `no module of class ${typeof type === 'function' ? type.name : `${String(type)} (is the import circular?)`} was added (there are: ${present}); add it with app.addModule(…)`,
    )
  }

  /** The transports that listen; empty before `run()`. */
  get transports(): readonly Transport[] {
    return this.#lifecycle.transports.list
  }

  /** Whether a module of this class (or name) was added. */
  hasModule(type: string | Class<Module> | (abstract new (...args: never[]) => Module)): boolean {
    return this.#modules.some((module) => refersTo(type, module))
  }

  /** The container. @throws StateError before `initialize()` */
  get container(): Container {
    const { assembly } = this.#lifecycle
    if (assembly) return assembly.container
    throw new StateError(
      'MYFY_NOT_INITIALIZED',
      'the application has no container yet; call `await app.initialize()` first',
    )
  }

  /** The validated settings. @throws StateError before `initialize()` */
  get settings(): S {
    if (this.#options.settings && !this.#lifecycle.settings.has(this.#options.settings)) {
      throw new StateError(
        'MYFY_NOT_INITIALIZED',
        'the settings are not read yet; call `await app.initialize()` first',
      )
    }
    return this.#lifecycle.settings.get(this.#options.settings as Settings) as S
  }

  /** The settings of the application and of its modules, each once. */
  get settingsTokens(): readonly Settings[] {
    const ofModules = this.#modules.map((module) => module.settings ?? [])
    return [...new Set([this.#options.settings ?? [], ...ofModules].flat(2) as Settings[])]
  }

  // ── its life ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Where it is in its life. */
  get state(): State {
    return this.#lifecycle.state.current
  }

  /**
   * Reads and validates settings, orders modules, registers providers, verifies the whole graph. No I/O but env
   * files. A second call does nothing; concurrent calls share one promise.
   *
   * @throws SettingsError, ModuleError, ConfigurationError or the container's GraphError, with every problem
   */
  initialize(): Promise<void> {
    return this.#lifecycle.initialize()
  }

  /** Starts hooks, lifespan and modules, without listening or touching the process. @throws StartupError */
  startModules(): Promise<void> {
    return this.#lifecycle.start()
  }

  /** Stops what `startModules` started. @throws StopError if something failed, hung or was cut off */
  async stopModules(): Promise<void> {
    await this.stop('stopModules() was called')
    if (this.#lifecycle.policy.status.stopErrors.length > 0)
      throw new StopError(this.#lifecycle.policy.status.stopErrors)
  }

  /**
   * Starts, listens, and blocks until a signal, `stop()` or a fatal error; then drains and stops.
   *
   * @returns the exit code, which is set on the process as well; it never rejects for what the application did
   */
  async run(options: RunOptions = {}): Promise<ExitCode> {
    const runner = installedRunner()
    if (runner) return runner.join(this, options)
    if (options.reload) return superviseSelf()
    return this.runUnsupervised(options)
  }

  /** What `run` does when nobody else leads the run; for supervisors. */
  runUnsupervised(options: RunOptions = {}): Promise<ExitCode> {
    this.#events.startLogging(options.signals === false ? 'supervised' : 'own')
    const { predecessor, ...rest } = options
    return this.#lifecycle.run({ ...rest, predecessor: predecessor?.[lifecycleOf]() })
  }

  /** Stops gracefully; every call returns the same promise. Resolves to the exit code. */
  stop(reason = 'stop() was called'): Promise<ExitCode> {
    return this.#lifecycle.stop(reason)
  }

  /** Ends the application because of an error that it can't go on with: a graceful stop with exit code 1. */
  fail(error: unknown): void {
    this.#lifecycle.fail('application', error)
  }

  /** Stops; the same as `stopModules()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stopModules()
  }

  // ── what can be seen of it ─────────────────────────────────────────────────────────────────────────────────

  /** Calls the listener for each event of this name, or for all with `'*'`. Returns what ends that. */
  on<T extends LifecycleEventType>(type: T, listener: (event: LifecycleEventOf<T>) => void): () => void
  /** Calls the listener for every event. */
  on(type: '*', listener: (event: LifecycleEvent) => void): () => void
  on(type: string, listener: (event: never) => void): () => void {
    return this.#events.bus.on(type, listener as (event: LifecycleEvent) => void)
  }

  /** Asks each module whether it can do its work now. */
  health(): Promise<Health> {
    return checkHealth(
      this.#modules,
      this.#host.clock,
      durationOption('healthTimeout', this.#options.healthTimeout ?? 5_000),
    )
  }

  /** Liveness: from the start to the end of the stop, also while draining. */
  get live(): boolean {
    return this.#lifecycle.state.is('starting', 'running', 'draining', 'stopping')
  }

  /** Readiness: running, and every module healthy. */
  async readiness(): Promise<{ readonly ready: boolean; readonly state: State; readonly health: Health }> {
    const health = await this.health()
    return { ready: this.state === 'running' && health.healthy, state: this.state, health }
  }

  /**
   * The application at this moment, as data: for a page, a command, a monitor.
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
    return { state: this.state, modules: this.#events.progress.of(this.#modules), work }
  }

  /** The steps of this life so far, with times and the critical path of the start. */
  timeline(): Timeline {
    return buildTimeline(this.#events.events, this.#lifecycle.assembly?.requires ?? new Map())
  }

  /** How long the parts of a stop may take, fitted to the platform's grace. */
  get budget(): ShutdownBudget {
    return this.#lifecycle.policy.budget
  }

  /** Where settings were looked for. Undefined before `initialize()`. */
  get environment(): Environment | undefined {
    return this.#lifecycle.initialization.environment
  }

  /** The variables that settings read, and where each came from. Empty before `initialize()`. */
  get variables(): readonly SettingsVariable[] {
    return this.#lifecycle.initialization.variables
  }

  /** The hooks by their names, in order; for `myfy plan`. */
  get hooks(): {
    readonly onStartup: readonly string[]
    readonly lifespan: boolean
    readonly onShutdown: readonly string[]
  } {
    const names = (hooks: readonly Hook[]) => hooks.map(hookName)
    return {
      onStartup: names(this.#onStartup),
      lifespan: this.#options.lifespan !== undefined,
      onShutdown: names(this.#onShutdown),
    }
  }

  /** How modules start, defaults filled in. */
  get startup(): { readonly timeout: number; readonly concurrency: 'order' | 'levels' } {
    const { timeout, concurrency = 'order' } = this.#options.startup ?? {}
    return { timeout: startTimeout(timeout), concurrency }
  }

  /** What each module requires, in start order. Empty before `initialize()`. */
  get requires(): ReadonlyMap<Module, readonly Module[]> {
    return this.#lifecycle.assembly?.requires ?? new Map()
  }

  /** @internal */
  [lifecycleOf](): Lifecycle {
    return this.#lifecycle
  }

  #assertCreated(what: string): void {
    if (this.state === 'created') return
    throw new StateError(
      'MYFY_ALREADY_INITIALIZED',
      `${what}() was called when the application was already ${this.state}; call it before initialize()`,
    )
  }
}

/** Whether a value is an application, from whichever copy of this package. */
export function isApplication(value: unknown): value is Application {
  return typeof value === 'object' && value !== null && (value as { [brand]?: unknown })[brand] === true
}
