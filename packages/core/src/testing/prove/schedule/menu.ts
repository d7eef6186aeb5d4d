// What can happen next in a schedule.

import type { Choice, ChoiceKind } from './choice.ts'
import type { HookCalls } from './hook-calls.ts'
import type { HookGate } from './hook-gate.ts'
import type { ScheduleState } from './state.ts'
import type { QueuedTimer } from './timer-queue.ts'
import type { WorldState } from './world-state.ts'

/** The signal that ends an application. */
const SIGNAL = 'SIGTERM'

/** The choices of one schedule. */
export class Menu {
  readonly #state: ScheduleState
  readonly #world: WorldState
  readonly #hooks: HookCalls
  readonly #signal: Choice

  constructor(state: ScheduleState, world: WorldState, hooks: HookCalls) {
    this.#signal = {
      kind: 'signal',
      id: SIGNAL,
      owner: 'process',
      isReport: false,
      perform() {
        state.signalled = true
        state.host.signal(SIGNAL)
      },
    }
    this.#state = state
    this.#world = world
    this.#hooks = hooks
  }

  /** Returns what can happen next. The first is what happens in the usual course; faults are last. */
  choices(): readonly Choice[] {
    const { gates, known, mayFail, timers } = this.#state
    const urgent = gates.find((gate) => gate.state === 'called' && this.#isUrgent(gate))
    if (urgent) return mayFail ? [this.#begin(urgent), ...this.#faultsOf(urgent)] : [this.#begin(urgent)]
    const choices: Choice[] = []
    const unusual: Choice[] = []
    for (const gate of gates) {
      if (gate.state === 'settled') choices.push(this.#end(gate))
      else if (gate.state === 'called') {
        choices.push(this.#begin(gate))
        if (mayFail) unusual.push(...this.#faultsOf(gate))
      } else if (gate.state === 'held' && gate.isDue(this.#state.moves.length))
        unusual.push(choiceOf('late', gate, () => this.#hooks.release(gate)))
    }
    const isTimed = known.readsTime && timers.untilNext > 0
    for (const step of this.#world.pendingSteps) {
      if (!step.isHeld) {
        choices.push(step.settle)
        if (mayFail) unusual.push(step.fail, step.hang)
        if (mayFail && isTimed) unusual.push(step.slow)
      } else if (step.isDue()) unusual.push(step.late)
    }
    choices.push(...this.#world.waitingRequests)
    const time = this.#time(choices.length > 0)
    if (time) choices.push(time)
    if (!this.#state.signalled && this.#state.host.listeners > 0) choices.push(this.#signal)
    if (choices.length === 0) {
      const last = this.#lastTime()
      if (last) choices.push(last)
    }
    return unusual.length > 0 ? choices.concat(unusual) : choices
  }

  /** A hook that returns no promise ends in the step that calls it: nothing can come between. */
  #isUrgent(gate: HookGate): boolean {
    return !this.#isSideBySide(gate) && !this.#state.known.asynchronous.has(gate.name)
  }

  #isSideBySide({ ref }: HookGate): boolean {
    if (ref.phase === 'drain') return true
    const byLevels = this.#state.app?.startup.concurrency === 'levels'
    return byLevels && ref.module === true && ref.phase !== 'ready'
  }

  #begin(gate: HookGate): Choice {
    return choiceOf('begin', gate, () => this.#hooks.begin(gate))
  }

  #end(gate: HookGate): Choice {
    const hasFailed = gate.fault === 'fail' || (gate.outcome !== undefined && 'error' in gate.outcome)
    return { ...choiceOf('end', gate, () => this.#hooks.end(gate)), isReport: !hasFailed }
  }

  #faultsOf(gate: HookGate): readonly Choice[] {
    if (gate.ref.phase === 'close') return []
    const fail = choiceOf('fail', gate, () => this.#hooks.fail(gate))
    if (!this.#state.known.waiting.has(gate.name)) return [fail]
    return [fail, choiceOf('hang', gate, () => this.#hooks.hang(gate))]
  }

  /** Time may pass until the next timer, unless a hook whose result is there would then have taken too long. */
  #time(hasOther: boolean): Choice | undefined {
    const { timers, app, signalled, turns, limits } = this.#state
    const next = timers.next('delay')
    if (!next) return undefined
    // A request that hangs ends no sooner when more time passes.
    const isServing = this.#world.isServing && !this.#world.holdsStep
    const isIdle = app?.state === 'running' && !signalled && !isServing
    if ((hasOther || isIdle) && turns >= limits.turns) {
      this.#state.isCut = true
      return undefined
    }
    const deadline = timers.next('deadline')
    const isLate = deadline !== undefined && deadline.at <= next.at
    if (isLate && hasOther) return undefined
    return this.#pass(isLate ? deadline.at : next.at, hasOther || isIdle)
  }

  /** Nothing else can happen. */
  #lastTime(): Choice | undefined {
    const next = this.#state.timers.next()
    return next && this.#pass(next.at, false)
  }

  #pass(until: number, counts: boolean): Choice {
    const state = this.#state
    const perform = () => {
      if (counts) state.turns++
      for (let timer = state.timers.next(); timer && timer.at <= until; timer = state.timers.next()) {
        state.actor = timer.owner
        const name = nameOf(timer)
        if (name) state.fired.set(state.moves.length - 1, name)
        state.timers.fire(timer)
        // A report changes nothing. Anything else may be followed by something that comes before the next timer.
        if (timer.purpose !== 'report') break
      }
    }
    return { kind: 'time', id: 'time', owner: 'process', isReport: false, perform }
  }
}

/** Returns the name of a timer of user code; undefined for one of the application itself. */
function nameOf({ label, owner, purpose }: QueuedTimer): string | undefined {
  if (label !== undefined) return `${label} of ${owner}`
  return purpose === 'delay' && owner !== 'process' ? `a timer of ${owner}` : undefined
}

function choiceOf(kind: ChoiceKind, { id, owner }: HookGate, perform: () => void): Choice {
  return { kind, id: `${kind} ${id}`, owner, isReport: false, perform }
}
