// The worker of one process: takes jobs that are due, runs them, and hands them back when the application stops.

import { setTimeout as wait } from 'node:timers/promises'
import type { App } from '@myfy/core'
import type { Engine } from '@myfy/data'
import type { JobWithMetadata, PgBoss } from 'pg-boss'
import type { AnyTask, TaskList } from '../definition/task-list.ts'
import { dueTasks, handBack } from '../engine/job-table.ts'
import { Attempt } from './attempt.ts'

/** The interval at which jobs that have become due are looked for, in ms. Jobs without a delay are announced. */
const POLL_MS = 1_000
/** The interval at which a process shows that it still runs its jobs, in ms. */
const HEARTBEAT_MS = 3_000

/** The application whose jobs a worker runs. */
export interface WorkerParts {
  readonly app: App
  readonly boss: PgBoss
  readonly engine: Engine
  readonly tasks: TaskList
  /** The channel on which new jobs are announced. */
  readonly channel: string
}

/** Worker runs the jobs of all tasks, each with its own limit. */
export class Worker {
  readonly #parts: WorkerParts
  readonly #lanes: ReadonlyMap<string, Lane>
  /** The error for which jobs could not be taken the last time. */
  #failure: unknown

  constructor(parts: WorkerParts) {
    this.#parts = parts
    this.#lanes = new Map(parts.tasks.all.map((task) => [task.name, new Lane(task, parts)]))
  }

  /** Takes jobs until the signal aborts, then waits for those that run. @throws when the database is unreachable */
  async run(signal: AbortSignal): Promise<void> {
    const beating = setInterval(() => void this.#beat(), HEARTBEAT_MS)
    try {
      await Promise.all([this.#poll(signal), ...[...this.#lanes.values()].map((lane) => lane.run(signal))])
    } catch (error) {
      this.#failure = error
      throw error
    } finally {
      clearInterval(beating)
    }
  }

  /** @throws the error for which jobs could not be taken the last time */
  assertHealthy(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Resolves when no job runs. */
  async idle(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.idle()))
  }

  /** Receives the announcements of new jobs until the signal aborts. */
  listen(signal: AbortSignal): Promise<void> {
    const { engine, channel } = this.#parts
    return engine.listen(channel, (name) => this.#wake(name), signal)
  }

  /** Hands back the jobs that run, so that other processes run them at once. */
  async handBack(): Promise<void> {
    const { engine, channel } = this.#parts
    const attempts = this.#running()
    for (const attempt of attempts) attempt.giveBack()
    await handBack(
      engine,
      channel,
      attempts.map(({ job }) => job),
    )
  }

  #running(): readonly Attempt[] {
    return [...this.#lanes.values()].flatMap((lane) => [...lane.running])
  }

  #wake(name?: string): void {
    if (name) this.#lanes.get(name)?.wake()
    else for (const lane of this.#lanes.values()) lane.wake()
  }

  async #poll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await wait(POLL_MS, undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      const due = await dueTasks(this.#parts.engine)
      this.#failure = undefined
      for (const name of due) this.#wake(name)
    }
  }

  async #beat(): Promise<void> {
    for (const { job } of this.#running())
      await this.#parts.boss
        .touch(job.name, { id: job.id, retryCount: job.retryCount })
        // The next beat tries again.
        .catch(() => {})
  }
}

/** Lane runs the jobs of one task, up to its limit. */
class Lane {
  readonly running = new Set<Attempt>()
  readonly #task: AnyTask
  readonly #parts: WorkerParts
  #woken = true
  #notify = () => {}

  constructor(task: AnyTask, parts: WorkerParts) {
    this.#task = task
    this.#parts = parts
  }

  /** Looks for jobs at once. */
  wake(): void {
    this.#woken = true
    this.#notify()
  }

  async run(signal: AbortSignal): Promise<void> {
    const { name, concurrency } = this.#task
    const stop = () => this.#notify()
    signal.addEventListener('abort', stop)
    try {
      while (!signal.aborted) {
        const free = concurrency - this.running.size
        if (!this.#woken || free === 0) {
          await new Promise<void>((resolve) => {
            this.#notify = resolve
            if (signal.aborted) resolve()
          })
          continue
        }
        this.#woken = false
        const jobs = await this.#parts.boss.fetch(name, { batchSize: free, includeMetadata: true })
        // A full batch may have left others.
        if (jobs.length === free) this.#woken = true
        for (const job of jobs) this.#start(job as JobWithMetadata)
      }
    } finally {
      signal.removeEventListener('abort', stop)
    }
    await this.idle()
  }

  #start(job: JobWithMetadata): void {
    const attempt = new Attempt(job, this.#task, this.#parts.app, this.#parts.boss)
    this.running.add(attempt)
    // A job that is handed back ends here at once, also while its handler still runs.
    void attempt.ended.then(() => {
      this.running.delete(attempt)
      this.#notify()
    })
    void attempt.run()
  }

  /** Resolves when no job of the task runs. */
  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.all([...this.running].map(({ ended }) => ended))
  }
}
