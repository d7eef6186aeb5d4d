// The jobs that this version of the application cannot run: a newer or older version may.

import type { Logger } from '@myfy/core'
import { plural } from '@myfy/core/runtime'
import { parseInput } from '../definition/parse-input.ts'
import type { AnyTask, TaskList } from '../definition/task-list.ts'
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
  for (const task of tasks.all) if (counts.has(task.name)) await warnOfInputs(engine, task, logger)
}

/** Logs one line for all jobs of a task whose input the schema refuses, with the first of them. */
async function warnOfInputs(engine: TaskEngine, task: AnyTask, logger: Logger): Promise<void> {
  const waiting = await Promise.all(
    (['created', 'retry'] as const).map((state) =>
      engine.list({ task: task.name, state, limit: CHECKED_JOBS }),
    ),
  )
  const refused: Array<{ readonly id: string; readonly error: unknown }> = []
  for (const { id, input } of waiting.flat())
    await parseInput(task, (input as JobContent | null)?.input).catch((error) => refused.push({ id, error }))
  const [first] = refused
  if (!first) return
  logger.warn(
    { task: task.name, job: first.id, count: refused.length, err: first.error },
    `${plural(refused.length, 'job')} of the task ${task.name} cannot run, because its schema refuses the input: the first is ${first.id}`,
  )
}
