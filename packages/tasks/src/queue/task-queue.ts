// Sending of tasks: in the transaction of a request, or by itself.

import { type Duration, type SendTrace, traceChannel, traced, traceHeaders } from '@myfy/core'
import { assertKnownOptions, durationOption, isRequestId, type OptionNames } from '@myfy/core/runtime'
import type { Connection } from '@myfy/data'
import type { Task } from '../definition/define-task.ts'
import { checkStorable } from '../definition/parse-input.ts'
import type { TaskList } from '../definition/task-list.ts'
import type { TaskEngine } from '../engine/task-engine.ts'
import { TaskError } from '../errors.ts'

/** Options of a job. */
export interface SendOptions {
  /** The time before it runs. Default: 0. */
  readonly delay?: Duration
  /** The time at which it runs, instead of a delay. */
  readonly at?: Date
  /** Jobs of greater priority run first: a whole number between -1,000,000 and 1,000,000. Default: 0. */
  readonly priority?: number
  /** Sends nothing if a job of the task with this key exists, finished or not, for as long as it is kept: 7 days. */
  readonly key?: string
  /**
   * The id of the request that sends it, for the lines of the job: `request.id`. Default: that of the request or job whose
   * {@link Tasks} is used; otherwise the id of the current trace.
   */
  readonly requestId?: string | undefined
}

/** TaskQueue sends tasks outside of requests. Each job is stored before `send` resolves. */
export class TaskQueue {
  readonly #channel = traceChannel('send')
  #running: { readonly engine: TaskEngine; readonly tasks: TaskList } | undefined

  /** Takes the engine that has started. @internal */
  attach(engine: TaskEngine, tasks: TaskList): void {
    this.#running = { engine, tasks }
  }

  /** Gives the engine back. @internal */
  detach(): void {
    this.#running = undefined
  }

  /** The engine. @internal */
  get engine(): TaskEngine {
    return this.#started('any').engine
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
    assertSendOptions(task.name, options)
    const { engine, tasks } = this.#started(task.name)
    tasks.assertKnown(task)
    const { delay, at, priority, key, requestId } = options
    await checkStorable(task, input)
    const startAfter =
      at ??
      (delay === undefined
        ? undefined
        : new Date(Date.now() + durationOption(`delay of ${task.name}`, delay)))
    const store = () => {
      const headers = traceHeaders()
      const content = { input, ...(requestId && { requestId }), ...(isEmpty(headers) ? {} : { headers }) }
      return engine.send({ task, content, startAfter, priority, key }, connection)
    }
    if (!this.#channel.start.hasSubscribers) return store()
    const message = sendingOf(task.name, engine)
    return traced(this.#channel, message, async () => {
      const id = await store()
      if (id !== undefined) message.messageId = id
      return id
    })
  }

  #started(task: string): { readonly engine: TaskEngine; readonly tasks: TaskList } {
    if (this.#running) return this.#running
    throw new TaskError(
      'MYFY_TASKS_CLOSED',
      task,
      `Cannot send the task ${task}: the module tasks is not running. Send it after the module has started, and before it stops.`,
    )
  }
}

/** The trace of the sending of a job, by the semantic conventions for messaging. */
const sendingOf = (destination: string, { system }: TaskEngine): SendTrace => ({
  destination,
  attributes: {
    'messaging.system.name': system,
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.name': destination,
  },
})

const isEmpty = (headers: object): boolean => Object.keys(headers).length === 0

const optionNames: OptionNames<SendOptions> = {
  delay: true,
  at: true,
  priority: true,
  key: true,
  requestId: true,
}
/** The greatest priority by which both engines order. */
const PRIORITY_LIMIT = 1_000_000

/** @throws TaskError if the options of a job cannot be used */
function assertSendOptions(task: string, options: SendOptions): void {
  assertKnownOptions(`send of ${task}`, options, optionNames)
  const { delay, at, priority, key, requestId } = options
  const invalid = (reason: string, fix: string) =>
    new TaskError('MYFY_TASK_SEND', task, `Cannot send the task ${task}: ${reason}. ${fix}.`)
  if (delay !== undefined && at !== undefined) throw invalid('it has both delay and at', 'Remove one of them')
  if (at !== undefined && !(at instanceof Date && Number.isFinite(at.getTime())))
    throw invalid('at is not a valid date', 'Pass a Date')
  if (priority !== undefined && !(Number.isInteger(priority) && Math.abs(priority) <= PRIORITY_LIMIT))
    throw invalid(
      `priority is not a whole number between -${PRIORITY_LIMIT} and ${PRIORITY_LIMIT}`,
      'Correct it',
    )
  if (key !== undefined && (typeof key !== 'string' || key === ''))
    throw invalid('key is not a text', 'Pass a text that is not empty')
  if (requestId !== undefined && !isRequestId(requestId))
    throw invalid('requestId is not 1 to 128 letters, digits and ._:+/=@-', 'Pass the id of the request')
}
