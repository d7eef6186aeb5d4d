// The public names of @myfy/tasks/testing.

export { type TaskTester, testTasks } from './test-tasks.ts'
