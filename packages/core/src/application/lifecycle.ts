// One life of an application, top to bottom: initialize → start → listen → run → drain → stop.
// Every hook of the user goes through the phase runner (phase.ts); what becomes of it is judged in steps.ts.

import { StartAbortedError, StartupError } from '../errors.ts'
import { StateMachine } from '../events/state.ts'
import { StepFailure, Steps } from '../hooks/hook-policy.ts'
import { PhaseRunner } from '../hooks/hook-runner.ts'
import { fitBudget, watchdogMargin } from '../hooks/shutdown-budget.ts'
import type { Module } from '../modules/module.ts'
import { ModuleLife, type ModuleSurroundings } from '../modules/module-instance.ts'
import type { Ledger } from '../modules/work-tracker.ts'
import type { Assembly } from '../phases/assembly.ts'
import type { BootContext } from '../phases/context.ts'
import { drain } from '../phases/drain.ts'
import { Initialization } from '../phases/initialize.ts'
import { Listening } from '../phases/listen.ts'
import { type RunOptions, startTimeout } from '../phases/options.ts'
import { startUp } from '../phases/start.ts'
import { Acquired, release } from '../phases/teardown.ts'
import type { ExitCode } from '../process/exit-code.ts'
import type { Settings } from '../settings/settings.ts'
import { ProcessOwner } from './signal-handling.ts'
import { Replacement } from './takeover.ts'

/** How a life runs: as the application was told, with the life it replaces. */
export interface BootOptions extends Omit<RunOptions, 'predecessor' | 'reload'> {
  readonly predecessor?: Boot | undefined
}

export class Boot {
  readonly state: StateMachine
  readonly steps: Steps
  readonly initialization = new Initialization()
  readonly listening: Listening
  readonly acquired = new Acquired()

  readonly #context: BootContext
  readonly #began: number
  #lives: readonly ModuleLife[] = []
  #owner: ProcessOwner | undefined
  readonly #replacement = new Replacement()
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
      startTimeout(options.startup?.timeout),
      emit,
    )
    this.listening = new Listening(this.steps)
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
      const assembly = await this.initialization.run(this.#context, this.steps, this.#replacement.predecessor)
      this.acquired.container = assembly.container
      this.#replacement.initialized(assembly)
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
    await this.#orRollBack(() =>
      startUp({
        context: this.#context,
        steps: this.steps,
        acquired: this.acquired,
        replacement: this.#replacement,
        lives: this.#lives,
        requires: this.requires,
      }),
    )
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
      this.listening.giveBack()
      await this.listening.close()
      await this.#release()
      await this.#replacement.resume()
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
      this.#replacement.predecessor = options.predecessor
      await this.start()
      this.#listening = this.#orRollBack(() => this.#listen(options))
      await this.#listening
      this.listening.keep()
      this.#replacement.takeOver(this.#surroundings())
      this.state.to('running')
      const urls = this.listening.transports.flatMap((transport) => transport.url ?? [])
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

  #listen(options: BootOptions): Promise<void> {
    const brought = this.#lives.flatMap(({ module }) => module.transports?.() ?? [])
    return this.listening.open(options.transport ? [options.transport].flat() : brought, {
      ...this.#context,
      supervisor: options.inherited,
      former: this.#replacement.predecessor?.listening.transports ?? [],
    })
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
      if (this.listening.transports.length > 0 || this.state.is('running')) await this.#drain()
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
    const { steps } = this
    const { transports } = this.listening
    this.state.to('draining')
    const modules = this.lives
      .filter((life) => life.module.drain && !this.#replacement.isKept(life))
      .reverse()
    const errors = await drain({ clock: host.clock, ledger, emit, steps, transports, modules })
    steps.outcome.stopErrors.push(...errors)
    await this.listening.close()
  }

  #release(): Promise<void> {
    const { host } = this.#context
    const isKept = (life: ModuleLife) => this.#replacement.isKept(life)
    return release(this.acquired, this.steps, { ...this.#context, clock: host.clock, isKept })
  }

  // ── one life after another ─────────────────────────────────────────────────────────────────────────────────

  /** The modules that run, in start order. */
  get lives(): readonly ModuleLife[] {
    return this.acquired.modules
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

  get ledger(): Ledger {
    return this.#context.ledger
  }
}
