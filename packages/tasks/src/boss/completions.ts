// Jobs that end outside of a transaction: those that end while a statement runs share the next one.

import type { TakenJob } from '../engine/task-engine.ts'

/** A job that has ended. */
export interface Ended {
  readonly job: TakenJob
  readonly output: object | undefined
}

interface Waiting extends Ended {
  resolve(held: boolean): void
  reject(error: unknown): void
}

/** Completions records the ends of jobs, several in one statement when they come close together. */
export class Completions {
  readonly #complete: (ended: readonly Ended[]) => Promise<ReadonlySet<string>>
  #waiting: Waiting[] = []
  #isRunning = false

  /** `complete` records ends and returns the ids of the jobs that were still held. */
  constructor(complete: (ended: readonly Ended[]) => Promise<ReadonlySet<string>>) {
    this.#complete = complete
  }

  /** Records the end of a job. Resolves to false if this process does not hold it any more. */
  add(job: TakenJob, output: object | undefined): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, output, resolve, reject })
      if (!this.#isRunning) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#waiting.length > 0) {
      // Jobs that end in the same turn of the event loop come together.
      await new Promise((resolve) => setImmediate(resolve))
      const group = this.#waiting
      this.#waiting = []
      await this.#settle(group)
    }
    this.#isRunning = false
  }

  async #settle(group: readonly Waiting[]): Promise<void> {
    try {
      const held = await this.#complete(group)
      for (const { job, resolve } of group) resolve(held.has(job.id))
    } catch (error) {
      const [first] = group
      if (group.length === 1) return first!.reject(error)
      // An output that cannot be stored fails its own job alone.
      for (const one of group) await this.#settle([one])
    }
  }
}
