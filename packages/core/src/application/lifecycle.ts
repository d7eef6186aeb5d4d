// The lifecycle of one application, top to bottom: initialize → start → listen → run → drain → stop.

import { StartAbortedError, StartupError, StateError } from '../errors.ts'
import { describeHook } from '../events/events.ts'
import { StateMachine } from '../events/state.ts'
import type { ExitStatus } from '../hooks/exit-status.ts'
import { HookFailure, HookPolicy } from '../hooks/hook-policy.ts'
import { fitBudget } from '../hooks/shutdown-budget.ts'
import type { Module } from '../modules/module.ts'
import { type InstanceContext, ModuleInstance } from '../modules/module-instance.ts'
import type { WorkTracker } from '../modules/work-tracker.ts'
import type { Assembly } from '../phases/assembly.ts'
import type { LifecycleContext } from '../phases/context.ts'
import { Initialization } from '../phases/initialize.ts'
import { TransportSet } from '../phases/listen.ts'
import { startTimeout } from '../phases/options.ts'
import { start } from '../phases/start.ts'
import { Teardown } from '../phases/teardown.ts'
import type { ExitCode } from '../runtime/process-exit.ts'
import { isInFlight } from '../runtime/stack-frames.ts'
import type { Settings } from '../settings/settings.ts'
import { assertOnly, type RunOptions, type StartOptions } from './run-options.ts'
import { Shutdown } from './shutdown.ts'
import { SignalHandling } from './signal-handling.ts'
import { Takeover } from './takeover.ts'

/** Options of a run, with the lifecycle of the application that it replaces. */
export interface LifecycleOptions extends Omit<RunOptions, 'predecessor' | 'reload' | 'workers'> {
  readonly predecessor?: Lifecycle | undefined
}

export class Lifecycle {
  readonly state: StateMachine
  readonly policy: HookPolicy
  readonly initialization = new Initialization()
  readonly transports: TransportSet
  readonly teardown = new Teardown()

  readonly #context: LifecycleContext
  readonly #began: number
  readonly #takeover = new Takeover()
  #instances: readonly ModuleInstance[] = []
  readonly #shutdown: Shutdown
  #only: readonly string[] | undefined
  #initializing: Promise<void> | undefined
  #starting: Promise<void> | undefined
  #listening: Promise<void> | undefined
  #running: Promise<ExitCode> | undefined
  #stopping: Promise<ExitCode> | undefined

  constructor(context: LifecycleContext) {
    const { host, options, emit } = context
    this.#context = context
    this.#began = host.clock.now()
    this.state = new StateMachine((from, to) => emit({ type: 'state', from, to }))
    this.policy = new HookPolicy({
      clock: host.clock,
      // Fitted to the grace period in the environment when that has been read.
      budget: fitBudget(options.shutdown ?? {}),
      startTimeout: startTimeout(options.startup?.timeout),
      emit,
      callHook: context.callHook,
    })
    this.transports = new TransportSet(this.policy)
    this.#shutdown = new Shutdown(context, this, this.#takeover)
  }

  // ── initialize ─────────────────────────────────────────────────────────────────────────────────────────────

  initialize(): Promise<void> {
    if (this.#hasStopped) return Promise.reject(stoppedError('initialize'))
    this.#initializing ??= this.#initialize()
    return this.#initializing
  }

  async #initialize(): Promise<void> {
    const { emit } = this.#context
    this.state.to('initializing')
    try {
      const { predecessor } = this.#takeover
      const assembly = await this.initialization.run(this.#context, this.policy, predecessor)
      this.teardown.container = assembly.container
      this.#takeover.initialized(assembly)
      const context = this.#instanceContext()
      this.#instances = assembly.modules.map(
        (module) => assembly.reused.get(module) ?? new ModuleInstance(module, context),
      )
      this.policy.throwIfStopping()
      this.state.to('initialized')
    } catch (thrown) {
      // A requested stop is not a failure: it leads on to `stopped`.
      if (thrown instanceof StartAbortedError) throw thrown
      const error = thrown instanceof HookFailure ? thrown.cause : thrown
      const hook = thrown instanceof HookFailure ? describeHook(thrown.hook) : undefined
      this.status.fail('configuration', error)
      emit({ type: 'failed', during: 'initialize', error, hook })
      this.state.to('failed')
      throw error
    }
  }

  #instanceContext(): InstanceContext {
    const { host } = this.#context
    return {
      ...this.#context,
      clock: host.clock,
      policy: this.policy,
      plans: this.assembly?.plans ?? new Map(),
      fatal: this.fail,
    }
  }

  // ── start ──────────────────────────────────────────────────────────────────────────────────────────────────

  start({ only }: StartOptions = {}): Promise<void> {
    if (this.#hasStopped) return Promise.reject(stoppedError('start'))
    if (!this.#starting) this.#only = only
    this.#starting ??= this.#start()
    return this.#starting
  }

  /** The modules that accept work in this process; undefined for all. */
  get only(): readonly string[] | undefined {
    return this.#only
  }

  async #start(): Promise<void> {
    await this.initialize()
    assertOnly(this.#only, this.#instances)
    this.policy.throwIfStopping()
    this.state.to('starting')
    await this.#orRollBack(() =>
      start({
        context: this.#context,
        policy: this.policy,
        teardown: this.teardown,
        takeover: this.#takeover,
        instances: this.#instances,
        requires: this.requires,
      }),
    )
  }

  async #orRollBack(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (thrown) {
      if (!(thrown instanceof HookFailure)) {
        // A newer version replaces this one, or everything stops: the running application keeps its sockets.
        this.transports.returnListeners()
        throw thrown
      }
      const { emit } = this.#context
      const hook = describeHook(thrown.hook)
      const error = new StartupError(hook, thrown.cause, this.status.stopErrors)
      this.status.fail('start', error)
      emit({ type: 'failed', during: 'start', error, hook })
      emit({ type: 'rollback', modules: this.instances.map((instance) => instance.name).reverse() })
      this.transports.returnListeners()
      await this.#shutdown.drain(0)
      await this.#shutdown.tearDown()
      await this.#takeover.restart()
      this.state.to('failed')
      throw error
    }
  }

  // ── run ────────────────────────────────────────────────────────────────────────────────────────────────────

  run(options: LifecycleOptions): Promise<ExitCode> {
    if (this.#hasStopped && this.#initializing) return Promise.reject(stoppedError('run'))
    this.#running ??= this.#hasStopped ? this.#runNothing() : this.#run(options)
    return this.#running
  }

  // A stop that came first, such as from a signal handler of the user during a migration, is obeyed.
  async #runNothing(): Promise<ExitCode> {
    this.#context.logger.warn({}, 'the application does not run: it was stopped before')
    return this.status.code
  }

  async #run(options: LifecycleOptions): Promise<ExitCode> {
    const { host, emit } = this.#context
    const signals =
      options.signals === false ? undefined : new SignalHandling(this, emit, host, options.signals)
    this.#shutdown.ownsProcess = signals !== undefined
    const release = host.keepAlive()
    try {
      this.#takeover.predecessor = options.predecessor
      await this.start(options)
      this.#listening = this.#orRollBack(() => this.#listen(options))
      await this.#listening
      this.transports.confirm()
      this.#takeover.commit(this.#instanceContext())
      this.state.to('running')
      const urls = this.transports.list.flatMap((transport) => transport.url ?? [])
      emit({ type: 'ready', ms: host.clock.now() - this.#began, urls })
      signals?.ready()
      await this.policy.stopRequested.fired
    } catch (error) {
      if (!(error instanceof StartAbortedError) && !this.status.failure) this.fail('application', error)
    } finally {
      await this.#stopOnce('the run has ended')
      release()
      if (signals) this.#shutdown.watchExit(signals.end(this.policy.budget.gracePeriod))
    }
    return this.status.code
  }

  async #listen(options: LifecycleOptions): Promise<void> {
    const transports = options.transport ? [options.transport].flat() : await this.#transportsOfModules()
    await this.transports.open(transports, {
      ...this.#context,
      supervisor: options.inherited,
      predecessors: this.#takeover.predecessor?.transports.list ?? [],
    })
  }

  async #transportsOfModules() {
    const lists = []
    for (const { module } of this.#instances) {
      if (this.#only && !this.#only.includes(module.name)) continue
      if (module.transports) lists.push(await this.transports.ofModule(module))
    }
    return lists.flat()
  }

  /** Ends the application because of a fatal error: a graceful stop with exit code 1. */
  readonly fail = (
    source: 'uncaughtException' | 'unhandledRejection' | 'task' | 'application',
    error: unknown,
  ): void => {
    this.#context.emit({ type: 'fatal', source, error })
    this.status.fail('fatal', error)
    void this.#stopOnce(`fatal error (${source})`)
  }

  // ── stop ───────────────────────────────────────────────────────────────────────────────────────────────────

  /** Stops. Code that the stop waits for receives the exit code so far at once, or the two would wait for each other. */
  stop(reason: string): Promise<ExitCode> {
    const isAwaited = this.#awaitsUserCode && isInFlight()
    const stopped = this.#stopOnce(reason)
    return isAwaited ? Promise.resolve(this.status.code) : stopped
  }

  /** Stops on behalf of the process, which does not wait for the result. */
  requestStop(reason: string): void {
    void this.#stopOnce(reason)
  }

  #stopOnce(reason: string): Promise<ExitCode> {
    this.#stopping ??= this.#stop(reason)
    return this.#stopping
  }

  get stopping(): boolean {
    return this.#stopping !== undefined
  }

  get status(): ExitStatus {
    return this.policy.status
  }

  /** Abandons running hooks and skips the rest. The signal determines the exit code. */
  force(signal: string): void {
    this.status.forcedBy = signal
    this.policy.forced.fire(signal)
  }

  async #stop(reason: string): Promise<ExitCode> {
    const { host, emit } = this.#context
    const began = host.clock.now()
    const release = host.keepAlive()
    this.#shutdown.watch(this.policy.budget.stop)
    if (!this.state.is('failed')) emit({ type: 'stop.requested', reason })
    this.policy.stopRequested.fire(reason)
    // A start is cancelled now, or is rolling back already.
    await Promise.allSettled([this.#initializing, this.#starting, this.#listening])
    if (this.state.is('created', 'initializing')) this.state.to('stopped')
    if (!this.state.is('stopped', 'failed')) {
      if (this.state.is('starting', 'running')) {
        const delay = this.state.is('running') ? this.policy.budget.delay : 0
        this.state.to('draining')
        const interrupted = reason === 'signal SIGINT' && host.isInForeground?.() === true
        await this.#shutdown.drain(delay, interrupted)
      }
      this.state.to('stopping')
      await this.#shutdown.tearDown()
      this.state.to('stopped')
    }
    const { code, stopErrors } = this.status
    emit({ type: 'stopped', code, ms: host.clock.now() - began, errors: stopErrors })
    release()
    return this.status.code
  }

  // ── state ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** The started modules, in start order. */
  get instances(): readonly ModuleInstance[] {
    return this.teardown.modules
  }

  /** The modules with their health checks. */
  get checked(): readonly ModuleInstance[] {
    if (this.#instances.length > 0) return this.#instances
    return this.#context.modules.map((module) => new ModuleInstance(module, this.#instanceContext()))
  }

  /** The assembled modules; undefined before they are. */
  get assembly(): Assembly | undefined {
    return this.initialization.assembly
  }

  get settings(): ReadonlyMap<Settings, unknown> {
    return this.initialization.settings
  }

  get requires(): ReadonlyMap<Module, readonly Module[]> {
    return this.assembly?.requires ?? new Map()
  }

  get inFlight(): WorkTracker {
    return this.#context.inFlight
  }

  get #hasStopped(): boolean {
    return this.state.is('stopped')
  }

  /** True if a hook, a task or a request of this application runs, which a stop would wait for. */
  get #awaitsUserCode(): boolean {
    return (
      this.policy.isRunningHook ||
      this.inFlight.size > 0 ||
      this.#instances.some((instance) => instance.hasTasks)
    )
  }
}

function stoppedError(verb: 'initialize' | 'start' | 'run'): StateError {
  return new StateError(
    'MYFY_APPLICATION_STOPPED',
    `Cannot ${verb} the application: it has stopped, and an application runs once. Create a new Application.`,
  )
}
