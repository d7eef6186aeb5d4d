// Tasks in tests: which were sent, and how they end, without waiting for their time.

import type { App } from '@myfy/core'
import type { Task } from '../definition/define-task.ts'
import type { AnyTask, TaskList } from '../definition/task-list.ts'
import type { JobRow } from '../engine/job-row.ts'
import type { JobContent, TakenJob, TaskEngine } from '../engine/task-engine.ts'
import { Attempt } from './attempt.ts'

/** The tasks of an application under test. */
export interface TaskTester {
  /** Returns the inputs of the jobs of a task, finished or not, oldest first. */
  sent<Input>(task: Task<Input, unknown>): Promise<readonly Input[]>
  /**
   * Runs every job that waits, also those whose time has not come, further attempts, and those that the handlers send, until
   * none waits. Returns the jobs in the order in which they ran.
   */
  drain(): Promise<readonly JobRow[]>
}

declare module '@myfy/core' {
  interface TestTools {
    /** The tasks of `TasksModule`. */
    readonly tasks: TaskTester
  }
}

/** The largest number of attempts of one drain: a task that always sends another would never end. */
const LIMIT = 10_000

/** Returns the tester of an application. `idle` resolves when its own worker runs no job. */
export function testerOf(
  app: App,
  engine: () => TaskEngine,
  tasks: TaskList,
  idle: () => Promise<void> | undefined,
): TaskTester {
  const next = async (): Promise<{ task: AnyTask; job: TakenJob } | undefined> => {
    for (const task of tasks.all) {
      const job = await engine().takeEarly(task)
      if (job) return { task, job }
    }
    return undefined
  }
  const nextOrIdle = async () => {
    const found = await next()
    if (found || !idle()) return found
    // A worker of the application may run jobs beside the test, and they may send others.
    await idle()
    return next()
  }
  return {
    async sent<Input>(task: Task<Input, unknown>) {
      const jobs = await engine().list({ task: task.name, limit: LIMIT })
      return jobs.toReversed().map(({ input }) => (input as JobContent).input as Input)
    },
    async drain() {
      const ran: JobRow[] = []
      for (let found = await nextOrIdle(); found && ran.length < LIMIT; found = await nextOrIdle()) {
        await new Attempt(found.job, found.task, app, engine()).run()
        const job = await engine().find(found.job.id)
        if (job) ran.push(job)
      }
      return ran
    },
  }
}
