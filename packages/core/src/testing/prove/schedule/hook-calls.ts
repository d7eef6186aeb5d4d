// The calls of hooks: the application calls a hook, and its code runs when that is chosen.

import type { HookCaller, HookControl, HookRef } from '../../../hooks/hook-run.ts'
import { isThenable } from '../../../runtime/thrown.ts'
import { HookGate, type HookOutcome, InjectedFault } from './hook-gate.ts'
import type { ScheduleState } from './state.ts'

/** The phases whose hooks are called by choice. The others return no promise, or run no code of the user's own. */
const chosenPhases: ReadonlySet<string> = new Set([
  'onStartup',
  'lifespan up',
  'start',
  'ready',
  'listen',
  'drain',
  'close',
  'stop',
  'defer',
  'lifespan down',
  'onShutdown',
])

/** The drain of the application itself, which runs no code of the user. */
export const WORK_IN_FLIGHT = 'work in flight'

/** The hooks of one schedule. */
export class HookCalls {
  readonly #state: ScheduleState
  readonly #names = new Map<string, number>()

  constructor(state: ScheduleState) {
    this.#state = state
  }

  /** Takes a hook that the application calls. */
  readonly take: HookCaller = <T>(
    ref: HookRef,
    control: HookControl,
    hook: (control: HookControl) => T | PromiseLike<T>,
  ) => {
    const isOwn = !chosenPhases.has(ref.phase) || ref.owner === WORK_IN_FLIGHT
    if (isOwn || this.#state.code !== undefined) return hook(control)
    const name = `${ref.phase} of ${ref.owner}`
    const n = (this.#names.get(name) ?? 0) + 1
    this.#names.set(name, n)
    const gate = new HookGate(n === 1 ? name : `${name} #${n}`, ref, control, hook)
    this.#state.gates.push(gate)
    return gate.promise as Promise<T>
  }

  /** Runs the code of a hook. */
  begin(gate: HookGate): void {
    const { known } = this.#state
    this.#state.actor = gate.owner
    const injects = this.#injects(gate)
    let value: unknown
    try {
      value = gate.call(injects)
    } catch (error) {
      return this.#settled(gate, { error }, false)
    }
    if (!isThenable(value)) return this.#settled(gate, { value }, false)
    known.learn(known.asynchronous, gate.name)
    let isPending = false
    value.then(
      (result) => {
        // The services of a module that injects some are built first: `startReturned` tells whether its own code waits.
        if (isPending && !injects) known.learn(known.waiting, gate.name)
        this.#settled(gate, { value: result }, true)
      },
      (error: unknown) => this.#settled(gate, { error }, true),
    )
    void Promise.resolve().then(() => {
      isPending = true
    })
  }

  #injects({ ref, owner }: HookGate): boolean {
    if (ref.phase !== 'start') return false
    const module = this.#state.app?.modules.find(({ name }) => name === owner)
    return module !== undefined && module.inject !== undefined && module.start !== undefined
  }

  #settled(gate: HookGate, outcome: HookOutcome, isPromise: boolean): void {
    gate.settle(outcome)
    if (gate.fault === 'hang' && !gate.isOfStart && !gate.released) gate.hold()
    // A hook that returns no promise has ended. The result of one that was abandoned is not waited for.
    else if (!isPromise || gate.abandoned || this.#state.code !== undefined) this.end(gate)
  }

  /** Reports the result of a hook to the application. */
  end(gate: HookGate): void {
    if (gate.fault === 'fail') gate.fail(this.#faultOf(gate))
    else gate.deliver()
  }

  /** Lets a hook fail: one of the start before it has acquired anything, one of the stop when it has released all. */
  fail(gate: HookGate): void {
    gate.fault = 'fail'
    if (gate.isOfStart) gate.fail(this.#faultOf(gate))
    else this.begin(gate)
  }

  #faultOf(gate: HookGate): InjectedFault {
    return new InjectedFault(`${gate.name} fails`, this.#state.moves.length - 1)
  }

  /** Lets a hook hang: one of the start at its first `await`, one of the stop at its last. */
  hang(gate: HookGate): void {
    gate.fault = 'hang'
    if (gate.isOfStart) gate.hold()
    else this.begin(gate)
  }

  /** Lets a hook continue that hangs. */
  release(gate: HookGate): void {
    gate.released = true
    if (gate.outcome === undefined) this.begin(gate)
    else gate.deliver()
  }

  /** Tells that the module's own code has returned from `start`. `waits` is true if its promise is pending. */
  startReturned(module: string, waits: boolean): void {
    const { gates, known } = this.#state
    const gate = gates.findLast(({ owner, ref }) => owner === module && ref.phase === 'start')
    if (!gate) return
    gate.prefixEnded()
    if (waits) known.learn(known.waiting, gate.name)
  }

  /** Reports that the application has abandoned a hook. */
  abandoned(phase: string, owner: string): void {
    const gate = this.#state.gates.findLast(({ ref }) => ref.phase === phase && ref.owner === owner)
    if (gate) gate.abandoned = true
  }
}
