// The public names of @myfy/tasks.

// Tasks
export {
  defineTask,
  type Task,
  type TaskContext,
  type TaskInjection,
  type TaskOptions,
  type TaskSchedule,
} from './definition/define-task.ts'
export type { AnyTask, TaskList } from './definition/task-list.ts'
// Jobs
export type { JobRow } from './engine/job-table.ts'
// Errors
export { TaskEngineError, TaskError } from './errors.ts'
// Sending
export { type SendOptions, TaskQueue } from './queue/task-queue.ts'
export { Tasks } from './queue/tasks.ts'
// Module
export { TasksModule, type TasksOptions } from './tasks-module.ts'
