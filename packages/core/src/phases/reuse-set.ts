// The running modules that a reload reuses.

import type { Module } from '../modules/module.ts'
import type { ModuleInstance } from '../modules/module-instance.ts'

/** Receives a module that is not reused, with the reason. */
export type Replaced = (module: Module, reason: string) => void

/** The order of modules, with the modules that each requires. */
export interface ModuleGraph {
  readonly modules: readonly Module[]
  readonly requires: ReadonlyMap<Module, readonly Module[]>
}

/**
 * The running modules that take the places of new ones. A module can be reused only if all modules that it requires are:
 * `select` fills the set along the start order, and `evict` removes a module with all that require it.
 */
export class ReuseSet {
  /** The reused modules, with their instances. */
  readonly instances = new Map<Module, ModuleInstance>()
  /** The new module that each reused one replaces. */
  readonly #replaced = new Map<Module, Module>()
  #graph: ModuleGraph

  constructor(graph: ModuleGraph) {
    this.#graph = graph
  }

  /** The graph with each reused module in the place of the new one. */
  get graph(): ModuleGraph {
    return this.#graph
  }

  get size(): number {
    return this.instances.size
  }

  has(module: Module): boolean {
    return this.instances.has(module)
  }

  /** Selects the modules to reuse. `candidateFor` returns the running instance that can replace a new module. */
  select(candidateFor: (module: Module) => ModuleInstance | undefined, replaced: Replaced): void {
    const { modules, requires } = this.#graph
    const places = new Map<Module, Module>()
    for (const module of modules) {
      const instance = candidateFor(module)
      if (!instance) continue
      const restarted = (requires.get(module) ?? []).find((required) => !places.has(required))
      if (restarted) {
        replaced(module, `it requires ${restarted.name}, which starts again`)
        continue
      }
      places.set(module, instance.module)
      this.#replaced.set(instance.module, module)
      this.instances.set(instance.module, instance)
    }
    this.#substitute((module) => places.get(module) ?? module)
  }

  /** Removes a module, and the modules that require it: the new ones take their places again. */
  evict(module: Module): void {
    if (!this.instances.delete(module)) return
    for (const [dependent, required] of [...this.#graph.requires]) {
      if (required.includes(module)) this.evict(dependent)
    }
    const replaced = this.#replaced.get(module)
    if (replaced) this.#substitute((one) => (one === module ? replaced : one))
  }

  /** Forgets all modules; the graph stays. */
  clear(): void {
    this.instances.clear()
    this.#replaced.clear()
  }

  #substitute(by: (module: Module) => Module): void {
    const { modules, requires } = this.#graph
    this.#graph = {
      modules: modules.map(by),
      requires: new Map([...requires].map(([module, required]) => [by(module), required.map(by)])),
    }
  }
}
