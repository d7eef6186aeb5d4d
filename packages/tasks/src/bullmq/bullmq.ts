// The place of jobs that are kept in Redis by BullMQ, as an option of TasksModule.

import { assertKnownOptions, type OptionNames } from '@myfy/core/runtime'
import type { TaskList } from '../definition/task-list.ts'
import type { TaskStore } from '../engine/task-engine.ts'
import { TaskEngineError, TaskError } from '../errors.ts'

/** Options of {@link bullmq}. They are read at the start: a getter can take a value from the settings. */
export interface BullmqOptions {
  /** The Redis server: `redis://user:password@host:6379/0`, `rediss://…` with TLS. */
  readonly url: string
  /** The prefix of all keys. Applications that share a server use different ones. Default: `myfy`. */
  readonly prefix?: string
}

const optionNames: OptionNames<BullmqOptions> = { url: true, prefix: true }

/**
 * Keeps jobs in Redis by BullMQ, which the application installs with ioredis: `new TasksModule({ tasks, engine })`. Jobs are
 * sent with `TaskQueue`, by themselves: no transaction contains them. A job whose process is gone runs again.
 *
 * @throws TaskEngineError if an option cannot be used
 * @example
 * ```ts
 * import { Application } from '@myfy/core'
 * import { defineTask, TasksModule } from '@myfy/tasks'
 * import { bullmq } from '@myfy/tasks/bullmq'
 * import { z } from 'zod'
 *
 * const thumbnail = defineTask(
 *   { name: 'thumbnail', input: z.object({ path: z.string() }), transaction: false },
 *   ({ input, logger }) => logger.info({ path: input.path }, 'scaling'),
 * )
 * const engine = bullmq({ url: 'redis://127.0.0.1:6379' })
 *
 * export const app = new Application().addModule(new TasksModule({ tasks: [thumbnail], engine }))
 * ```
 */
export function bullmq(options: BullmqOptions): TaskStore {
  assertKnownOptions('bullmq', options, optionNames)
  return {
    label: 'Redis',
    check: assertRunnable,
    async open(start) {
      const { url, prefix = 'myfy' } = options
      const { openBull } = await import('./bull-engine.ts')
      return openBull({ url: parseUrl(url), prefix: parsePrefix(prefix) }, start)
    },
    responseTo,
  }
}

/** @throws TaskError if a task needs the transaction of a database */
function assertRunnable({ all }: TaskList): void {
  for (const { name, transaction } of all)
    if (transaction)
      throw new TaskError(
        'MYFY_TASK_INVALID',
        name,
        `Cannot keep the task ${name} in Redis: it ends in a transaction of the database, which Redis has no part in. Declare it with transaction: false, and inject Session where its handler needs the database.`,
      )
}

function parseUrl(url: unknown): URL {
  const parsed = typeof url === 'string' && URL.canParse(url) ? new URL(url) : undefined
  if (parsed && /^rediss?:$/.test(parsed.protocol)) return parsed
  throw new TaskEngineError(
    'MYFY_TASKS_OPTIONS',
    'Cannot use the option url of bullmq: it is not the URL of a Redis server. Write it like redis://127.0.0.1:6379.',
  )
}

function parsePrefix(prefix: unknown): string {
  if (typeof prefix === 'string' && /^[\w.\-{}]+$/.test(prefix)) return prefix
  throw new TaskEngineError(
    'MYFY_TASKS_OPTIONS',
    'Cannot use the option prefix of bullmq: it is not of letters, digits and -_.{}. Correct it.',
  )
}

/** Returns a 503 for a job that could not be sent because Redis is unreachable. */
function responseTo(error: unknown, { id }: { readonly id: string }): Response | undefined {
  if (!(error instanceof TaskEngineError) || error.code !== 'MYFY_TASKS_UNAVAILABLE') return undefined
  const body = {
    type: 'about:blank',
    title: 'Service Unavailable',
    status: 503,
    detail: 'the queue is unavailable',
    id,
  }
  return new Response(JSON.stringify(body), {
    status: 503,
    headers: { 'content-type': 'application/problem+json', 'retry-after': '1' },
  })
}
