// The tasks of an application under test, by its module.

import type { App } from '@myfy/core'
import { TasksModule } from '../tasks-module.ts'
import type { TaskTester } from '../worker/task-tester.ts'

/**
 * Returns what a test needs of tasks, also where the application was not created by `createTestApp`, which adds it as
 * `app.tasks`. Create the module with `worker: false`, so that jobs run in `drain` alone.
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
 * const [job] = await testTasks(app).drain() // the same as app.tasks.drain()
 * console.log(job?.output) // { result: 'hello Ada' }
 * ```
 */
export function testTasks(app: App): TaskTester {
  return app.getModule(TasksModule).testTools(app).tasks
}
