// Jobs in Redis, by BullMQ. It takes and ends jobs by the manual calls of a worker: the lifecycle is that of this package.

import { randomUUID } from 'node:crypto'
import { type Job, UnrecoverableError } from 'bullmq'
import type { AnyTask, TaskList } from '../definition/task-list.ts'
import type { JobCount, JobFilter, JobRow } from '../engine/job-row.ts'
import type { EngineStart, JobFailure, NewJob, TakenJob, TaskEngine } from '../engine/task-engine.ts'
import { BULL_STATES, rowOf, stateOf } from './bull-jobs.ts'
import { BullQueues, jobOptions, LOCK_MS } from './bull-queues.ts'
import { prepareSchedules } from './bull-schedules.ts'
import { explained, RedisConnections } from './redis.ts'

/** Jobs without a priority, in the order of BullMQ, where smaller numbers run first and 0 stands before all others. */
const MIDDLE_PRIORITY = 1_000_001
/** The time for which a key excludes a second job, in ms. */
const KEY_MS = 7 * 86_400_000
/** The codes of BullMQ for a job that another process has taken, or that is gone. */
const LOST = new Set([-1, -2, -3, -6])
/** The states of jobs that a filter without a state contains. */
const ALL = [...new Set(Object.values(BULL_STATES).flat())]

/** Connects to Redis, and sets the schedules. */
export async function openBull(
  { url, prefix }: { readonly url: URL; readonly prefix: string },
  { tasks, runs, logger, defer }: EngineStart,
): Promise<TaskEngine> {
  const connections = await RedisConnections.open(url, logger)
  defer(() => connections.close())
  const queues = new BullQueues(connections, prefix)
  defer(() => queues.close())
  if (runs) {
    await prepareSchedules(queues, tasks.all)
    await queues.watchStalled(tasks.all)
  }
  return new BullEngine(connections, queues, tasks, `${prefix}:sent`)
}

/** A job that this process holds, by its token. */
interface Held {
  readonly job: Job
  readonly token: string
}

class BullEngine implements TaskEngine {
  readonly system = 'bullmq'
  readonly #connections: RedisConnections
  readonly #queues: BullQueues
  readonly #tasks: TaskList
  /** The channel on which jobs are announced. */
  readonly #channel: string
  readonly #held = new WeakMap<TakenJob, Held>()

  constructor(connections: RedisConnections, queues: BullQueues, tasks: TaskList, channel: string) {
    this.#connections = connections
    this.#queues = queues
    this.#tasks = tasks
    this.#channel = channel
  }

  async send({ task, content, startAfter, priority = 0, key }: NewJob): Promise<string | undefined> {
    const id = randomUUID()
    const job = await this.#explained(
      this.#queues.queue(task.name).add(task.name, content, {
        ...jobOptions(task),
        jobId: id,
        priority: MIDDLE_PRIORITY - priority,
        ...(startAfter && { delay: Math.max(0, startAfter.getTime() - Date.now()) }),
        ...(key !== undefined && { deduplication: { id: key, ttl: KEY_MS } }),
      }),
    )
    if (job.id !== id) return undefined
    // An announcement that is lost is made up for by the worker, which looks for jobs every second.
    if (!startAfter) this.#connections.quick.publish(this.#channel, task.name).catch(() => {})
    return id
  }

  async take(task: AnyTask, limit: number): Promise<readonly TakenJob[]> {
    const takes = await Promise.allSettled(Array.from({ length: limit }, () => this.#takeOne(task)))
    const jobs = takes.flatMap((take) => (take.status === 'fulfilled' ? (take.value ?? []) : []))
    const failure = takes.find((take) => take.status === 'rejected')
    // Jobs that were taken beside a failure are held by this process: no other one would run them until their locks end.
    if (failure && jobs.length === 0) throw explained(failure.reason, this.#connections.label)
    return jobs
  }

  async takeEarly(task: AnyTask): Promise<TakenJob | undefined> {
    const due = await this.#takeOne(task)
    if (due) return due
    // The next job of a schedule belongs to its time.
    const delayed = await this.#queues.queue(task.name).getDelayed()
    const next = delayed.find(({ repeatJobKey }) => !repeatJobKey)
    await next?.promote()
    return next && this.#takeOne(task)
  }

  async complete(job: TakenJob, output: object | undefined): Promise<boolean> {
    return this.#end(job, ({ job, token }) => job.moveToCompleted(output ?? null, token, false))
  }

  async fail(job: TakenJob, failure: JobFailure): Promise<void> {
    await this.#end(job, ({ job, token }) => job.moveToFailed(errorOf(failure), token, false))
  }

  async beat(jobs: readonly TakenJob[]): Promise<void> {
    const held = jobs.map((job) => this.#held.get(job)).filter((one) => one !== undefined)
    for (const { job, token } of held) await job.extendLock(token, LOCK_MS)
  }

  async handBack(jobs: readonly TakenJob[]): Promise<void> {
    for (const job of jobs) await this.#end(job, ({ job, token }) => job.moveToWait(token))
    const names = new Set(jobs.map(({ name }) => name))
    for (const name of names) await this.#explained(this.#connections.quick.publish(this.#channel, name))
  }

  /** A take is one call of Redis, which also moves the jobs whose delay is over: no look is needed before it. */
  async due(): Promise<readonly string[]> {
    await this.#explained(this.#connections.quick.ping())
    return this.#tasks.all.map(({ name }) => name)
  }

  async listen(wake: (name?: string) => void, signal: AbortSignal): Promise<void> {
    const subscriber = this.#connections.patient()
    try {
      subscriber.on('message', (_, name: string) => wake(name))
      // After a reconnection, earlier announcements may have been missed.
      subscriber.on('ready', () => wake())
      await subscriber.subscribe(this.#channel)
      wake()
      if (!signal.aborted) await new Promise((stop) => signal.addEventListener('abort', stop, { once: true }))
    } finally {
      subscriber.disconnect()
    }
  }

  async list({ task, state, limit }: JobFilter): Promise<readonly JobRow[]> {
    const states = state === undefined ? ALL : (BULL_STATES[state as JobRow['state']] ?? [])
    const rows: JobRow[] = []
    for (const name of task === undefined ? await this.#queues.names() : [task])
      for (const one of states) {
        const jobs = await this.#explained(this.#queues.queue(name).getJobs([one], 0, limit - 1))
        for (const job of jobs)
          if (job && !isNextOfSchedule(job as Job, one)) rows.push(rowOf(job as Job, one))
      }
    return rows
      .filter((row) => state === undefined || row.state === state)
      .sort((a, b) => b.createdOn.getTime() - a.createdOn.getTime())
      .slice(0, limit)
  }

  async find(id: string): Promise<JobRow | undefined> {
    const job = await this.#find(id)
    return job && rowOf(job, await job.getState())
  }

  async count(): Promise<readonly JobCount[]> {
    const counts: JobCount[] = []
    for (const name of await this.#queues.names()) {
      const byState = new Map<string, number>()
      const add = (state: string, count: number) => byState.set(state, (byState.get(state) ?? 0) + count)
      const queue = this.#queues.queue(name)
      for (const [state, count] of Object.entries(await this.#explained(queue.getJobCounts(...ALL))))
        add(stateOf(state, 0), count)
      // The next job of a schedule waits for its time: it was not sent.
      add('created', -(await queue.getJobSchedulersCount()))
      for (const [state, count] of byState) if (count > 0) counts.push({ name, state, count })
    }
    return counts
  }

  async purge(task: string | undefined): Promise<number> {
    let purged = 0
    for (const name of task === undefined ? await this.#queues.names() : [task])
      for (const state of ['completed', 'failed'] as const)
        purged += (await this.#explained(this.#queues.queue(name).clean(0, 0, state))).length
    return purged
  }

  async change(action: 'retry' | 'cancel', { id, state, name }: JobRow): Promise<boolean> {
    const job = await this.#find(id)
    if (!job) return false
    if (action === 'retry') {
      if (state !== 'failed') return false
      await job.retry('failed')
      await this.#connections.quick.publish(this.#channel, name)
      return true
    }
    if (state !== 'created' && state !== 'retry') return false
    await job.remove()
    return true
  }

  async #find(id: string): Promise<Job | undefined> {
    for (const name of await this.#queues.names()) {
      const job = await this.#explained(this.#queues.queue(name).getJob(id))
      if (job) return job as Job
    }
    return undefined
  }

  async #takeOne(task: AnyTask): Promise<TakenJob | undefined> {
    const token = randomUUID()
    const job = await this.#queues.worker(task).getNextJob(token, { block: false })
    if (!job) return undefined
    const taken = { id: job.id!, name: task.name, retryCount: job.attemptsMade, data: job.data as unknown }
    this.#held.set(taken, { job, token })
    return taken
  }

  /** Ends the hold of a job. Returns false if another process has taken it meanwhile. */
  async #end(taken: TakenJob, end: (held: Held) => Promise<unknown>): Promise<boolean> {
    const held = this.#held.get(taken)
    if (!held) return false
    try {
      await end(held)
      this.#held.delete(taken)
      return true
    } catch (error) {
      if (LOST.has((error as { code?: number }).code ?? 0)) return false
      throw explained(error, this.#connections.label)
    }
  }

  async #explained<T>(command: Promise<T>): Promise<T> {
    try {
      return await command
    } catch (error) {
      throw explained(error, this.#connections.label)
    }
  }
}

/** The error of a handler, as BullMQ stores it. */
function errorOf({ message, stack, isFinal }: JobFailure): Error {
  const error = isFinal ? new UnrecoverableError(message) : new Error(message)
  error.stack = stack ?? ''
  return error
}

/** The job that waits for the next time of a schedule. */
const isNextOfSchedule = (job: Job, state: string): boolean =>
  state === 'delayed' && job.repeatJobKey !== undefined && job.attemptsMade === 0
