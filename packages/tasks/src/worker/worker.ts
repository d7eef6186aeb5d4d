// The worker of one process: takes jobs that are due, runs them, and hands them back when the application stops.

import { setTimeout as wait } from 'node:timers/promises'
import type { App } from '@myfy/core'
import type { AnyTask, TaskList } from '../definition/task-list.ts'
import type { TakenJob, TaskEngine } from '../engine/task-engine.ts'
import { Attempt } from './attempt.ts'

/** The interval at which jobs that have become due are looked for, in ms. Jobs without a delay are announced. */
const POLL_MS = 1_000
/** The interval at which a process shows that it still runs its jobs, in ms. */
const HEARTBEAT_MS = 3_000

/** The application whose jobs a worker runs. */
export interface WorkerParts {
  readonly app: App
  readonly engine: TaskEngine
  readonly tasks: TaskList
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

  /**
   * Takes jobs until the signal aborts, then waits for those that run. It can be called again after it has rejected: by
   * then no call of the engine is left, as two that take jobs at once would exceed the limits of the tasks.
   *
   * @throws when the place of the jobs is unreachable; the jobs that run continue
   */
  async run(signal: AbortSignal): Promise<void> {
    const failed = new AbortController()
    const ending = AbortSignal.any([signal, failed.signal])
    const beating = setInterval(() => void this.#beat(), HEARTBEAT_MS)
    const watched = (part: Promise<void>) =>
      part.catch((error) => {
        if (!failed.signal.aborted) this.#failure = error
        failed.abort(error)
      })
    try {
      const lanes = [...this.#lanes.values()]
      await Promise.all([this.#poll(ending), ...lanes.map((lane) => lane.takeJobs(ending))].map(watched))
      if (signal.aborted) await this.idle()
      if (failed.signal.aborted) throw failed.signal.reason
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
    return this.#parts.engine.listen((name) => this.#wake(name), signal)
  }

  /** Hands back the jobs that run, so that other processes run them at once. */
  async handBack(): Promise<void> {
    const attempts = this.#running()
    for (const attempt of attempts) attempt.giveBack()
    if (attempts.length > 0) await this.#parts.engine.handBack(attempts.map(({ job }) => job))
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
      const due = await this.#parts.engine.due()
      this.#failure = undefined
      for (const name of due) this.#wake(name)
    }
  }

  async #beat(): Promise<void> {
    const jobs = this.#running().map(({ job }) => job)
    // The next beat tries again.
    if (jobs.length > 0) await this.#parts.engine.beat(jobs).catch(() => {})
  }
}

/** Lane runs the jobs of one task, up to its limit. */
class Lane {
  /** The jobs that this process holds: their handlers run, or their ends are being stored. */
  readonly running = new Set<Attempt>()
  /** The number of handlers that run. */
  #handlers = 0
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

  /** Takes jobs and starts them until the signal aborts. @throws when the place of the jobs is unreachable */
  async takeJobs(signal: AbortSignal): Promise<void> {
    const { concurrency } = this.#task
    const stop = () => this.#notify()
    signal.addEventListener('abort', stop)
    try {
      while (!signal.aborted) {
        // Jobs are taken while the ends of others are being stored, but not more than as many again.
        const free = Math.min(concurrency - this.#handlers, 2 * concurrency - this.running.size)
        if (!this.#woken || free === 0) {
          await new Promise<void>((resolve) => {
            this.#notify = resolve
            if (signal.aborted) resolve()
          })
          // Jobs that end in the same turn of the event loop make room for one batch.
          await new Promise((resolve) => setImmediate(resolve))
          continue
        }
        this.#woken = false
        const jobs = await this.#take(free)
        // A full batch may have left others.
        if (jobs.length === free) this.#woken = true
        for (const job of jobs) this.#start(job)
      }
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** Takes due jobs. After a failure they are looked for again: an announcement that was used up is not lost. */
  async #take(limit: number): Promise<readonly TakenJob[]> {
    try {
      return await this.#parts.engine.take(this.#task, limit)
    } catch (error) {
      this.#woken = true
      throw error
    }
  }

  #start(job: TakenJob): void {
    const attempt = new Attempt(job, this.#task, this.#parts.app, this.#parts.engine)
    this.running.add(attempt)
    this.#handlers++
    void attempt.handled.then(() => {
      this.#handlers--
      this.#notify()
    })
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
