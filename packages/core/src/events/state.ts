// The states of an application: one field, one function that changes it, an event for each change.

import { StateError } from '../errors.ts'

/** Where an application is in its life. `stopped` and `failed` are final. */
export type State =
  | 'created'
  | 'initializing'
  | 'initialized'
  | 'starting'
  | 'running'
  | 'draining'
  | 'stopping'
  | 'stopped'
  | 'failed'

const next: Readonly<Record<State, readonly State[]>> = {
  created: ['initializing', 'stopped', 'failed'],
  initializing: ['initialized', 'stopped', 'failed'],
  initialized: ['starting', 'stopping', 'failed'],
  starting: ['running', 'draining', 'stopping', 'failed'],
  running: ['draining', 'failed'],
  draining: ['stopping'],
  stopping: ['stopped'],
  stopped: [],
  failed: [],
}

/** The one place where the state of an application lives. */
export class StateMachine {
  #state: State = 'created'
  readonly #changed: (from: State, to: State) => void

  constructor(changed: (from: State, to: State) => void) {
    this.#changed = changed
  }

  get current(): State {
    return this.#state
  }

  /** Changes the state; an impossible change is a defect of this package and says so. */
  to(state: State): void {
    const from = this.#state
    if (!next[from].includes(state)) {
      throw new StateError('MYFY_STATE_IMPOSSIBLE', `an application cannot go from ${from} to ${state}`)
    }
    this.#state = state
    this.#changed(from, state)
  }

  is(...states: readonly State[]): boolean {
    return states.includes(this.#state)
  }
}
