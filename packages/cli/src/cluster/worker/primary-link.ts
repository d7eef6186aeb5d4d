// The connection of a worker to the other workers, through the primary.

import { CollectionError, type WorkerLink } from '@myfy/core'
import { formatDuration, messageOf, unpunctuated } from '@myfy/core/runtime'
import { ANSWER_TIMEOUT_MS } from '../collect-from.ts'
import type { Collected, PrimaryMessage, WorkerMessage } from '../protocol.ts'

/** PrimaryLink collects values from all workers, and sends those of this one. */
export class PrimaryLink implements WorkerLink {
  readonly slot: number
  readonly #send: (message: WorkerMessage) => void
  readonly #pending = new Map<number, (collected: Collected) => void>()
  #read: ((name: string) => unknown) | undefined
  #nextId = 0

  constructor(slot: number, send: (message: WorkerMessage) => void) {
    this.slot = slot
    this.#send = send
    process.once('disconnect', () => {
      for (const resolve of this.#pending.values()) resolve(ALONE)
      this.#pending.clear()
    })
  }

  async collect(name: string): Promise<readonly unknown[]> {
    const collected = await this.#ask(name)
    if (collected === ALONE) return [await this.#read?.(name)]
    if ('values' in collected) return collected.values
    const { slot, failure } = collected
    throw failure === undefined
      ? new CollectionError(
          name,
          slot,
          `it did not answer within ${formatDuration(ANSWER_TIMEOUT_MS)}`,
          'Look for code that blocks its event loop',
        )
      : new CollectionError(name, slot, unpunctuated(failure), 'Correct the function of the collector')
  }

  serve(read: (name: string) => unknown): void {
    this.#read = read
  }

  async #ask(name: string): Promise<Collected> {
    if (!process.connected) return ALONE
    const id = this.#nextId++
    return new Promise((resolve) => {
      this.#pending.set(id, resolve)
      this.#send({ type: 'myfy.collect', id, name })
    })
  }

  /** Receives a message of the primary. */
  receive(message: PrimaryMessage): void {
    if (message?.type === 'myfy.read') void this.#answer(message.id, message.name)
    if (message?.type === 'myfy.collected') {
      this.#pending.get(message.id)?.(message)
      this.#pending.delete(message.id)
    }
  }

  async #answer(id: number, name: string): Promise<void> {
    try {
      this.#send({ type: 'myfy.value', id, value: await this.#read?.(name) })
    } catch (error) {
      this.#send({ type: 'myfy.value', id, failure: messageOf(error) })
    }
  }
}

/** Stands for the answer of a primary that has ended: this process is stopping, and knows of no other worker. */
const ALONE: Collected = { values: [] }
