// The states of an application. One field holds the state; one function changes it and emits an event.

import { StateError } from '../errors.ts'

/** The state of an application. `stopped` and `failed` are final. */
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

/** The state of one application. */
export class StateMachine {
  #state: State = 'created'
  readonly #changed: (from: State, to: State) => void

  constructor(changed: (from: State, to: State) => void) {
    this.#changed = changed
  }

  get current(): State {
    return this.#state
  }

  /** Changes the state. @throws StateError if no such change exists */
  to(state: State): void {
    const from = this.#state
    if (!next[from].includes(state)) {
      throw new StateError(
        'MYFY_STATE_IMPOSSIBLE',
        `Cannot change the state of the application from ${from} to ${state}: no such change exists. Report this as a bug of @myfy/core.`,
      )
    }
    this.#state = state
    this.#changed(from, state)
  }

  is(...states: readonly State[]): boolean {
    return states.includes(this.#state)
  }
}
