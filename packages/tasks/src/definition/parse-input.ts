// The check of an input, when it is sent and before the handler runs.

import { TaskError } from '../errors.ts'
import type { AnyTask } from './task-list.ts'

/** Returns the parsed input. @throws TaskError `MYFY_TASK_INPUT` if the schema refuses it */
export async function parseInput(task: AnyTask, input: unknown): Promise<unknown> {
  const result = await task.input['~standard'].validate(input)
  if (result.issues === undefined) return result.value
  const issues = result.issues.map(({ path = [], message }) => {
    const place = path
      .map((part: PropertyKey | { readonly key: PropertyKey }) =>
        String(typeof part === 'object' ? part.key : part),
      )
      .join('.')
    return place ? `${place}: ${message}` : message
  })
  throw new TaskError(
    'MYFY_TASK_INPUT',
    task.name,
    `Cannot use the input of the task ${task.name}: ${issues.join('; ')}. Send what its schema accepts, and let the schema accept what earlier versions have sent.`,
  )
}
