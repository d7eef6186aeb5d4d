// The check of an input, when it is sent and before the handler runs.

import { clauseOf, issuesText, unpunctuated } from '@myfy/core/runtime'
import { TaskError } from '../errors.ts'
import type { AnyTask } from './task-list.ts'

/** Returns the parsed input. @throws TaskError `MYFY_TASK_INPUT` if the schema refuses it */
export async function parseInput(task: AnyTask, input: unknown): Promise<unknown> {
  const { refusal, value } = await validate(task, input)
  if (refusal === undefined) return value
  throw new TaskError(
    'MYFY_TASK_INPUT',
    task.name,
    `Cannot use the input of the task ${task.name}: ${refusal}. Send what its schema accepts, and let the schema accept what earlier versions have sent.`,
  )
}

/**
 * Checks an input as the handler will receive it, after it was stored as JSON: a date arrives as text.
 *
 * @throws TaskError `MYFY_TASK_INPUT` if the schema refuses it, `MYFY_TASK_SEND` if it cannot be stored, or only differently
 */
export async function checkStorable(task: AnyTask, input: unknown): Promise<void> {
  const { refusal } = await validate(task, storedAsJson(task, input))
  if (refusal === undefined) return
  // Refused as it is: the sender is wrong, not the form in which it is stored.
  await parseInput(task, input)
  throw new TaskError(
    'MYFY_TASK_SEND',
    task.name,
    `Cannot send the task ${task.name}: its schema accepts the input, and refuses what JSON makes of it: ${refusal}. Let the schema read JSON, such as z.coerce.date() for a date.`,
  )
}

async function validate(
  task: AnyTask,
  input: unknown,
): Promise<{ readonly refusal?: string; readonly value?: unknown }> {
  const result = await task.input['~standard'].validate(input)
  if (result.issues === undefined) return { value: result.value }
  return { refusal: unpunctuated(issuesText(result.issues)) }
}

function storedAsJson(task: AnyTask, input: unknown): unknown {
  try {
    return (JSON.parse(JSON.stringify({ input })) as { readonly input?: unknown }).input
  } catch (cause) {
    throw new TaskError(
      'MYFY_TASK_SEND',
      task.name,
      `Cannot send the task ${task.name}: its input cannot be stored as JSON: ${clauseOf(cause)}. Send texts, numbers, booleans, and lists and objects of them.`,
      { cause },
    )
  }
}
