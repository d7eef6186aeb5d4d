// What the code that creates an application can tell the exploration, and read of it.

import type { LifecycleEvent } from '../../../events/events.ts'
import type { State } from '../../../events/state.ts'

/** The state of a module in a schedule. */
export type ModuleState = 'created' | 'starting' | 'started' | 'stopping' | 'stopped' | 'failed'

/** The application in one schedule, and what stands around it. */
export interface World {
  /**
   * Declares what must hold after every step. It is broken if `check` returns false, returns a text, which says why, or
   * throws.
   */
  invariant(name: string, check: (world: World) => unknown): void
  /**
   * Waits as code that asks another system does. The exploration decides when it resolves, whether it rejects, and whether
   * it hangs. Rejects when the signal aborts.
   *
   * @param name - what it waits for, for the story: `connect to the database`
   */
  step(name: string, signal?: AbortSignal): Promise<void>
  /**
   * Declares work that arrives from outside once, at any time while the application runs: a request, a message. It must
   * succeed, however early the application stops afterwards.
   */
  request(name: string, run: () => unknown): void
  /** Returns the state of a module. */
  stateOf(module: string): ModuleState
  /** The state of the application. */
  readonly state: State
  /** True once the application has stopped. */
  readonly ended: boolean
  /** The time since the schedule began, in ms. It passes only where code waits for it. */
  readonly time: number
  /** The events so far, oldest first. */
  readonly events: readonly LifecycleEvent[]
}
