// The jobs that this version of the application cannot run: a newer or older version may.

import type { Logger } from '@myfy/core'
import { plural } from '@myfy/core/runtime'
import { parseInput } from '../definition/parse-input.ts'
import type { TaskList } from '../definition/task-list.ts'
import type { JobContent, TaskEngine } from '../engine/task-engine.ts'

/** The number of waiting jobs whose input is checked at the start. */
const CHECKED_JOBS = 1_000
const UNFINISHED = ['created', 'retry', 'active']

/** Logs the unfinished jobs of unknown tasks, and those whose input the schema refuses. */
export async function checkWaiting(engine: TaskEngine, tasks: TaskList, logger: Logger): Promise<void> {
  const counts = new Map<string, number>()
  for (const { name, state, count } of await engine.count())
    if (UNFINISHED.includes(state)) counts.set(name, (counts.get(name) ?? 0) + count)
  for (const [name, count] of counts)
    if (!tasks.find(name))
      logger.warn(
        { task: name, count },
        `${plural(count, 'job')} of the task ${name} cannot run, because no module registers it: add the task, or run \`myfy tasks purge\``,
      )
  for (const task of tasks.all) {
    if (!counts.has(task.name)) continue
    for (const { id, input } of await engine.list({
      task: task.name,
      state: 'created',
      limit: CHECKED_JOBS,
    })) {
      const refused = await parseInput(task, (input as JobContent | null)?.input).then(
        () => undefined,
        (error: Error) => error,
      )
      if (refused)
        logger.warn(
          { task: task.name, job: id, err: refused },
          `the job ${id} of the task ${task.name} cannot run`,
        )
    }
  }
}
