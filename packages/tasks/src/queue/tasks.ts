// Sending of tasks in a request or a task.

import type { WorkUnit } from '@myfy/core'
import type { Session } from '@myfy/data'
import type { Task } from '../definition/define-task.ts'
import { TaskError } from '../errors.ts'
import type { SendOptions, TaskQueue } from './task-queue.ts'

/**
 * Sends tasks in the transaction of a request or a task: if it commits, the jobs exist; if it rolls back, they do not.
 *
 * @example
 * ```ts
 * import { defineRoutes } from '@myfy/web'
 * import { defineTask, Tasks } from '@myfy/tasks'
 * import { z } from 'zod'
 *
 * const report = defineTask({ name: 'report', input: z.object({ month: z.string() }) }, ({ input }) => input.month)
 *
 * export const reports = defineRoutes('/reports', (route) => {
 *   route.post('/:month', { inject: { tasks: Tasks } }, ({ tasks, params }) => tasks.send(report, params))
 * })
 * ```
 */
export class Tasks {
  readonly #session: Session
  readonly #queue: TaskQueue
  readonly #work: WorkUnit | undefined

  /** Tasks are injected. */
  constructor(session: Session, queue: TaskQueue, work?: WorkUnit) {
    this.#session = session
    this.#queue = queue
    this.#work = work
  }

  /**
   * Sends a task and returns the id of its job; undefined if its `key` exists.
   *
   * @throws TaskError if no module registers the task, if its schema refuses the input, or if it declares `transaction: false`
   */
  send<Input>(
    task: Task<Input, unknown, true>,
    input: Input,
    options: SendOptions = {},
  ): Promise<string | undefined> {
    assertTransactional(task)
    return this.#queue.sendWith(this.#session, task, input, { requestId: this.#work?.id, ...options })
  }
}

/** The compiler refuses such a task; code in JavaScript meets this. */
function assertTransactional({ name, transaction }: Pick<Task, 'name' | 'transaction'>): void {
  if (transaction) return
  throw new TaskError(
    'MYFY_TASK_SEND',
    name,
    `Cannot send the task ${name} in a transaction: it declares transaction: false. Send it with TaskQueue, after the commit if the job depends on it.`,
  )
}
