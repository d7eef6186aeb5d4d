// What the module needs of an engine that keeps jobs: PostgreSQL with pg-boss, or Redis with BullMQ.

import type { App, StartContext } from '@myfy/core'
import type { Connection } from '@myfy/data'
import type { AnyTask, TaskList } from '../definition/task-list.ts'
import type { JobCount, JobFilter, JobRow } from './job-row.ts'

/** A job to be stored. */
export interface NewJob {
  /** Its task. */
  readonly task: AnyTask
  /** Its content. */
  readonly content: JobContent
  /** The time from which it can run; undefined for at once. */
  readonly startAfter: Date | undefined
  /** Jobs of greater priority run first; undefined for 0. */
  readonly priority: number | undefined
  /** A second job of the task with the same key is not stored. */
  readonly key: string | undefined
}

/** The content of a job, as `TaskQueue` sends it. */
export interface JobContent {
  /** The input, as it was sent. */
  readonly input?: unknown
  /** The id of the request that has sent it. */
  readonly requestId?: string
  /** The headers that continue the trace of the sender. */
  readonly headers?: Readonly<Record<string, unknown>>
}

/** A job that this process has taken. */
export interface TakenJob {
  /** The id. */
  readonly id: string
  /** The name of its task. */
  readonly name: string
  /** The number of attempts before this one. */
  readonly retryCount: number
  /** Its content. Another program may have stored something else. */
  readonly data: unknown
}

/** The failure of an attempt. */
export interface JobFailure {
  /** The message of the error. */
  readonly message: string
  /** Its code. */
  readonly code: string | undefined
  /** Its stack. */
  readonly stack: string | undefined
  /** True if no further attempt could succeed. */
  readonly isFinal: boolean
}

/** An engine keeps jobs and hands each to one process at a time. */
export interface TaskEngine {
  /** The name of the system that keeps the jobs, in traces. */
  readonly system: string
  /** Stores a job, in the transaction of a connection if given. Returns its id; undefined if its key exists. */
  send(job: NewJob, connection?: Connection): Promise<string | undefined>
  /** Takes jobs that are due. */
  take(task: AnyTask, limit: number): Promise<readonly TakenJob[]>
  /** Takes one job that waits, also if its time has not come. */
  takeEarly(task: AnyTask): Promise<TakenJob | undefined>
  /** Ends a job, in the transaction of a connection if given. Returns false if this process does not hold it any more. */
  complete(job: TakenJob, output: object | undefined, connection?: Connection): Promise<boolean>
  /** Records a failure: the job runs again later, or it has failed. */
  fail(job: TakenJob, failure: JobFailure): Promise<void>
  /** Shows that this process still runs its jobs. */
  beat(jobs: readonly TakenJob[]): Promise<void>
  /** Gives jobs back, as if they had never been taken, and wakes other processes. */
  handBack(jobs: readonly TakenJob[]): Promise<void>
  /** Returns the names of the tasks that may have jobs which are due. @throws when the engine is unreachable */
  due(): Promise<readonly string[]>
  /** Calls `wake` with the name of a task that was sent, or without one when some may have been missed. */
  listen(wake: (name?: string) => void, signal: AbortSignal): Promise<void>
  /** Returns the newest jobs. */
  list(filter: JobFilter): Promise<readonly JobRow[]>
  /** Returns one job. */
  find(id: string): Promise<JobRow | undefined>
  /** Counts the jobs of each task by state, also of tasks that no module registers. */
  count(): Promise<readonly JobCount[]>
  /** Deletes finished jobs of a task, or of all tasks, and returns their number. */
  purge(task: string | undefined): Promise<number>
  /** Runs a failed job again, or cancels one that waits. Returns false if its state does not allow it. */
  change(action: 'retry' | 'cancel', job: JobRow): Promise<boolean>
}

/** The parts of the application that an engine receives at the start. */
export interface EngineStart {
  /** The application. */
  readonly app: App
  /** Its tasks. */
  readonly tasks: TaskList
  /** True if this process runs jobs, and the upkeep of the engine. */
  readonly runs: boolean
  /** Aborts when the start must end. */
  readonly signal: AbortSignal
  /** The logger of the application. */
  readonly logger: StartContext['logger']
  /** Closes what was opened. */
  readonly defer: StartContext['defer']
}

/** The place where jobs are kept, other than the database of the application: `bullmq(…)`. */
export interface TaskStore {
  /** The name, for `myfy plan`. */
  readonly label: string
  /** Checks the tasks before the start. @throws TaskError if one cannot run there */
  check(tasks: TaskList): void
  /** Opens the engine, with the queues and schedules of the tasks. */
  open(start: EngineStart): Promise<TaskEngine>
  /** Returns the response to an error of the engine; undefined if it is none. */
  responseTo(error: unknown, request: { readonly id: string }): Response | undefined
}
