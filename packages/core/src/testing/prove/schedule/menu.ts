// What can happen next in a schedule.

import type { Choice, ChoiceKind } from './choice.ts'
import type { HookCalls } from './hook-calls.ts'
import type { HookGate } from './hook-gate.ts'
import type { ScheduleState } from './state.ts'
import type { WorldState } from './world-state.ts'

/** The signal that ends an application. */
const SIGNAL = 'SIGTERM'

/** The choices of one schedule. */
export class Menu {
  readonly #state: ScheduleState
  readonly #world: WorldState
  readonly #hooks: HookCalls

  constructor(state: ScheduleState, world: WorldState, hooks: HookCalls) {
    this.#state = state
    this.#world = world
    this.#hooks = hooks
  }

  /** Returns what can happen next. The first is what happens in the usual course; faults are last. */
  choices(): readonly Choice[] {
    const { gates, mayFail } = this.#state
    const urgent = gates.find((gate) => gate.state === 'called' && this.#isUrgent(gate))
    if (urgent) return [this.#begin(urgent), ...(mayFail ? this.#faultsOf(urgent) : [])]
    const choices: Choice[] = []
    const unusual: Choice[] = []
    for (const gate of gates) {
      if (gate.state === 'settled') choices.push(this.#end(gate))
      else if (gate.state === 'called') {
        choices.push(this.#begin(gate))
        if (mayFail) unusual.push(...this.#faultsOf(gate))
      } else if (gate.state === 'held') unusual.push(...this.#late(gate))
    }
    for (const step of this.#world.pendingSteps) {
      if (step.isHeld) unusual.push(...(step.isDue() ? [step.late] : []))
      else {
        choices.push(step.settle)
        if (mayFail) unusual.push(step.fail, step.hang)
      }
    }
    choices.push(...this.#world.waitingRequests)
    choices.push(...this.#time(choices.length > 0))
    if (!this.#state.signalled && this.#state.host.listeners > 0) choices.push(this.#signal())
    if (choices.length === 0) choices.push(...this.#lastTime())
    return choices.concat(unusual)
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

  /** A hook that hangs may continue when its signal has aborted, and when it was abandoned. */
  #late(gate: HookGate): readonly Choice[] {
    if (!gate.isDue(this.#state.moves.length)) return []
    return [choiceOf('late', gate, () => this.#hooks.release(gate))]
  }

  #signal(): Choice {
    return {
      kind: 'signal',
      id: SIGNAL,
      owner: 'process',
      isReport: false,
      perform: () => {
        this.#state.signalled = true
        this.#state.host.signal(SIGNAL)
      },
    }
  }

  /** Time may pass until the next timer, unless a hook whose result is there would then have taken too long. */
  #time(hasOther: boolean): readonly Choice[] {
    const { timers, app, signalled, turns, limits } = this.#state
    const next = timers.next((timer) => timer.purpose === 'delay')
    if (!next) return []
    const isIdle = app?.state === 'running' && !signalled && !this.#world.isServing
    if ((hasOther || isIdle) && turns >= limits.turns) return []
    const deadline = timers.next((timer) => timer.purpose === 'deadline')
    const isLate = deadline !== undefined && deadline.at <= next.at
    if (isLate && hasOther) return []
    return [this.#pass(isLate ? deadline.at : next.at, hasOther || isIdle)]
  }

  /** Nothing else can happen. */
  #lastTime(): readonly Choice[] {
    const next = this.#state.timers.next()
    return next ? [this.#pass(next.at, false)] : []
  }

  #pass(until: number, counts: boolean): Choice {
    const state = this.#state
    const perform = () => {
      if (counts) state.turns++
      for (let timer = state.timers.next(); timer && timer.at <= until; timer = state.timers.next()) {
        state.actor = timer.owner
        state.timers.fire(timer)
        // A report changes nothing. Anything else may be followed by something that comes before the next timer.
        if (timer.purpose !== 'report') break
      }
    }
    return { kind: 'time', id: 'time', owner: 'process', isReport: false, perform }
  }
}

function choiceOf(kind: ChoiceKind, { id, owner }: HookGate, perform: () => void): Choice {
  return { kind, id: `${kind} ${id}`, owner, isReport: false, perform }
}
