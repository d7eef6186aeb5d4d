// The coded errors of tasks.

import { MyfyError } from '@myfy/di'

/** A task is declared, sent or run in a way that cannot work. */
export class TaskError extends MyfyError {
  /** The name of the task. */
  readonly task: string

  /** @internal */
  constructor(code: string, task: string, message: string, options?: { cause?: unknown }) {
    super(code, message, options)
    this.task = task
  }
}

/** The engine of tasks cannot start. Code `MYFY_TASKS_START`; `cause` is its error. */
export class TaskEngineError extends MyfyError {}
