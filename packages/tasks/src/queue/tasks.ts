// Sending of tasks in a request or a task.

import type { Session } from '@myfy/data'
import type { Task } from '../definition/define-task.ts'
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

  /** Tasks are injected. */
  constructor(session: Session, queue: TaskQueue) {
    this.#session = session
    this.#queue = queue
  }

  /**
   * Sends a task and returns the id of its job; undefined if its `key` exists.
   *
   * @throws TaskError if no module registers the task, or its schema refuses the input
   */
  send<Input>(
    task: Task<Input, unknown>,
    input: Input,
    options: SendOptions = {},
  ): Promise<string | undefined> {
    return this.#queue.sendWith(this.#session, task, input, options)
  }
}
