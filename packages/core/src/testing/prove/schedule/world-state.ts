// The state of the world in one schedule: what was declared, what has happened, and what is wrong.

import type { LifecycleEvent } from '../../../events/events.ts'
import type { State } from '../../../events/state.ts'
import { isThenable, messageOf } from '../../../runtime/thrown.ts'
import type { Choice } from './choice.ts'
import { InjectedFault } from './hook-gate.ts'
import type { ScheduleState } from './state.ts'
import type { ModuleState, World } from './world.ts'

/** A violation of the contract. */
export interface Problem {
  /** The rule that is broken; see the documentation of `prove`. */
  readonly rule: string
  readonly text: string
  /** The number of choices that had been made. */
  readonly step: number
}

/** A wait of user code that the exploration decides. */
export interface PendingStep {
  readonly settle: Choice
  readonly fail: Choice
  readonly hang: Choice
  /** Lets time pass before it is done. */
  readonly slow: Choice
  readonly late: Choice
  readonly isHeld: boolean
  isDue(): boolean
  release(): void
}

interface Request {
  readonly name: string
  readonly run: () => unknown
  state: 'waiting' | 'running' | 'done'
}

/** See {@link World}. */
export class WorldState implements World {
  // Private, so that a function that spreads its argument into options takes none of it.
  readonly #log: LifecycleEvent[] = []
  readonly #problems: Problem[] = []
  readonly #state: ScheduleState
  readonly #states = new Map<string, ModuleState>()
  readonly #invariants = new Map<string, (world: World) => unknown>()
  readonly #steps = new Set<PendingStep>()
  readonly #requests: Request[] = []
  readonly #names = new Map<string, number>()
  #isEnded = false

  constructor(state: ScheduleState) {
    this.#state = state
  }

  // ── what the user declares and reads ───────────────────────────────────────────────────────────────────────

  invariant(name: string, check: (world: World) => unknown): void {
    this.#invariants.set(name, check)
  }

  request(name: string, run: () => unknown): void {
    this.#requests.push({ name, run, state: 'waiting' })
  }

  step(name: string, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(abortError(signal))
    const { actor } = this.#state
    const n = (this.#names.get(name) ?? 0) + 1
    this.#names.set(name, n)
    const id = n === 1 ? name : `${name} #${n}`
    return new Promise((resolve, reject) => {
      let isHeld = false
      let dueIn: number | undefined
      const end = (settle: () => void) => {
        this.#steps.delete(step)
        signal?.removeEventListener('abort', abort)
        settle()
      }
      const abort = () => end(() => reject(abortError(signal)))
      const choice = (kind: Choice['kind'], perform: () => void): Choice => ({
        kind,
        id: kind === 'step' ? id : `${kind} ${id}`,
        owner: actor,
        isReport: false,
        perform,
      })
      const settle = () => end(resolve)
      const step: PendingStep = {
        settle: choice('step', settle),
        fail: choice('fail', () =>
          end(() => reject(new InjectedFault(`${name} fails`, this.#state.moves.length - 1))),
        ),
        hang: choice('hang', () => {
          isHeld = true
        }),
        slow: choice('slow', () => this.#state.timers.passBeforeNext()),
        late: choice('late', settle),
        get isHeld() {
          return isHeld
        },
        isDue: () => {
          const { gates, moves } = this.#state
          if (!gates.some((gate) => gate.owner === actor && gate.abandoned)) return false
          dueIn ??= moves.length
          return dueIn === moves.length
        },
        release: settle,
      }
      this.#steps.add(step)
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  stateOf(module: string): ModuleState {
    this.#state.known.learnReads()
    return this.stateOfModule(module)
  }

  get state(): State {
    this.#state.known.learnReads()
    return this.#state.app?.state ?? 'created'
  }

  get events(): readonly LifecycleEvent[] {
    this.#state.known.learnReads()
    return this.#log
  }

  get ended(): boolean {
    return this.#isEnded
  }

  get time(): number {
    this.#state.known.learnReadsTime()
    return this.#state.timers.now()
  }

  // ── what the exploration asks ──────────────────────────────────────────────────────────────────────────────

  /** See `events`. */
  get log(): readonly LifecycleEvent[] {
    return this.#log
  }

  get problems(): readonly Problem[] {
    return this.#problems
  }

  stateOfModule(module: string): ModuleState {
    return this.#states.get(module) ?? 'created'
  }

  get pendingSteps(): ReadonlySet<PendingStep> {
    return this.#steps
  }

  get waitsForStep(): boolean {
    return this.#steps.size > 0
  }

  /** True if a wait of user code hangs. */
  get holdsStep(): boolean {
    for (const { isHeld } of this.#steps) if (isHeld) return true
    return false
  }

  get isServing(): boolean {
    return this.#requests.some(({ state }) => state === 'running')
  }

  get waitingRequests(): readonly Choice[] {
    if (this.#requests.length === 0 || this.#state.app?.state !== 'running') return []
    return this.#requests
      .filter(({ state }) => state === 'waiting')
      .map((request) => ({
        kind: 'request' as const,
        id: `request ${request.name}`,
        owner: `request ${request.name}`,
        isReport: false,
        perform: () => this.#serve(request),
      }))
  }

  #serve(request: Request): void {
    const { name } = request
    const { moves } = this.#state
    const began = moves.length
    const failed = (error: unknown) => {
      request.state = 'done'
      const fault = faultIn(error)
      if (fault && fault.step < began - 1)
        this.report('lost', `the request '${name}' failed with an error from before it: ${messageOf(error)}`)
      else if (!fault && !this.#state.hasFaultOf(`request ${name}`))
        this.report('lost', `the request '${name}' failed: ${messageOf(error)}`)
    }
    request.state = 'running'
    try {
      const answer = request.run()
      if (!isThenable(answer)) request.state = 'done'
      else {
        answer.then(() => {
          request.state = 'done'
        }, failed)
      }
    } catch (error) {
      failed(error)
    }
  }

  /** Lets everything continue that hangs. */
  releaseSteps(): void {
    for (const step of this.#steps) step.release()
  }

  record(event: LifecycleEvent): void {
    this.#log.push(event)
    if (event.type === 'module.starting') this.#states.set(event.module, 'starting')
    else if (event.type === 'module.started') this.#states.set(event.module, 'started')
    else if (event.type === 'module.stopping') this.#states.set(event.module, 'stopping')
    else if (event.type === 'module.stopped') this.#states.set(event.module, 'stopped')
    else if (event.type === 'module.failed')
      this.#states.set(event.module, event.phase === 'stop' ? 'stopped' : 'failed')
    else if (event.type === 'hook.abandoned' && (event.phase === 'start' || event.phase === 'stop'))
      this.#states.set(event.owner, event.phase === 'stop' ? 'stopped' : 'failed')
  }

  report(rule: string, text: string): void {
    if (this.#problems.some((problem) => problem.rule === rule && problem.text === text)) return
    this.#problems.push({ rule, text, step: this.#state.moves.length })
  }

  /** Reports an error without a handler, also that of a chosen fault: it ends the process and not only a request. */
  crashed(source: 'uncaughtException' | 'unhandledRejection', error: unknown): void {
    const what = source === 'uncaughtException' ? 'an uncaught exception' : 'an unhandled rejection'
    this.report('failure', `${what} ends the process: ${messageOf(error)}`)
  }

  /** Checks what must hold after every step. */
  check(): void {
    for (const [name, check] of this.#invariants) {
      try {
        const result = check(this)
        if (result === false) this.report('invariant', `the invariant '${name}' is broken`)
        else if (typeof result === 'string')
          this.report('invariant', `the invariant '${name}' is broken: ${result}`)
      } catch (error) {
        this.report('invariant', `the invariant '${name}' is broken: ${messageOf(error)}`)
      }
    }
  }

  /** Notes the requests that were never answered. */
  noteLostRequests(): void {
    for (const { name, state } of this.#requests)
      if (state === 'running' && !this.#state.hasFaultOf(`request ${name}`))
        this.report('lost', `the request '${name}' was accepted and never answered`)
  }

  /** Checks what must hold when everything is over. */
  checkAtEnd(): void {
    this.#isEnded = true
    this.check()
  }
}

/** Reports whether an error is, or was caused by, a fault that the exploration has chosen. */
export function isInjected(error: unknown): boolean {
  return faultIn(error) !== undefined
}

/** Returns the chosen fault that an error is, or was caused by. */
function faultIn(error: unknown, depth = 0): InjectedFault | undefined {
  if (error instanceof InjectedFault) return error
  if (!(error instanceof Error) || depth > 8) return undefined
  const { errors } = error as { readonly errors?: unknown }
  for (const one of [error.cause, ...(Array.isArray(errors) ? (errors as unknown[]) : [])]) {
    const fault = faultIn(one, depth + 1)
    if (fault) return fault
  }
  return undefined
}

function abortError(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error
    ? signal.reason
    : new DOMException('The operation was aborted', 'AbortError')
}
