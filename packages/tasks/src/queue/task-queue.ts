// Sending of tasks: in the transaction of a request, or by itself.

import { createHash } from 'node:crypto'
import { type Duration, traceHeaders } from '@myfy/core'
import { assertKnownOptions, durationOption, type OptionNames } from '@myfy/core/runtime'
import type { Connection } from '@myfy/data'
import type { PgBoss } from 'pg-boss'
import type { Task } from '../definition/define-task.ts'
import { parseInput } from '../definition/parse-input.ts'
import type { TaskList } from '../definition/task-list.ts'
import { bossDatabase } from '../engine/boss-database.ts'
import { TaskError } from '../errors.ts'

/** Options of a job. */
export interface SendOptions {
  /** The time before it runs. Default: 0. */
  readonly delay?: Duration
  /** The time at which it runs, instead of a delay. */
  readonly at?: Date
  /** Jobs of greater priority run first. Default: 0. */
  readonly priority?: number
  /** Sends nothing if a job of the task with this key exists, finished or not, for as long as it is kept: 7 days. */
  readonly key?: string
}

const sendNames: OptionNames<SendOptions> = { delay: true, at: true, priority: true, key: true }

/** TaskQueue sends tasks outside of requests. Each job is stored before `send` resolves. */
export class TaskQueue {
  #engine: { readonly boss: PgBoss; readonly tasks: TaskList } | undefined

  /** Takes the engine that has started. @internal */
  attach(boss: PgBoss, tasks: TaskList): void {
    this.#engine = { boss, tasks }
  }

  /** Gives the engine back. @internal */
  detach(): void {
    this.#engine = undefined
  }

  /** The engine. @internal */
  get boss(): PgBoss {
    return this.#started('any').boss
  }

  /**
   * Sends a task and returns the id of its job; undefined if its `key` exists.
   *
   * @throws TaskError if no module registers the task, or its schema refuses the input
   */
  send<Input>(
    task: Task<Input, unknown>,
    input: Input,
    options: SendOptions = {},
  ): Promise<string | undefined> {
    return this.sendWith(undefined, task, input, options)
  }

  /** Sends in the transaction of a connection. @internal */
  async sendWith<Input>(
    connection: Connection | undefined,
    task: Task<Input, unknown>,
    input: Input,
    options: SendOptions,
  ): Promise<string | undefined> {
    assertKnownOptions(`send of ${task.name}`, options, sendNames)
    const { delay, at, priority, key } = options
    const { boss, tasks } = this.#started(task.name)
    tasks.assertKnown(task)
    await parseInput(task, input)
    const headers = traceHeaders()
    const startAfter =
      at ??
      (delay === undefined
        ? undefined
        : new Date(Date.now() + durationOption(`delay of ${task.name}`, delay)))
    const id = await boss.send(
      task.name,
      { input, ...(isEmpty(headers) ? {} : { headers }) },
      {
        ...(connection && { db: bossDatabase(() => connection) }),
        ...(startAfter && { startAfter }),
        ...(priority !== undefined && { priority }),
        ...(key !== undefined && { id: idOf(task.name, key) }),
      },
    )
    return id ?? undefined
  }

  #started(task: string): { readonly boss: PgBoss; readonly tasks: TaskList } {
    if (this.#engine) return this.#engine
    throw new TaskError(
      'MYFY_TASKS_CLOSED',
      task,
      `Cannot send the task ${task}: the module tasks is not running. Send it after the module has started, and before it stops.`,
    )
  }
}

const isEmpty = (headers: object): boolean => Object.keys(headers).length === 0

/** The id of a keyed job: two jobs with one id cannot exist. */
function idOf(task: string, key: string): string {
  const hex = createHash('sha256').update(`${task}\n${key}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
