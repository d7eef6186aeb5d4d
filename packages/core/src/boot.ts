// One life of an application, top to bottom: initialize → start → listen → run → drain → stop.
// Every hook of the user goes through the phase runner (phase.ts); what fails is collected in the outcome.

import type { Class, Container } from '@myfy/di'
import type { Application, RunOptions } from './application.ts'
import { Assembly, takeSnapshots } from './assembly.ts'
import { Countdown, fitBudget, type ShutdownBudget } from './budget.ts'
import { equal } from './carry.ts'
import type { Cancel } from './clock.ts'
import { readConfiguration } from './configuration.ts'
import { drain } from './drain.ts'
import type { Environment } from './environment.ts'
import { errorOf, StartAbortedError, StartupError } from './errors.ts'
import type { EventBody, Phase } from './events.ts'
import type { ExitCode } from './exitcode.ts'
import type { Host } from './host.ts'
import type { Ledger } from './ledger.ts'
import { enterLifespan } from './lifespan.ts'
import type { Logger } from './logger.ts'
import type { Module } from './module.ts'
import { collect, ModuleLife, type ModuleSurroundings } from './modulelife.ts'
import type { ApplicationOptions, Hook } from './options.ts'
import { Outcome } from './outcome.ts'
import { type Limits, PhaseRunner, type Step, type StepControl, type StepResult, Trigger } from './phase.ts'
import { ProcessOwner } from './processowner.ts'
import type { Settings, SettingsVariable } from './settings.ts'
import { StateMachine } from './state.ts'
import type { Transport } from './transport.ts'

/** What the application gives to its life. */
export interface BootContext {
  readonly app: Application<unknown>
  /** The class of `app`, as its token: importing it here would be a circular import. */
  readonly token: Class<Application<unknown>>
  readonly options: ApplicationOptions<unknown>
  readonly modules: Module[]
  readonly onStartup: Hook[]
  readonly onShutdown: Hook[]
  readonly overrides: ReadonlyArray<(container: Container) => void>
  readonly host: Host
  readonly ledger: Ledger
  readonly logger: Logger
  readonly emit: (event: EventBody) => void
}

/** How a life runs: as the application was told, with the life it replaces. */
export interface BootOptions extends Omit<RunOptions, 'predecessor' | 'reload'> {
  readonly predecessor?: Boot | undefined
}

export class Boot {
  readonly state: StateMachine
  assembly: Assembly | undefined
  settings: ReadonlyMap<Settings, unknown> = new Map()
  environment: Environment | undefined
  variables: readonly SettingsVariable[] = []
  transports: readonly Transport[] = []
  budget: ShutdownBudget

  readonly #context: BootContext
  readonly #runner: PhaseRunner
  readonly #outcome = new Outcome()
  readonly #stopAsked = new Trigger()
  readonly #forced = new Trigger()
  readonly #began: number
  #lives: ModuleLife[] = []
  readonly #startOrder: ModuleLife[] = []
  #hooksStarted = 0
  #owner: ProcessOwner | undefined
  #predecessor: Boot | undefined
  #resumePredecessor: (() => Promise<void>) | undefined
  #leaveLifespan: (() => Promise<void>) | undefined
  #initializing: Promise<void> | undefined
  #starting: Promise<void> | undefined
  #running: Promise<ExitCode> | undefined
  #stopping: Promise<ExitCode> | undefined

  constructor(context: BootContext) {
    this.#context = context
    // What the environment says of the grace period is read, and refused, when it initializes.
    this.budget = fitBudget(context.options.shutdown ?? {})
    this.#runner = new PhaseRunner(context.host.clock, context.emit)
    this.#began = context.host.clock.now()
    this.state = new StateMachine((from, to) => context.emit({ type: 'state', from, to }))
  }

  // ── initialize ─────────────────────────────────────────────────────────────────────────────────────────────

  initialize(): Promise<void> {
    this.#initializing ??= this.#initialize()
    return this.#initializing
  }

  async #initialize(): Promise<void> {
    const { app, token, options, modules, overrides, host, emit } = this.#context
    this.state.to('initializing')
    const snapshots = takeSnapshots(modules)
    try {
      const configuration = await readConfiguration(options, modules, host, emit)
      const { environment, settings, variables, order } = configuration
      this.environment = environment
      this.variables = variables
      this.settings = this.#sameSettings(settings)
      this.budget = fitBudget(options.shutdown ?? {}, environment.find('MYFY_GRACE_PERIOD', () => {})?.value)
      this.#giveUpIfAsked()
      const run = (phase: Phase, module: Module, hook: () => unknown) =>
        this.#initializeHook(phase, module, hook)
      const parts = { app, token, order, settings: this.settings, snapshots, overrides, run }
      this.assembly = new Assembly(parts, this.#predecessor)
      await this.assembly.build()
      const { kept } = this.assembly
      modules.splice(0, modules.length, ...this.assembly.modules)
      const around = this.#surroundings()
      this.#lives = this.assembly.modules.map((module) => kept.get(module) ?? new ModuleLife(module, around))
      this.state.to('initialized')
    } catch (error) {
      // Given up, not failed: whoever asked for the stop leads on to `stopped`.
      if (error instanceof StartAbortedError) throw error
      this.#outcome.fail('configuration', error)
      emit({ type: 'failed', during: 'initialize', error })
      this.state.to('failed')
      throw error
    }
  }

  async #initializeHook(phase: Phase, module: Module, hook: () => unknown): Promise<void> {
    this.#giveUpIfAsked()
    const result = await this.#runner.run(
      { phase, owner: module.name, module: true },
      this.#startLimits(),
      hook,
    )
    if (result.status === 'failed' || (result.status === 'abandoned' && !this.#told)) throw result.error
    if (result.status === 'abandoned') this.#outcome.stopErrors.push(result.error)
    this.#giveUpIfAsked()
  }

  /** Equal settings of the predecessor are the same value: what was built from them has not changed either. */
  #sameSettings(settings: ReadonlyMap<Settings, unknown>): ReadonlyMap<Settings, unknown> {
    const before = this.#predecessor?.settings
    const same = ([token, value]: [Settings, unknown]) =>
      equal(before?.get(token), value) ? before?.get(token) : value
    return new Map([...settings].map((entry) => [entry[0], same(entry)]))
  }

  #surroundings(): ModuleSurroundings {
    return { ...this.#context, clock: this.#context.host.clock, runner: this.#runner, fatal: this.fail }
  }

  // ── start ──────────────────────────────────────────────────────────────────────────────────────────────────

  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  async #start(): Promise<void> {
    await this.initialize()
    this.#giveUpIfAsked()
    this.state.to('starting')
    const { app, options, onStartup } = this.#context
    for (const hook of onStartup) {
      await this.#startStep({ phase: 'onStartup', owner: nameOf(hook) }, (control) => hook(app, control))
      this.#hooksStarted++
    }
    const { lifespan } = options
    if (lifespan) {
      await this.#startStep(
        { phase: 'lifespan up', owner: 'lifespan' },
        (control) => enterLifespan(lifespan(app, control)),
        (leave) => {
          this.#leaveLifespan = leave
        },
      )
    }
    await this.#suspendRivals()
    await (options.startup?.concurrency === 'levels' ? this.#startLevels() : this.#startInOrder())
    for (const life of this.#startOrder) {
      if (!life.module.ready || this.#isKept(life)) continue
      this.#giveUpIfAsked()
      await this.#must({ phase: 'ready', owner: life.name }, await life.ready(this.#startLimits()))
    }
  }

  async #startInOrder(): Promise<void> {
    for (const life of this.#lives) {
      this.#giveUpIfAsked()
      await this.#startModule(life)
    }
  }

  /** Each module as soon as all it requires have started. The first failure lets no further one begin. */
  async #startLevels(): Promise<void> {
    const started = new Map<Module, Promise<void>>()
    const stop = new Trigger()
    const results = this.#lives.map((life) => {
      const required = (this.assembly?.requires.get(life.module) ?? []).map((module) => started.get(module))
      const start = Promise.all(required).then(async () => {
        this.#giveUpIfAsked()
        if (stop.reason !== undefined) throw new StartAbortedError(stop.reason)
        await this.#startModule(life, false)
      })
      start.catch((error) => stop.fire(errorOf(error).message))
      started.set(life.module, start)
      return start
    })
    const errors = (await Promise.allSettled(results)).flatMap((result) =>
      result.status === 'rejected' ? [result.reason] : [],
    )
    const failure = errors.find((error) => error instanceof StartFailure)
    if (failure) await this.#failStart(failure.where, failure.cause)
    if (errors.length > 0) throw errors[0]
  }

  async #startModule(life: ModuleLife, rollBack = true): Promise<void> {
    if (this.#isKept(life)) {
      this.#context.emit({ type: 'module.carried', module: life.name })
      this.#startOrder.push(life)
      return
    }
    const { startTimeout } = life.module
    const former = this.#predecessor?.lives.find((other) => other.name === life.name)
    life.previous = former?.module.handover?.()
    const { result, errors } = await life.start(this.#startLimits(startTimeout), () => this.#stopLimits())
    this.#outcome.stopErrors.push(...errors)
    if (life.started) this.#startOrder.push(life)
    const step: Step = { phase: 'start', owner: life.name }
    if (rollBack) return this.#must(step, result)
    if (result.status === 'failed' || (result.status === 'abandoned' && !this.#told))
      throw new StartFailure(step, result.error)
    if (result.status === 'abandoned') this.#outcome.stopErrors.push(result.error)
  }

  async #startStep<T>(
    step: Step,
    hook: (control: StepControl) => T | PromiseLike<T>,
    done?: (value: T) => void,
  ): Promise<void> {
    this.#giveUpIfAsked()
    const result = await this.#runner.run(step, this.#startLimits(), hook)
    if (result.status === 'done') done?.(result.value)
    await this.#must(step, result)
  }

  /** Goes on after a step that went well, rolls back after one that failed. */
  async #must(step: Step, result: StepResult<unknown>): Promise<void> {
    if (result.status === 'failed' || (result.status === 'abandoned' && !this.#told))
      await this.#failStart(step, result.error)
    if (result.status === 'abandoned') this.#outcome.stopErrors.push(result.error)
    this.#giveUpIfAsked()
  }

  async #failStart(step: Step, cause: Error): Promise<never> {
    const { emit } = this.#context
    const error = new StartupError(`${step.phase} of ${step.owner}`, cause, this.#outcome.stopErrors)
    this.#outcome.fail('start', error)
    emit({ type: 'failed', during: 'start', error })
    emit({ type: 'rollback', modules: this.#startOrder.map((life) => life.name).reverse() })
    await this.#closeTransports()
    await this.#unwind()
    await this.#resumePredecessor?.()
    this.state.to('failed')
    throw error
  }

  // What only one can own is given up by the predecessor before it is acquired here, with all that stands on it;
  // its requests have been answered by then. If this start fails the predecessor gets it back.
  async #suspendRivals(): Promise<void> {
    const rivals = this.#lives.filter((life) => life.module.exclusive && !this.#isKept(life))
    const exclusive = new Set(rivals.map((life) => life.name))
    if (!this.#predecessor || exclusive.size === 0) return
    this.#resumePredecessor = await this.#predecessor.suspend(exclusive)
  }

  /** Stops modules of a running application, and what requires them; what it returns starts them again. */
  async suspend(names: ReadonlySet<string>): Promise<() => Promise<void>> {
    const suspended: ModuleLife[] = []
    for (const life of this.#startOrder) {
      const required = this.assembly?.requires.get(life.module) ?? []
      if (names.has(life.name) || suspended.some((other) => required.includes(other.module)))
        suspended.push(life)
    }
    if (suspended.length > 0) {
      await this.#runner.run(
        { phase: 'drain', owner: 'work in flight' },
        { ...this.#stopLimits(this.budget.drain) },
        () => this.#context.ledger.whenIdle(),
      )
    }
    for (const life of [...suspended].reverse()) {
      this.#outcome.stopErrors.push(...(await life.stop(() => this.#stopLimits(life.module.stopTimeout))))
    }
    return async () => {
      for (const life of suspended) {
        const { result } = await life.start(this.#startLimits(life.module.startTimeout), () =>
          this.#stopLimits(),
        )
        if (result.status === 'failed' || result.status === 'abandoned')
          this.fail('application', result.error)
      }
    }
  }

  /** Whether what runs was told to give up: if it hangs then, the stop goes on without it, but not cleanly. */
  get #told(): boolean {
    return this.#stopAsked.reason !== undefined
  }

  #giveUpIfAsked(): void {
    if (this.#stopAsked.reason !== undefined) throw new StartAbortedError(this.#stopAsked.reason)
  }

  // ── run ────────────────────────────────────────────────────────────────────────────────────────────────────

  run(options: BootOptions): Promise<ExitCode> {
    this.#running ??= this.#run(options)
    return this.#running
  }

  async #run(options: BootOptions): Promise<ExitCode> {
    const { host, emit } = this.#context
    const owner = options.signals !== false ? new ProcessOwner(this, emit, host) : undefined
    this.#owner = owner
    const release = host.hold()
    try {
      this.#predecessor = options.predecessor
      await this.start()
      await this.#listen(options)
      this.#takeOver()
      this.state.to('running')
      const urls = this.transports.flatMap((transport) => transport.url ?? [])
      emit({ type: 'ready', ms: host.clock.now() - this.#began, urls })
      owner?.ready()
      await this.#stopAsked.fired
    } catch (error) {
      if (!(error instanceof StartAbortedError) && !this.#outcome.failure) throw error
    } finally {
      await this.stop('the run has ended')
      release()
      owner?.end(this.#outcome)
    }
    return this.#outcome.code
  }

  async #listen(options: BootOptions): Promise<void> {
    const { app, logger, emit } = this.#context
    const brought = this.#lives.flatMap(({ module }) => module.transports?.() ?? [])
    const wanted = options.transport ? [options.transport].flat() : brought
    const listening: Transport[] = []
    this.transports = listening
    for (const transport of wanted) {
      listening.push(transport)
      const before = this.#predecessor?.transports.find((other) => other.name === transport.name)
      const inherited = before?.handover?.() ?? options.inherited
      await this.#startStep({ phase: 'listen', owner: transport.name }, ({ signal }) =>
        transport.listen({ app, signal, logger, inherited }),
      )
      emit({ type: 'transport.listening', transport: transport.name, url: transport.url })
    }
  }

  // ── a successor ────────────────────────────────────────────────────────────────────────────────────────────

  get lives(): readonly ModuleLife[] {
    return this.#startOrder
  }

  /** Whether a module is still the predecessor's: it runs, and is neither started nor stopped here. */
  #isKept(life: ModuleLife): boolean {
    return this.assembly?.kept.has(life.module) === true
  }

  /** The last step of a hand-over: what was kept of the predecessor belongs here from now on. */
  #takeOver(): void {
    const { assembly } = this
    if (!assembly || !this.#predecessor) return
    const kept = new Set(assembly.kept.values())
    assembly.commit()
    this.#predecessor.#giveUp(kept)
    const around = this.#surroundings()
    for (const life of kept) life.moveTo(around)
    this.#predecessor = undefined
  }

  #giveUp(kept: ReadonlySet<ModuleLife>): void {
    const left = this.#startOrder.filter((life) => !kept.has(life))
    this.#startOrder.splice(0, this.#startOrder.length, ...left)
  }

  /** A fatal error: the same graceful stop, but the exit code tells of it. */
  readonly fail = (
    source: 'uncaughtException' | 'unhandledRejection' | 'task' | 'application',
    error: unknown,
  ): void => {
    this.#context.emit({ type: 'fatal', source, error })
    this.#outcome.fail('fatal', error)
    void this.stop(`fatal error (${source})`)
  }

  // ── stop ───────────────────────────────────────────────────────────────────────────────────────────────────

  stop(reason: string): Promise<ExitCode> {
    this.#stopping ??= this.#stop(reason)
    return this.#stopping
  }

  /** Abandons what still runs; the signal decides the exit code. */
  force(signal: string): void {
    this.#outcome.forcedBy = signal
    this.#forced.fire(signal)
  }

  get stopErrors(): readonly Error[] {
    return this.#outcome.stopErrors
  }

  get stopping(): boolean {
    return this.#stopping !== undefined
  }

  async #stop(reason: string): Promise<ExitCode> {
    const { host, emit } = this.#context
    const began = host.clock.now()
    const release: Cancel[] = [host.hold()]
    // Only who owns the process may kill it: not under a test runner, not beside a successor.
    if (this.#owner) release.push(host.watchdog(this.budget.total + watchdogMargin(this.budget)))
    // After a start that failed there is nothing left to stop but its own roll-back, which is waited for.
    if (!this.state.is('stopped', 'failed')) emit({ type: 'stop.requested', reason })
    this.#stopAsked.fire(reason)
    await Promise.allSettled([this.#initializing, this.#starting])
    if (this.state.is('running')) await this.#drain()
    else if (this.transports.length > 0 && !this.state.is('failed')) await this.#drain()
    if (this.state.is('created', 'initializing')) this.state.to('stopped')
    if (!this.state.is('stopped', 'failed')) {
      this.state.to('stopping')
      await this.#unwind()
      this.state.to('stopped')
    }
    const { code, stopErrors } = this.#outcome
    emit({ type: 'stopped', code, ms: host.clock.now() - began, errors: stopErrors })
    for (const undo of release) undo()
    return code
  }

  async #drain(): Promise<void> {
    const { host, ledger, emit } = this.#context
    this.state.to('draining')
    const errors = await drain({
      clock: host.clock,
      ledger,
      emit,
      runner: this.#runner,
      transports: this.transports,
      modules: this.#startOrder.filter((life) => life.module.drain).reverse(),
      budget: this.budget,
      forced: this.#forced,
    })
    this.#outcome.stopErrors.push(...errors)
    await this.#closeTransports()
  }

  async #closeTransports(): Promise<void> {
    for (const transport of this.transports) {
      const limits: Limits = { ms: 1_000, remedy: 'close() must cut at once', force: new Trigger() }
      const result = await this.#runner.run({ phase: 'close', owner: transport.name }, limits, () =>
        transport.close(),
      )
      collect(this.#outcome.stopErrors, result)
    }
  }

  /** Modules in reverse start order, the lifespan's second half, onShutdown, services, loggers. */
  async #unwind(): Promise<void> {
    const { app, onShutdown, onStartup, logger } = this.#context
    const countdown = new Countdown(() => this.#context.host.clock.now(), this.budget.stop)
    // With all onStartup hooks done every onShutdown hook runs; else those that stand beside one that was done.
    const due =
      this.#hooksStarted === onStartup.length && this.#hasBegun
        ? onShutdown
        : onShutdown.slice(0, this.#hooksStarted)
    const leave = this.#leaveLifespan
    let left = this.#startOrder.length + (leave ? 1 : 0) + due.length + 1
    const limits = (own?: number): Limits =>
      this.#stopLimits(Math.min(own ?? Number.POSITIVE_INFINITY, countdown.share(left)))

    for (const life of this.#startOrder.splice(0).reverse()) {
      left--
      // What is kept is still the predecessor's, which goes on with it.
      if (this.#isKept(life) || this.#skip({ phase: 'stop', owner: life.name })) continue
      this.#outcome.stopErrors.push(...(await life.stop(() => limits(life.module.stopTimeout))))
    }
    const step = async (which: Step, hook: () => unknown) => {
      left--
      if (this.#skip(which)) return
      collect(this.#outcome.stopErrors, await this.#runner.run(which, limits(), hook))
    }
    this.#leaveLifespan = undefined
    if (leave) await step({ phase: 'lifespan down', owner: 'lifespan' }, leave)
    for (const hook of due)
      await step({ phase: 'onShutdown', owner: nameOf(hook) }, () =>
        hook(app, { signal: new AbortController().signal }),
      )
    const { assembly } = this
    if (assembly) await step({ phase: 'dispose', owner: 'container' }, () => assembly.container.dispose())
    if (logger.flush && !this.#skip({ phase: 'flush', owner: 'logger' })) {
      const result = await this.#runner.run(
        { phase: 'flush', owner: 'logger' },
        this.#stopLimits(this.budget.flush),
        () => logger.flush?.(),
      )
      collect(this.#outcome.stopErrors, result)
    }
  }

  get #hasBegun(): boolean {
    return !this.state.is('created', 'initializing', 'initialized')
  }

  #skip(step: Step): boolean {
    if (this.#forced.reason === undefined) return false
    this.#context.emit({ type: 'hook.skipped', ...step })
    return true
  }

  // ── limits ─────────────────────────────────────────────────────────────────────────────────────────────────

  #startLimits(own?: number): Limits {
    const ms = own ?? this.#context.options.startup?.timeout ?? 60_000
    const remedy = 'let it fail on its signal, or give it more time with startup.timeout or startTimeout'
    return { ms, remedy, cancel: this.#stopAsked, grace: this.budget.stop, force: this.#forced }
  }

  #stopLimits(ms = this.budget.stop): Limits {
    return {
      ms,
      remedy: 'let it end on its signal, or give it more time with shutdown.stop or stopTimeout',
      force: this.#forced,
    }
  }
}

/** A module that failed while others start beside it. */
class StartFailure extends Error {
  readonly where: Step
  override readonly cause: Error

  constructor(where: Step, cause: Error) {
    super(cause.message)
    this.where = where
    this.cause = cause
  }
}

/** Above the whole budget, so that the watchdog acts only where timers can't. */
function watchdogMargin(budget: ShutdownBudget): number {
  return budget.shrunk ? 250 : 1_000
}

function nameOf(hook: Hook): string {
  return hook.name || 'anonymous'
}
