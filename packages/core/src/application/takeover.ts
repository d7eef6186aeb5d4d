// What a life has to do with the one that it replaces, from before its first phase until it runs by itself.

import type { InstanceContext, ModuleInstance } from '../modules/module-instance.ts'
import type { Assembly } from '../phases/assembly.ts'
import type { InitializedPredecessor } from '../phases/initialize.ts'
import type { TransportSet } from '../phases/listen.ts'
import type { Teardown } from '../phases/teardown.ts'
import { type ExclusiveOwner, stopExclusiveModules } from './exclusive-modules.ts'

/** The life before: it serves until its successor is ready. */
export interface Predecessor extends InitializedPredecessor, ExclusiveOwner {
  readonly instances: readonly ModuleInstance[]
  readonly transports: TransportSet
  readonly teardown: Teardown
}

/** The replacement of one life by the next; of none, for an application that starts by itself. */
export class Takeover {
  predecessor: Predecessor | undefined
  #assembly: Assembly | undefined
  #restart: (() => Promise<void>) | undefined

  /** Takes note of what was put together, the modules included that are still the predecessor's. */
  initialized(assembly: Assembly): void {
    this.#assembly = assembly
  }

  /** Whether a module is still the predecessor's: it runs, and is neither started nor stopped here. */
  isReused(instance: ModuleInstance): boolean {
    return this.#assembly?.reused.has(instance.module) === true
  }

  /** What the module of this name hands over to its successor. */
  handoverOf(name: string): unknown {
    return this.predecessor?.instances.find((instance) => instance.name === name)?.module.handOff?.()
  }

  /** What only one can own is given up by the predecessor before it is acquired. */
  async stopExclusive(instances: readonly ModuleInstance[]): Promise<void> {
    const rivals = instances.filter((instance) => instance.module.exclusive && !this.isReused(instance))
    if (!this.predecessor || rivals.length === 0) return
    this.#restart = await stopExclusiveModules(
      this.predecessor,
      new Set(rivals.map((instance) => instance.name)),
    )
  }

  /** The start has failed: the predecessor gets back what it gave up. */
  async restart(): Promise<void> {
    await this.#restart?.()
  }

  /** The last step: what was kept of the predecessor belongs to its successor from now on. */
  commit(surroundings: InstanceContext): void {
    const { predecessor } = this
    if (!this.#assembly || !predecessor) return
    const reused = new Set(this.#assembly.reused.values())
    this.#assembly.commit()
    predecessor.teardown.modules = predecessor.teardown.modules.filter((instance) => !reused.has(instance))
    for (const instance of reused) instance.transferTo(surroundings)
    this.#restart = undefined
    this.predecessor = undefined
  }
}
