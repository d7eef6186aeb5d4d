// The queue. This one is in memory: replace it by RabbitMQ, Redis or PostgreSQL, and keep its three methods.

import { BaseModule } from '@myfy/core'
import type { Container } from '@myfy/di'

export interface Job {
  readonly id: number
  readonly text: string
}

export class Queue {
  readonly #jobs: Job[] = []
  readonly done: Job[] = []
  readonly #waiting: Array<() => void> = []

  add(job: Job): void {
    this.#jobs.push(job)
    this.#wake()
  }

  /** Resolves to the next job, or to undefined when the signal aborts. */
  async take(signal: AbortSignal): Promise<Job | undefined> {
    const wake = () => this.#wake()
    signal.addEventListener('abort', wake)
    try {
      while (!signal.aborted) {
        const job = this.#jobs.shift()
        if (job) return job
        await new Promise<void>((resolve) => this.#waiting.push(resolve))
      }
      return undefined
    } finally {
      signal.removeEventListener('abort', wake)
    }
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  acknowledge(job: Job): void {
    this.done.push(job)
  }
}

export class QueueModule extends BaseModule {
  override name = 'queue'

  override configure(container: Container): void {
    container.register(Queue)
  }
}
