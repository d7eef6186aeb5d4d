// The takeover from a running application: a reload replaces it by a new one in the same process.

import type { InstanceContext, ModuleInstance } from '../modules/module-instance.ts'
import type { Assembly } from '../phases/assembly.ts'
import type { InitializedPredecessor } from '../phases/initialize.ts'
import type { TransportSet } from '../phases/listen.ts'
import type { StartTakeover } from '../phases/start.ts'
import type { Teardown } from '../phases/teardown.ts'
import { type ExclusiveOwner, stopExclusiveModules } from './exclusive-modules.ts'

/** The running application, which serves until its successor is ready. */
export interface Predecessor extends InitializedPredecessor, ExclusiveOwner {
  readonly instances: readonly ModuleInstance[]
  readonly transports: TransportSet
  readonly teardown: Teardown
}

/** The takeover of one application. For an application that replaces none, it does nothing. */
export class Takeover implements StartTakeover {
  predecessor: Predecessor | undefined
  #assembly: Assembly | undefined
  #restart: (() => Promise<void>) | undefined

  /** Records the assembly, which knows the reused modules. */
  initialized(assembly: Assembly): void {
    this.#assembly = assembly
  }

  isReused(instance: ModuleInstance): boolean {
    return this.#assembly?.reused.has(instance.module) === true
  }

  handedOff(name: string): unknown {
    return this.predecessor?.instances.find((instance) => instance.name === name)?.module.handOff?.()
  }

  async stopExclusive(instances: readonly ModuleInstance[]): Promise<void> {
    const exclusive = instances.filter((instance) => instance.module.exclusive && !this.isReused(instance))
    if (!this.predecessor || exclusive.length === 0) return
    const names = new Set(exclusive.map((instance) => instance.name))
    this.#restart = await stopExclusiveModules(this.predecessor, names)
  }

  /** Restarts the exclusive modules of the predecessor after the start has failed. */
  async restart(): Promise<void> {
    await this.#restart?.()
  }

  /** Completes the takeover: the reused modules belong to the new application from now on. */
  commit(context: InstanceContext): void {
    const { predecessor } = this
    if (!this.#assembly || !predecessor) return
    const reused = new Set(this.#assembly.reused.values())
    this.#assembly.commit()
    const { teardown } = predecessor
    teardown.modules = teardown.modules.filter((instance) => !reused.has(instance))
    for (const instance of reused) instance.transferTo(context)
    this.#restart = undefined
    this.predecessor = undefined
  }
}
