// The state of each module, derived from the events.

import type { LifecycleEvent } from './events.ts'

/** The state of a module. */
export interface ModuleStatus {
  /** The name of the module. */
  readonly name: string
  /** The module's state. */
  readonly state: 'waiting' | 'starting' | 'started' | 'stopping' | 'stopped' | 'failed'
  /** The time that the last change took, in ms; undefined during a change, and for a module that a reload has reused. */
  readonly ms?: number
}

/** The state of each module so far. */
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

  of(modules: ReadonlyArray<{ readonly name: string }>): readonly ModuleStatus[] {
    return modules.map(({ name }) => this.#byName.get(name) ?? { name, state: 'waiting' })
  }

  #set(status: ModuleStatus): void {
    this.#byName.set(status.name, status)
  }
}
