// One schedule: a new application runs from its creation to its end, and each thing that happens next is chosen.

import type { Application } from '../../../application/application.ts'
import { substitute } from '../../../application/substitutes.ts'
import { StateError } from '../../../errors.ts'
import type { LifecycleEvent } from '../../../events/events.ts'
import type { Logger } from '../../../events/logger.ts'
import { Checks } from './checks.ts'
import type { Choice, Knowledge } from './choice.ts'
import { HookCalls } from './hook-calls.ts'
import { Menu } from './menu.ts'
import { openedSince, type ProcessState, processState, turn, waitForInputOutput } from './process-state.ts'
import { guardServices, watchModules } from './service-guard.ts'
import { type ScheduleLimits, ScheduleState } from './state.ts'
import type { QueuedTimer, TimerQueue } from './timer-queue.ts'
import type { VirtualProcess } from './virtual-globals.ts'
import type { World } from './world.ts'
import { WorldState } from './world-state.ts'

/** Creates a new application. */
export type CreateApplication = (
  world: World,
) => Application | Application<never> | PromiseLike<Application | Application<never>>

/** Returns what happens next, or undefined to abandon the schedule. */
export type Decide = (enabled: readonly Choice[], step: number) => Choice | undefined

/** The number of moves after which an application counts as endless. */
const MAX_MOVES = 3_000
/** The number of timers that fire after the end. */
const LEFT_TIMERS = 40

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** One schedule. */
export class Schedule implements VirtualProcess {
  readonly state: ScheduleState
  readonly world: WorldState
  /** The number of moves before each event. */
  readonly movesBefore: number[] = []
  /** True if the schedule was abandoned, because an equivalent one is explored. */
  isRedundant = false
  readonly #hooks: HookCalls
  readonly #checks: Checks
  readonly #menu: Menu
  #before: ProcessState | undefined
  #random = 0x9e3779b9

  constructor(known: Knowledge, limits: ScheduleLimits) {
    this.state = new ScheduleState(known, limits)
    this.world = new WorldState(this.state)
    this.#hooks = new HookCalls(this.state)
    this.#checks = new Checks(this.state, this.world)
    this.#menu = new Menu(this.state, this.world, this.#hooks)
  }

  get timers(): TimerQueue {
    return this.state.timers
  }

  /** Runs the application to its end. */
  async run(create: CreateApplication, decide: Decide): Promise<void> {
    const { state } = this
    this.#before = processState()
    const undo = substitute({ host: state.host, logger: silent, callHook: this.#hooks.take })
    try {
      state.app = (await create(this.world)) as Application
    } finally {
      undo()
    }
    const { app } = state
    if (app.state !== 'created') throw usedBefore()
    const observer = {
      used: this.#checks.used,
      startReturned: (module: string, waits: boolean) => this.#hooks.startReturned(module, waits),
      stopCalled: this.#checks.stopCalled,
    }
    app.override((container) => guardServices(container, app.modules, observer))
    app.on('*', (event) => this.#record(event))
    app.on('state', ({ to }) => to === 'initialized' && watchModules(app.modules, observer))
    void app.runUnsupervised().then((code) => {
      state.code = code
    })
    const { exitCode } = process
    process.exitCode = undefined
    try {
      await this.#play(decide)
      if (!this.isRedundant) await this.#finish()
    } finally {
      process.exitCode = exitCode
    }
    state.timers.clear()
  }

  async #play(decide: Decide): Promise<void> {
    const { state, world } = this
    const isOver = () => state.code !== undefined || this.#menu.choices().length > 0
    while (true) {
      await turn()
      if (this.#isBusy()) await this.#untilIdle()
      world.check()
      if (state.code !== undefined) return
      if (state.moves.length >= MAX_MOVES)
        return world.report('endless', `the application has not ended after ${MAX_MOVES} steps`)
      const choices = this.#menu.choices()
      if (choices.length === 0) {
        if (await waitForInputOutput(this.#before!, isOver)) continue
        return world.report('endless', 'the application waits for something that never happens')
      }
      const chosen = decide(choices, state.moves.length)
      if (!chosen) {
        this.isRedundant = true
        return
      }
      this.#make(chosen, chosen === choices[0])
    }
  }

  #make(choice: Choice, isUsual: boolean): void {
    const { state } = this
    state.note(state.known.moveOf(choice), isUsual)
    choice.perform()
  }

  /** Runs everything that does not wait for a choice, input and output of the process included. */
  async #settle(): Promise<void> {
    await turn()
    if (this.#isBusy()) await this.#untilIdle()
  }

  async #untilIdle(): Promise<void> {
    const { world, timers } = this
    // Code that also waits for a timer or a step may wait for nothing else.
    const mayWaitForChoice = world.waitsForStep || timers.hasOfUser
    await waitForInputOutput(this.#before!, () => !this.#isBusy(), mayWaitForChoice)
  }

  /** True if the code of a hook or of a request runs. */
  #isBusy(): boolean {
    const { state, world } = this
    return (
      state.code === undefined && (world.isServing || state.gates.some((gate) => gate.state === 'running'))
    )
  }

  /** After the end: what still hangs continues, and every timer that was left fires. Nothing of it may have an effect. */
  async #finish(): Promise<void> {
    const { state, world } = this
    this.#checks.atEnd()
    for (const gate of state.gates) if (gate.state === 'held') this.#hooks.release(gate)
    let timer: QueuedTimer | undefined
    for (let left = LEFT_TIMERS; ; left--) {
      world.releaseSteps()
      await this.#settle()
      timer = state.timers.next('delay')
      // A step that continues may be followed by another one.
      if ((!timer && !world.waitsForStep) || left === 0) break
      if (!timer || world.waitsForStep) continue
      state.actor = timer.owner
      state.timers.fire(timer)
    }
    await turn()
    this.#checks.afterEnd(await openedSince(this.#before!), timer)
  }

  #record(event: LifecycleEvent): void {
    this.movesBefore.push(this.state.moves.length)
    this.world.record(event)
    if (event.type === 'hook.abandoned') this.#hooks.abandoned(event.phase, event.owner)
  }

  // ── the process ────────────────────────────────────────────────────────────────────────────────────────────

  readTime(): number {
    this.state.known.learnReadsTime()
    return this.state.timers.now()
  }

  random(): number {
    // mulberry32
    this.#random = (this.#random + 0x6d2b79f5) | 0
    let t = Math.imul(this.#random ^ (this.#random >>> 15), 1 | this.#random)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  crash(error: unknown, source: 'uncaughtException' | 'unhandledRejection' = 'uncaughtException'): void {
    if (this.state.host.listeners > 0) this.state.host.crash(error, source)
    else this.world.crashed(source, error)
  }

  exit(code: unknown): void {
    this.world.report(
      'exit',
      `${this.state.actor} calls process.exit(${code === undefined ? '' : String(code)})`,
    )
  }
}

function usedBefore(): StateError {
  return new StateError(
    'MYFY_PROVE_APPLICATION',
    'Cannot explore the application: it has run already. Create a new Application, with new modules, in each call of the function.',
  )
}
