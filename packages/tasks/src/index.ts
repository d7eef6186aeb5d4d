// The public names of @myfy/tasks.

// Tasks
export {
  defineTask,
  type Task,
  type TaskContext,
  type TaskInjection,
  type TaskOptions,
  type TaskSchedule,
  type TaskTransaction,
} from './definition/define-task.ts'
export type { AnyTask, PlainTask, TaskList } from './definition/task-list.ts'
// Jobs
export type { JobCount, JobFilter, JobRow } from './engine/job-row.ts'
// Engines
export type {
  EngineStart,
  JobContent,
  JobFailure,
  NewJob,
  TakenJob,
  TaskEngine,
  TaskStore,
} from './engine/task-engine.ts'
// Errors
export { TaskEngineError, TaskError } from './errors.ts'
// Sending
export { type SendOptions, TaskQueue } from './queue/task-queue.ts'
export { Tasks } from './queue/tasks.ts'
// Module
export { TasksModule, type TasksOptions, type WorkerOptions } from './tasks-module.ts'
// Tests
export type { TaskTester } from './worker/task-tester.ts'
