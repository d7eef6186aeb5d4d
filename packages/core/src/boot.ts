// One life of an application, top to bottom: initialize → start → listen → run → drain → stop.
// Every hook of the user goes through the phase runner (phase.ts); what becomes of it is judged in steps.ts.

import type { Class, Container } from '@myfy/di'
import { Acquired, release } from './acquired.ts'
import type { Application, RunOptions } from './application.ts'
import { Assembly, takeSnapshots } from './assembly.ts'
import { fitBudget, type ShutdownBudget } from './budget.ts'
import { equal } from './carry.ts'
import { readConfiguration } from './configuration.ts'
import { drain } from './drain.ts'
import type { Environment } from './environment.ts'
import { StartAbortedError, StartupError } from './errors.ts'
import type { EventBody } from './events.ts'
import type { ExitCode } from './exitcode.ts'
import type { Host } from './host.ts'
import type { Ledger } from './ledger.ts'
import { startInLevels, startInOrder } from './levels.ts'
import { enterLifespan } from './lifespan.ts'
import type { Logger } from './logger.ts'
import type { Module } from './module.ts'
import { ModuleLife, type ModuleSurroundings } from './modulelife.ts'
import { type ApplicationOptions, type Hook, nameOfHook } from './options.ts'
import { PhaseRunner, Trigger } from './phase.ts'
import { ProcessOwner } from './processowner.ts'
import type { Settings, SettingsVariable } from './settings.ts'
import { StateMachine } from './state.ts'
import { StepFailure, Steps } from './steps.ts'
import { suspend } from './suspension.ts'
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
  readonly steps: Steps
  assembly: Assembly | undefined
  settings: ReadonlyMap<Settings, unknown> = new Map()
  environment: Environment | undefined
  variables: readonly SettingsVariable[] = []
  transports: readonly Transport[] = []

  readonly #context: BootContext
  readonly #acquired = new Acquired()
  readonly #began: number
  #lives: readonly ModuleLife[] = []
  #owner: ProcessOwner | undefined
  #predecessor: Boot | undefined
  #resumePredecessor: (() => Promise<void>) | undefined
  readonly #inherited: Array<[transport: Transport, before: Transport]> = []
  #initializing: Promise<void> | undefined
  #starting: Promise<void> | undefined
  #listening: Promise<void> | undefined
  #running: Promise<ExitCode> | undefined
  #stopping: Promise<ExitCode> | undefined

  constructor(context: BootContext) {
    const { host, options, emit } = context
    this.#context = context
    this.#began = host.clock.now()
    this.state = new StateMachine((from, to) => emit({ type: 'state', from, to }))
    // What the environment says of the grace period is read, and refused, when it initializes.
    const budget = fitBudget(options.shutdown ?? {})
    this.steps = new Steps(
      new PhaseRunner(host.clock, emit),
      budget,
      options.startup?.timeout ?? 60_000,
      emit,
    )
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
      this.steps.budget = fitBudget(
        options.shutdown ?? {},
        environment.find('MYFY_GRACE_PERIOD', () => {})?.value,
      )
      const assembly = new Assembly(
        {
          app,
          token,
          order,
          settings: this.settings,
          snapshots,
          overrides,
          run: (phase, module, hook) =>
            this.steps.required({ phase, owner: module.name, module: true }, hook),
        },
        this.#predecessor,
      )
      this.assembly = assembly
      await assembly.build()
      this.#acquired.container = assembly.container
      modules.splice(0, modules.length, ...assembly.modules)
      const around = this.#surroundings()
      this.#lives = assembly.modules.map(
        (module) => assembly.kept.get(module) ?? new ModuleLife(module, around),
      )
      this.steps.giveUpIfAsked()
      this.state.to('initialized')
    } catch (thrown) {
      // Given up, not failed: whoever asked for the stop leads on to `stopped`.
      if (thrown instanceof StartAbortedError) throw thrown
      const error = thrown instanceof StepFailure ? thrown.cause : thrown
      this.steps.outcome.fail('configuration', error)
      const hook = thrown instanceof StepFailure ? `${thrown.step.phase} of ${thrown.step.owner}` : undefined
      emit({ type: 'failed', during: 'initialize', error, hook })
      this.state.to('failed')
      throw error
    }
  }

  /** Equal settings of the predecessor are the same value: what was built from them has not changed either. */
  #sameSettings(settings: ReadonlyMap<Settings, unknown>): ReadonlyMap<Settings, unknown> {
    const before = this.#predecessor?.settings
    return new Map(
      [...settings].map(([token, value]) => [
        token,
        equal(before?.get(token), value) ? before?.get(token) : value,
      ]),
    )
  }

  #surroundings(): ModuleSurroundings {
    const { host } = this.#context
    return { ...this.#context, clock: host.clock, runner: this.steps.runner, fatal: this.fail }
  }

  // ── start ──────────────────────────────────────────────────────────────────────────────────────────────────

  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  async #start(): Promise<void> {
    await this.initialize()
    this.steps.giveUpIfAsked()
    this.state.to('starting')
    await this.#orRollBack(async () => {
      const { app, options, onStartup } = this.#context
      this.#acquired.hooks = 0
      for (const hook of onStartup) {
        await this.steps.required({ phase: 'onStartup', owner: nameOfHook(hook) }, (control) =>
          hook(app, control),
        )
        this.#acquired.hooks++
      }
      const { lifespan } = options
      if (lifespan) {
        this.#acquired.leaveLifespan = await this.steps.required(
          { phase: 'lifespan up', owner: 'lifespan' },
          (control) => enterLifespan(lifespan(app, control)),
        )
      }
      await this.#suspendRivals()
      const start = (life: ModuleLife) => this.#startModule(life)
      if (options.startup?.concurrency !== 'levels') await startInOrder(this.#lives, start)
      else await startInLevels(this.#lives, this.requires, start)
      for (const life of this.lives) {
        if (!life.module.ready || this.#isKept(life)) continue
        this.steps.giveUpIfAsked()
        this.steps.judge({ phase: 'ready', owner: life.name }, await life.ready(this.steps.startLimits()))
      }
      this.steps.giveUpIfAsked()
    })
  }

  async #startModule(life: ModuleLife): Promise<void> {
    this.steps.giveUpIfAsked()
    if (this.#isKept(life)) {
      this.#context.emit({ type: 'module.carried', module: life.name })
      this.#acquired.modules.push(life)
      return
    }
    const former = this.#predecessor?.lives.find((other) => other.name === life.name)
    life.previous = former?.module.handover?.()
    const limits = this.steps.startLimits(life.module.startTimeout)
    const { result, errors } = await life.start(limits, () => this.steps.stopLimits())
    this.steps.outcome.stopErrors.push(...errors)
    if (life.started) this.#acquired.modules.push(life)
    this.steps.judge({ phase: 'start', owner: life.name }, result)
  }

  async #orRollBack(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (thrown) {
      if (!(thrown instanceof StepFailure)) throw thrown
      const { outcome } = this.steps
      const { emit } = this.#context
      const { phase, owner } = thrown.step
      const hook = `${phase} of ${owner}`
      const error = new StartupError(hook, thrown.cause, outcome.stopErrors)
      outcome.fail('start', error)
      emit({ type: 'failed', during: 'start', error, hook })
      emit({ type: 'rollback', modules: this.lives.map((life) => life.name).reverse() })
      for (const [transport, before] of this.#inherited.splice(0)) {
        // Its socket is the predecessor's again, and not this one's to close.
        transport.handover?.()
        before.takeBack?.()
      }
      await this.#closeTransports()
      await this.#release()
      await this.#resumePredecessor?.()
      this.state.to('failed')
      throw error
    }
  }

  // ── run ────────────────────────────────────────────────────────────────────────────────────────────────────

  run(options: BootOptions): Promise<ExitCode> {
    this.#running ??= this.#run(options)
    return this.#running
  }

  async #run(options: BootOptions): Promise<ExitCode> {
    const { host, emit } = this.#context
    const { outcome } = this.steps
    const owner = options.signals === false ? undefined : new ProcessOwner(this, emit, host)
    this.#owner = owner
    const letGo = host.hold()
    try {
      this.#predecessor = options.predecessor
      await this.start()
      this.#listening = this.#orRollBack(() => this.#listen(options))
      await this.#listening
      this.#takeOver()
      this.state.to('running')
      const urls = this.transports.flatMap((transport) => transport.url ?? [])
      emit({ type: 'ready', ms: host.clock.now() - this.#began, urls })
      owner?.ready()
      await this.steps.stopAsked.fired
    } catch (error) {
      if (!(error instanceof StartAbortedError) && !outcome.failure) throw error
    } finally {
      await this.stop('the run has ended')
      letGo()
      owner?.end(outcome)
    }
    return outcome.code
  }

  async #listen(options: BootOptions): Promise<void> {
    const { app, logger, emit } = this.#context
    const brought = this.#lives.flatMap(({ module }) => module.transports?.() ?? [])
    const listening: Transport[] = []
    this.transports = listening
    for (const transport of options.transport ? [options.transport].flat() : brought) {
      const before = this.#predecessor?.transports.find((other) => other.name === transport.name)
      const supervisor = options.inherited
      const inherited = before?.handover?.() ?? supervisor
      if (before) this.#inherited.push([transport, before])
      listening.push(transport)
      await this.steps.required({ phase: 'listen', owner: transport.name }, ({ signal }) =>
        transport.listen({ app, signal, logger, inherited, supervisor }),
      )
      emit({ type: 'transport.listening', transport: transport.name, url: transport.url })
    }
    this.steps.giveUpIfAsked()
  }

  /** A fatal error: the same graceful stop, but the exit code tells of it. */
  readonly fail = (
    source: 'uncaughtException' | 'unhandledRejection' | 'task' | 'application',
    error: unknown,
  ): void => {
    this.#context.emit({ type: 'fatal', source, error })
    this.steps.outcome.fail('fatal', error)
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
    this.steps.outcome.forcedBy = signal
    this.steps.forced.fire(signal)
  }

  async #stop(reason: string): Promise<ExitCode> {
    const { host, emit } = this.#context
    const { outcome, budget } = this.steps
    const began = host.clock.now()
    const letGo = host.hold()
    // Only who owns the process may kill it: not under a test runner, not beside a successor.
    const callOff = this.#owner ? host.watchdog(budget.total + watchdogMargin(budget)) : () => {}
    if (!this.state.is('failed')) emit({ type: 'stop.requested', reason })
    this.steps.stopAsked.fire(reason)
    // A start gives up now, or is rolling back already.
    await Promise.allSettled([this.#initializing, this.#starting, this.#listening])
    if (this.state.is('created', 'initializing')) this.state.to('stopped')
    if (!this.state.is('stopped', 'failed')) {
      if (this.transports.length > 0 || this.state.is('running')) await this.#drain()
      this.state.to('stopping')
      await this.#release()
      this.state.to('stopped')
    }
    emit({ type: 'stopped', code: outcome.code, ms: host.clock.now() - began, errors: outcome.stopErrors })
    callOff()
    letGo()
    return outcome.code
  }

  async #drain(): Promise<void> {
    const { host, ledger, emit } = this.#context
    const { steps, transports } = this
    this.state.to('draining')
    const modules = this.lives.filter((life) => life.module.drain && !this.#isKept(life)).reverse()
    const errors = await drain({ clock: host.clock, ledger, emit, steps, transports, modules })
    steps.outcome.stopErrors.push(...errors)
    await this.#closeTransports()
  }

  async #closeTransports(): Promise<void> {
    // Also when the end is forced: nothing may go on accepting.
    const limits = { ms: 1_000, remedy: 'close() must cut at once', force: new Trigger() }
    for (const transport of this.transports) {
      const step = { phase: 'close', owner: transport.name } as const
      const result = await this.steps.runner.run(step, limits, () => transport.close())
      if (result.status === 'failed' || result.status === 'abandoned')
        this.steps.outcome.stopErrors.push(result.error)
    }
  }

  #release(): Promise<void> {
    const { host } = this.#context
    const isKept = (life: ModuleLife) => this.#isKept(life)
    return release(this.#acquired, this.steps, { ...this.#context, clock: host.clock, isKept })
  }

  // ── one life after another ─────────────────────────────────────────────────────────────────────────────────

  /** The modules that run, in start order. */
  get lives(): readonly ModuleLife[] {
    return this.#acquired.modules
  }

  get requires(): ReadonlyMap<Module, readonly Module[]> {
    return this.assembly?.requires ?? new Map()
  }

  get ledger(): Ledger {
    return this.#context.ledger
  }

  /** Whether a module is still the predecessor's: it runs, and is neither started nor stopped here. */
  #isKept(life: ModuleLife): boolean {
    return this.assembly?.kept.has(life.module) === true
  }

  /** What only one can own is given up by the predecessor before it is acquired; it gets it back if this start fails. */
  async #suspendRivals(): Promise<void> {
    const rivals = this.#lives.filter((life) => life.module.exclusive && !this.#isKept(life))
    if (!this.#predecessor || rivals.length === 0) return
    this.#resumePredecessor = await suspend(this.#predecessor, new Set(rivals.map((life) => life.name)))
  }

  /** The last step of a hand-over: what was kept of the predecessor belongs here from now on. */
  #takeOver(): void {
    const { assembly } = this
    if (!assembly || !this.#predecessor) return
    const kept = new Set(assembly.kept.values())
    assembly.commit()
    const { modules } = this.#predecessor.#acquired
    this.#predecessor.#acquired.modules = modules.filter((life) => !kept.has(life))
    for (const life of kept) life.moveTo(this.#surroundings())
    this.#inherited.length = 0
    this.#resumePredecessor = undefined
    this.#predecessor = undefined
  }
}

/** Above the whole budget, so that the watchdog acts only where timers can't. */
function watchdogMargin(budget: ShutdownBudget): number {
  return budget.shrunk ? 250 : 1_000
}
