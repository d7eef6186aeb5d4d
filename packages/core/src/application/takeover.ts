// What a life has to do with the one that it replaces, from before its first phase until it runs by itself.

import type { ModuleLife, ModuleSurroundings } from '../modules/module-instance.ts'
import type { Assembly } from '../phases/assembly.ts'
import type { InitializedPredecessor } from '../phases/initialize.ts'
import type { Listening } from '../phases/listen.ts'
import type { Acquired } from '../phases/teardown.ts'
import { type Suspendable, suspend } from './exclusive-modules.ts'

/** The life before: it serves until its successor is ready. */
export interface ReplacedLife extends InitializedPredecessor, Suspendable {
  readonly lives: readonly ModuleLife[]
  readonly listening: Listening
  readonly acquired: Acquired
}

/** The replacement of one life by the next; of none, for an application that starts by itself. */
export class Replacement {
  predecessor: ReplacedLife | undefined
  #assembly: Assembly | undefined
  #resume: (() => Promise<void>) | undefined

  /** Takes note of what was put together, the modules included that are still the predecessor's. */
  initialized(assembly: Assembly): void {
    this.#assembly = assembly
  }

  /** Whether a module is still the predecessor's: it runs, and is neither started nor stopped here. */
  isKept(life: ModuleLife): boolean {
    return this.#assembly?.kept.has(life.module) === true
  }

  /** What the module of this name hands over to its successor. */
  handoverOf(name: string): unknown {
    return this.predecessor?.lives.find((life) => life.name === name)?.module.handover?.()
  }

  /** What only one can own is given up by the predecessor before it is acquired. */
  async suspendRivals(lives: readonly ModuleLife[]): Promise<void> {
    const rivals = lives.filter((life) => life.module.exclusive && !this.isKept(life))
    if (!this.predecessor || rivals.length === 0) return
    this.#resume = await suspend(this.predecessor, new Set(rivals.map((life) => life.name)))
  }

  /** The start has failed: the predecessor gets back what it gave up. */
  async resume(): Promise<void> {
    await this.#resume?.()
  }

  /** The last step: what was kept of the predecessor belongs to its successor from now on. */
  takeOver(surroundings: ModuleSurroundings): void {
    const { predecessor } = this
    if (!this.#assembly || !predecessor) return
    const kept = new Set(this.#assembly.kept.values())
    this.#assembly.commit()
    predecessor.acquired.modules = predecessor.acquired.modules.filter((life) => !kept.has(life))
    for (const life of kept) life.moveTo(surroundings)
    this.#resume = undefined
    this.predecessor = undefined
  }
}
