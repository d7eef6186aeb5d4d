// The tasks of an application, by name.

import { OptionError } from '@myfy/core'
import { TaskError } from '../errors.ts'
import type { Task } from './define-task.ts'

/** A task of any input. */
// biome-ignore lint/suspicious/noExplicitAny: a list over tasks of different inputs
export type AnyTask = Task<any, any>

/** A task of any input that needs no transaction. */
// biome-ignore lint/suspicious/noExplicitAny: a list over tasks of different inputs
export type PlainTask = Task<any, any, false>

/** TaskList finds tasks by name. */
export class TaskList {
  /** The tasks, in the order in which they were given. */
  readonly all: readonly AnyTask[]
  readonly #byName: ReadonlyMap<string, AnyTask>

  /** @throws TaskError if two tasks have the same name, OptionError if one is not a task */
  constructor(tasks: readonly AnyTask[]) {
    if (!Array.isArray(tasks)) throw notTasks('tasks', tasks)
    const byName = new Map<string, AnyTask>()
    for (const [i, task] of tasks.entries()) {
      if (typeof task?.name !== 'string' || task.inject === undefined) throw notTasks(`tasks[${i}]`, task)
      if (byName.has(task.name))
        throw new TaskError(
          'MYFY_TASK_DUPLICATE',
          task.name,
          `Cannot register the task ${task.name}: another task has the same name. Rename one of them.`,
        )
      byName.set(task.name, task)
    }
    this.all = tasks
    this.#byName = byName
  }

  /** Returns the task of a name. */
  find(name: string): AnyTask | undefined {
    return this.#byName.get(name)
  }

  /** Checks that a task is one of the application. @throws TaskError if it is not */
  assertKnown({ name }: AnyTask): void {
    if (this.#byName.has(name)) return
    throw new TaskError(
      'MYFY_TASK_UNREGISTERED',
      name,
      `Cannot send the task ${name}: no module registers it, so that nothing would run it. Add it to the tasks of TasksModule.`,
    )
  }
}

function notTasks(name: string, given: unknown): OptionError {
  const kind = given === undefined || given === null ? String(given) : `a value of type ${typeof given}`
  const hint = given === undefined ? ' If it is imported, look for a circular import.' : ''
  return new OptionError(
    'MYFY_OPTION_INVALID',
    `Cannot configure TasksModule: ${name} is ${kind}. Pass a list of what defineTask() returns.${hint}`,
  )
}
