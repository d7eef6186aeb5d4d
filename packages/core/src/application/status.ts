// The application as it is at this moment, as data: for a page, a command, a monitor.

import type { LifecycleEvent } from '../events/events.ts'
import type { State } from '../events/state.ts'
import type { Module } from '../modules/module.ts'
import type { Work } from '../modules/work-tracker.ts'

/** A module at this moment. */
export interface ModuleStatus {
  /** Its name. */
  readonly name: string
  /** How far it has come. */
  readonly state: 'waiting' | 'starting' | 'started' | 'stopping' | 'stopped' | 'failed'
  /** How long it took to get there, in ms; undefined while it is on its way, and when a reload carried it over. */
  readonly ms?: number
}

/** What {@link Application.status} gives; it can be sent as JSON. */
export interface ApplicationStatus {
  /** Where the application is in its life. */
  readonly state: State
  /** Every module, in start order. */
  readonly modules: readonly ModuleStatus[]
  /** The work in flight, the oldest first. */
  readonly work: readonly Work[]
}

/** How far each module has come, by the events so far. */
export class ModuleProgress {
  readonly #byName = new Map<string, ModuleStatus>()

  record(event: LifecycleEvent): void {
    switch (event.type) {
      case 'module.reused':
        return this.#set({ name: event.module, state: 'started' })
      case 'module.starting':
        return this.#set({ name: event.module, state: 'starting' })
      case 'module.stopping':
        return this.#set({ name: event.module, state: 'stopping' })
      case 'module.started':
        return this.#set({ name: event.module, state: 'started', ms: event.ms })
      case 'module.stopped':
        return this.#set({ name: event.module, state: 'stopped', ms: event.ms })
      case 'module.failed':
        return this.#set({ name: event.module, state: 'failed', ms: event.ms })
      default:
    }
  }

  of(modules: readonly Module[]): readonly ModuleStatus[] {
    return modules.map(({ name }) => this.#byName.get(name) ?? { name, state: 'waiting' })
  }

  #set(status: ModuleStatus): void {
    this.#byName.set(status.name, status)
  }
}
