// One life of an application, top to bottom: initialize → start → listen → run → drain → stop.
// Every hook of the user goes through the phase runner (phase.ts); what becomes of it is judged in steps.ts.

import { StartAbortedError, StartupError } from '../errors.ts'
import { StateMachine } from '../events/state.ts'
import { HookFailure, HookPolicy } from '../hooks/hook-policy.ts'
import { HookRunner } from '../hooks/hook-runner.ts'
import { fitBudget, watchdogMargin } from '../hooks/shutdown-budget.ts'
import type { Module } from '../modules/module.ts'
import { type InstanceContext, ModuleInstance } from '../modules/module-instance.ts'
import type { WorkTracker } from '../modules/work-tracker.ts'
import type { Assembly } from '../phases/assembly.ts'
import type { LifecycleContext } from '../phases/context.ts'
import { drain } from '../phases/drain.ts'
import { Initialization } from '../phases/initialize.ts'
import { TransportSet } from '../phases/listen.ts'
import { type RunOptions, startTimeout } from '../phases/options.ts'
import { start } from '../phases/start.ts'
import { Teardown, tearDown } from '../phases/teardown.ts'
import type { ExitCode } from '../process/exit-code.ts'
import type { Settings } from '../settings/settings.ts'
import { SignalHandling } from './signal-handling.ts'
import { Takeover } from './takeover.ts'

/** How a life runs: as the application was told, with the life it replaces. */
export interface LifecycleOptions extends Omit<RunOptions, 'predecessor' | 'reload'> {
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
  #instances: readonly ModuleInstance[] = []
  #signals: SignalHandling | undefined
  readonly #takeover = new Takeover()
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
    // What the environment says of the grace period is read, and refused, when it initializes.
    const budget = fitBudget(options.shutdown ?? {})
    this.policy = new HookPolicy(
      new HookRunner(host.clock, emit),
      budget,
      startTimeout(options.startup?.timeout),
      emit,
    )
    this.transports = new TransportSet(this.policy)
  }

  // ── initialize ─────────────────────────────────────────────────────────────────────────────────────────────

  initialize(): Promise<void> {
    this.#initializing ??= this.#initialize()
    return this.#initializing
  }

  async #initialize(): Promise<void> {
    const { emit } = this.#context
    this.state.to('initializing')
    try {
      const assembly = await this.initialization.run(this.#context, this.policy, this.#takeover.predecessor)
      this.teardown.container = assembly.container
      this.#takeover.initialized(assembly)
      const around = this.#instanceContext()
      this.#instances = assembly.modules.map(
        (module) => assembly.reused.get(module) ?? new ModuleInstance(module, around),
      )
      this.policy.throwIfStopping()
      this.state.to('initialized')
    } catch (thrown) {
      // Given up, not failed: whoever asked for the stop leads on to `stopped`.
      if (thrown instanceof StartAbortedError) throw thrown
      const error = thrown instanceof HookFailure ? thrown.cause : thrown
      this.policy.status.fail('configuration', error)
      const hook = thrown instanceof HookFailure ? `${thrown.hook.phase} of ${thrown.hook.owner}` : undefined
      emit({ type: 'failed', during: 'initialize', error, hook })
      this.state.to('failed')
      throw error
    }
  }

  #instanceContext(): InstanceContext {
    const { host } = this.#context
    return { ...this.#context, clock: host.clock, runner: this.policy.runner, fatal: this.fail }
  }

  // ── start ──────────────────────────────────────────────────────────────────────────────────────────────────

  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  async #start(): Promise<void> {
    await this.initialize()
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
      if (!(thrown instanceof HookFailure)) throw thrown
      const { status: outcome } = this.policy
      const { emit } = this.#context
      const { phase, owner } = thrown.hook
      const hook = `${phase} of ${owner}`
      const error = new StartupError(hook, thrown.cause, outcome.stopErrors)
      outcome.fail('start', error)
      emit({ type: 'failed', during: 'start', error, hook })
      emit({ type: 'rollback', modules: this.instances.map((instance) => instance.name).reverse() })
      this.transports.returnListeners()
      await this.transports.close()
      await this.#tearDown()
      await this.#takeover.restart()
      this.state.to('failed')
      throw error
    }
  }

  // ── run ────────────────────────────────────────────────────────────────────────────────────────────────────

  run(options: LifecycleOptions): Promise<ExitCode> {
    this.#running ??= this.#run(options)
    return this.#running
  }

  async #run(options: LifecycleOptions): Promise<ExitCode> {
    const { host, emit } = this.#context
    const { status: outcome } = this.policy
    const owner = options.signals === false ? undefined : new SignalHandling(this, emit, host)
    this.#signals = owner
    const letGo = host.keepAlive()
    try {
      this.#takeover.predecessor = options.predecessor
      await this.start()
      this.#listening = this.#orRollBack(() => this.#listen(options))
      await this.#listening
      this.transports.confirm()
      this.#takeover.commit(this.#instanceContext())
      this.state.to('running')
      const urls = this.transports.list.flatMap((transport) => transport.url ?? [])
      emit({ type: 'ready', ms: host.clock.now() - this.#began, urls })
      owner?.ready()
      await this.policy.stopRequested.fired
    } catch (error) {
      if (!(error instanceof StartAbortedError) && !outcome.failure) throw error
    } finally {
      await this.stop('the run has ended')
      letGo()
      owner?.end(outcome)
    }
    return outcome.code
  }

  #listen(options: LifecycleOptions): Promise<void> {
    const brought = this.#instances.flatMap(({ module }) => module.transports?.() ?? [])
    return this.transports.open(options.transport ? [options.transport].flat() : brought, {
      ...this.#context,
      supervisor: options.inherited,
      predecessors: this.#takeover.predecessor?.transports.list ?? [],
    })
  }

  /** A fatal error: the same graceful stop, but the exit code tells of it. */
  readonly fail = (
    source: 'uncaughtException' | 'unhandledRejection' | 'task' | 'application',
    error: unknown,
  ): void => {
    this.#context.emit({ type: 'fatal', source, error })
    this.policy.status.fail('fatal', error)
    void this.stop(`fatal error (${source})`)
  }

  // ── stop ───────────────────────────────────────────────────────────────────────────────────────────────────

  stop(reason: string): Promise<ExitCode> {
    this.#stopping ??= this.#stop(reason)
    return this.#stopping
  }

  get stopping(): boolean {
    return this.#stopping !== undefined
  }

  /** Abandons what still runs and skips the rest; the signal decides the exit code. */
  force(signal: string): void {
    this.policy.status.forcedBy = signal
    this.policy.forced.fire(signal)
  }

  async #stop(reason: string): Promise<ExitCode> {
    const { host, emit } = this.#context
    const { status: outcome, budget } = this.policy
    const began = host.clock.now()
    const letGo = host.keepAlive()
    // Only who owns the process may kill it: not under a test runner, not beside a successor.
    const callOff = this.#signals ? host.watchdog(budget.total + watchdogMargin(budget)) : () => {}
    if (!this.state.is('failed')) emit({ type: 'stop.requested', reason })
    this.policy.stopRequested.fire(reason)
    // A start gives up now, or is rolling back already.
    await Promise.allSettled([this.#initializing, this.#starting, this.#listening])
    if (this.state.is('created', 'initializing')) this.state.to('stopped')
    if (!this.state.is('stopped', 'failed')) {
      if (this.transports.list.length > 0 || this.state.is('running')) await this.#drain()
      this.state.to('stopping')
      await this.#tearDown()
      this.state.to('stopped')
    }
    emit({ type: 'stopped', code: outcome.code, ms: host.clock.now() - began, errors: outcome.stopErrors })
    callOff()
    letGo()
    return outcome.code
  }

  async #drain(): Promise<void> {
    const { host, inFlight, emit } = this.#context
    const { policy } = this
    const { list: transports } = this.transports
    this.state.to('draining')
    const modules = this.instances
      .filter((instance) => instance.module.drain && !this.#takeover.isReused(instance))
      .reverse()
    const errors = await drain({
      clock: host.clock,
      inFlight: inFlight,
      emit,
      policy,
      transports,
      modules,
    })
    policy.status.stopErrors.push(...errors)
    await this.transports.close()
  }

  #tearDown(): Promise<void> {
    const { host } = this.#context
    const isKept = (instance: ModuleInstance) => this.#takeover.isReused(instance)
    return tearDown(this.teardown, this.policy, { ...this.#context, clock: host.clock, isReused: isKept })
  }

  // ── one life after another ─────────────────────────────────────────────────────────────────────────────────

  /** The modules that run, in start order. */
  get instances(): readonly ModuleInstance[] {
    return this.teardown.modules
  }

  /** What the modules were put together to, once they are. */
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
}
