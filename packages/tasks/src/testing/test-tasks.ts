// Tasks in tests: which were sent, and how they end, without waiting for their time.

import type { App } from '@myfy/core'
import { Database } from '@myfy/data'
import type { JobWithMetadata } from 'pg-boss'
import type { Task } from '../definition/define-task.ts'
import type { AnyTask } from '../definition/task-list.ts'
import { findJob, type JobRow, listJobs } from '../engine/job-table.ts'
import { TaskQueue } from '../queue/task-queue.ts'
import { TasksModule } from '../tasks-module.ts'
import { Attempt } from '../worker/attempt.ts'

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

/** The largest number of attempts of one drain: a task that always sends another would never end. */
const LIMIT = 10_000

/**
 * Returns what a test needs of tasks. Create the module with `worker: false`, so that jobs run in `drain` alone.
 *
 * @example
 * ```ts
 * import { createTestApp } from '@myfy/core/testing'
 * import { DataModule } from '@myfy/data'
 * import { defineTask, TaskQueue, TasksModule } from '@myfy/tasks'
 * import { testTasks } from '@myfy/tasks/testing'
 * import { z } from 'zod'
 *
 * const greet = defineTask({ name: 'greet', input: z.object({ name: z.string() }) }, ({ input }) => `hello ${input.name}`)
 * const modules = [new DataModule({ directory: 'memory://' }), new TasksModule({ tasks: [greet], worker: false })]
 * await using app = await createTestApp({ modules })
 * await app.container.get(TaskQueue).send(greet, { name: 'Ada' }, { delay: '1h' })
 * const [job] = await testTasks(app).drain()
 * console.log(job?.output) // { result: 'hello Ada' }
 * ```
 */
export function testTasks(app: App): TaskTester {
  const { tasks } = app.getModule(TasksModule)
  const database = app.container.get(Database)
  const { boss } = app.container.get(TaskQueue)
  const next = async (): Promise<{ task: AnyTask; job: JobWithMetadata } | undefined> => {
    for (const task of tasks.all) {
      const [job] = await boss.fetch(task.name, { includeMetadata: true, ignoreStartAfter: true })
      if (job) return { task, job: job as JobWithMetadata }
    }
    return undefined
  }
  return {
    async sent<Input>(task: Task<Input, unknown>) {
      const jobs = await listJobs(database, { task: task.name, limit: LIMIT })
      return jobs.toReversed().map(({ input }) => (input as { input: Input }).input)
    },
    async drain() {
      const ran: JobRow[] = []
      for (let found = await next(); found && ran.length < LIMIT; found = await next()) {
        await new Attempt(found.job, found.task, app, boss).run()
        const job = await findJob(database, found.job.id)
        if (job) ran.push(job)
      }
      return ran
    },
  }
}
