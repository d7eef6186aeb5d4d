// What must hold in every schedule, whatever the application does.

import { describeHook, type LifecycleEvent } from '../../../events/events.ts'
import type { Module } from '../../../modules/module.ts'
import { ExitCode } from '../../../runtime/process-exit.ts'
import { messageOf } from '../../../runtime/thrown.ts'
import { isFault } from './choice.ts'
import { WORK_IN_FLIGHT } from './hook-calls.ts'
import type { ScheduleState } from './state.ts'
import type { QueuedTimer } from './timer-queue.ts'
import { isInjected, type WorldState } from './world-state.ts'

/** The owner of the hook in which the application disposes its services. */
const CONTAINER = 'container'

/** The checks of one schedule. */
export class Checks {
  readonly #state: ScheduleState
  readonly #world: WorldState
  readonly #stopCalls = new Map<string, number>()

  constructor(state: ScheduleState, world: WorldState) {
    this.#state = state
    this.#world = world
  }

  // ── while the application runs ─────────────────────────────────────────────────────────────────────────────

  readonly used = (owner: string, member: string): void => {
    const world = this.#world
    const { actor, app, known, gates } = this.#state
    if (actor === owner) return
    known.learn(known.uses, `${actor}\0${owner}`)
    // A hook that was abandoned and continues may find its services stopped: only what it acquires matters.
    if (gates.some((gate) => gate.owner === actor && gate.fault === 'hang' && gate.abandoned)) return
    if (!app || app.state === 'created' || app.state === 'initializing' || app.state === 'initialized') return
    const module = app.modules.find(({ name }) => name === owner) as Module | undefined
    const state = world.stateOfModule(owner)
    if (module?.start && (state === 'created' || state === 'starting'))
      world.report('before start', `${actor} calls ${member}() before ${owner} has started`)
    else if (module?.stop && state === 'stopped')
      world.report('after stop', `${actor} calls ${member}() after ${owner} has stopped`)
    else if (module?.stop && state === 'stopping')
      world.report('after stop', `${actor} calls ${member}() while ${owner} stops`)
  }

  readonly stopCalled = (module: string): void => {
    const calls = (this.#stopCalls.get(module) ?? 0) + 1
    this.#stopCalls.set(module, calls)
    if (calls > 1) this.#world.report('once', `stop of ${module} runs ${calls} times`)
  }

  // ── at the end ─────────────────────────────────────────────────────────────────────────────────────────────

  /** Checks what the application has left when it has ended. */
  atEnd(): void {
    const world = this.#world
    const { app, host, code, timers } = this.#state
    if (!world.holdsStep) world.noteLostRequests()
    // A fault may keep a release from running until the end of the schedule.
    if (!this.#state.hasFault) world.checkAtEnd()
    if (!app || code === undefined) return
    const events = world.log
    for (const event of events) this.#failure(event)
    this.#order(events)
    if (!world.holdsStep)
      for (const work of app.inFlight.list())
        world.report('lost', `${work.kind} '${work.label}' was accepted and never finished`)
    this.#budget(events)
    if (host.killed) world.report('budget', 'the watchdog had to end the process')
    if (app.state !== 'stopped' && app.state !== 'failed')
      world.report('end', `the application ends in the state ${app.state}`)
    for (const timer of timers.ofUser) {
      if (this.#isOfHeld(timer.owner)) continue
      if (timer.isRef || timer.label?.startsWith('setInterval'))
        world.report('leak', `${timer.owner} leaves a timer: ${timer.label}`)
    }
    if (world.problems.length === 0) this.#exitCode(code)
  }

  /** Checks what has happened since. `endless` is a timer that is left however many have fired. */
  afterEnd(opened: readonly string[], endless: QueuedTimer | undefined): void {
    const world = this.#world
    const { timers } = this.#state
    if (endless?.isRef && endless.label !== undefined && !endless.label.startsWith('setInterval'))
      world.report('leak', `${endless.owner} sets a timer again and again after the end: ${endless.label}`)
    for (const what of opened) world.report('leak', `the application leaves ${what}`)
    for (const timer of timers.ofUser)
      if (timer.label?.startsWith('setInterval'))
        world.report('leak', `${timer.owner} leaves a timer: ${timer.label}`)
    world.checkAtEnd()
  }

  #isOfHeld(owner: string): boolean {
    return this.#state.gates.some((gate) => gate.owner === owner && gate.fault === 'hang')
  }

  /** A hook that fails, hangs or is cut, though no fault was chosen that leads to it. */
  #failure(event: LifecycleEvent): void {
    const world = this.#world

    switch (event.type) {
      case 'module.failed':
        if (!isInjected(event.error) && !this.#state.hasFaultOf(event.module))
          world.report('failure', `${event.phase} of ${event.module} fails: ${messageOf(event.error)}`)
        return
      case 'hook.failed':
        if (
          !isInjected(event.error) &&
          !this.#state.hasFaultOf(event.owner) &&
          !this.#waitsForHeld(event.owner)
        )
          world.report('failure', `${describeHook(event)} fails: ${messageOf(event.error)}`)
        return
      case 'task.failed':
        if (!isInjected(event.error) && !this.#state.hasFault)
          world.report('failure', `task ${event.task} of ${event.module} fails: ${messageOf(event.error)}`)
        return
      case 'fatal':
        if (event.source === 'uncaughtException' || event.source === 'unhandledRejection')
          world.crashed(event.source, event.error)
        else if (event.source !== 'task' && !isInjected(event.error))
          world.report('failure', `${event.source}: ${messageOf(event.error)}`)
        return
      case 'failed':
        if (event.hook === undefined && !isInjected(event.error))
          world.report('failure', `the application cannot ${event.during}: ${messageOf(event.error)}`)
        return
      case 'hook.abandoned':
        if (!this.#isExpectedToHang(event.owner))
          world.report('hang', `${describeHook(event)} does not end in its time`)
        return
      case 'drain.blocked':
        if (!this.#state.hasFault)
          world.report(
            'lost',
            `the drain cuts ${event.work.map((work) => work.replace(/, [^,]*\)$/, ')')).join(', ')}`,
          )
        return
    }
  }

  /** True for a hook of the application that waits for user code: the drain for work, the disposal for services. */
  #waitsForHeld(owner: string): boolean {
    const waits = owner === WORK_IN_FLIGHT || owner === CONTAINER
    return waits && this.#state.moves.some(({ kind }) => kind === 'hang')
  }

  #isExpectedToHang(owner: string): boolean {
    // What waits for it, or waits its turn behind it, cannot end either.
    if (this.#waitsForHeld(owner) || this.#world.holdsStep) return true
    return this.#state.moves.some(
      ({ kind, owner: one }) =>
        kind === 'slow' || (kind === 'hang' && (owner === one || owner.endsWith(` of ${one}`))),
    )
  }

  /** Each started module stops once: in reverse, or, by levels, after the modules that require it. */
  #order(events: readonly LifecycleEvent[]): void {
    const world = this.#world
    const { app } = this.#state
    const started: string[] = []
    const stopped: string[] = []
    for (const event of events) {
      if (event.type === 'module.started') started.push(event.module)
      else if (event.type === 'module.stopping') stopped.push(event.module)
    }
    for (const module of started) {
      const n = stopped.filter((one) => one === module).length
      if (n === 0) world.report('once', `${module} has started and is never stopped`)
      else if (n > 1) world.report('once', `stop of ${module} runs ${n} times`)
    }
    const requires = new Map(
      [...(app?.requires ?? [])].map(([module, list]) => [module.name, list.map(({ name }) => name)]),
    )
    const levels = app?.startup.concurrency === 'levels'
    for (const [i, module] of stopped.entries()) {
      for (const earlier of stopped.slice(0, i)) {
        const isWrong = levels
          ? requires.get(module)?.includes(earlier)
          : started.indexOf(earlier) < started.indexOf(module)
        if (isWrong) world.report('order', `${earlier} stops before ${module}, which has started after it`)
      }
    }
  }

  #budget(events: readonly LifecycleEvent[]): void {
    const world = this.#world
    const { app } = this.#state
    const began = events.find(
      ({ type }) => type === 'signal' || type === 'failed' || type === 'stop.requested',
    )
    const ended = events.find(({ type }) => type === 'stopped')
    if (!began || !ended || !app) return
    const ms = ended.at - began.at
    const isSlow = this.#state.moves.some(({ kind }) => kind === 'slow')
    if (ms > app.budget.total && !isSlow)
      world.report('budget', `the stop takes ${ms} ms of ${app.budget.total} ms`)
  }

  #exitCode(code: number): void {
    const world = this.#world
    const { host } = this.#state
    const own = process.exitCode
    if (own !== undefined && !this.#state.hasFault)
      return world.report('exit code', `the process ends with ${own}: process.exitCode was set`)
    const allowed = this.#allowedCodes()
    if (!allowed.includes(code))
      world.report('exit code', `the exit code is ${code}, not ${allowed.join(' or ')}`)
    else if (host.exitCode !== code)
      world.report('exit code', `the process ends with ${host.exitCode}, not ${code}`)
  }

  #allowedCodes(): readonly number[] {
    const { gates, moves } = this.#state
    if (!this.#state.hasFault) return [ExitCode.clean]
    const codes = new Set<number>()
    for (const { kind, id } of moves) {
      if (!isFault({ kind })) continue
      const gate = gates.find((one) => `${kind} ${one.id}` === id)
      // A wait of the user's own that fails may be handled, or end the start, the stop or a task.
      if (!gate) for (const code of [ExitCode.clean, ExitCode.failed, ExitCode.incomplete]) codes.add(code)
      else if (!gate.isOfStart)
        codes.add(kind === 'fail' || gate.abandoned ? ExitCode.incomplete : ExitCode.clean)
      else if (kind === 'hang' && !gate.abandoned) {
        // It ended when its signal aborted, with a result or with an error.
        codes.add(ExitCode.clean)
        codes.add(ExitCode.failed)
      } else {
        codes.add(ExitCode.failed)
        // A stop that was asked for before is not a failure of the start.
        if (moves.some((move) => move.kind === 'signal'))
          codes.add(kind === 'fail' ? ExitCode.clean : ExitCode.incomplete)
      }
    }
    return [...codes]
  }
}
