// The public names of @myfy/tasks/testing.

export type { TaskTester } from '../worker/task-tester.ts'
export { testTasks } from './test-tasks.ts'
