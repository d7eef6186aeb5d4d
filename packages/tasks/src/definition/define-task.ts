// Tasks as values: a name, the schema of the input, the services, and the handler.

import { type Duration, isStandardSchema, type Logger, type StandardSchema } from '@myfy/core'
import {
  assertKnownOptions,
  durationOption,
  INJECTION_FIX,
  injectionProblem,
  messageOf,
  type OptionNames,
} from '@myfy/core/runtime'
import type { Session } from '@myfy/data'
import type { Injectable, ScopeCheck, Services } from '@myfy/di'
import { CronExpressionParser } from 'cron-parser'
import { TaskError } from '../errors.ts'

/** The services of a task, by name. */
export type TaskInjection = Readonly<Record<string, Injectable>>

/** The options of a task. */
export interface TaskOptions<
  Input extends StandardSchema = StandardSchema,
  Inject extends TaskInjection = TaskInjection,
  Tx extends boolean = boolean,
> {
  /** The name, unique in the application: `welcome-mail`. Jobs in the database refer to it. */
  readonly name: string
  /** The schema of the input. The input is checked when it is sent, and again before the handler runs. */
  readonly input: Input
  /** The services that the handler receives, created in a task scope. */
  readonly inject?: Inject
  /** The number of further attempts after a failure. Default: 2. */
  readonly retry?: number
  /** The delay before a further attempt; it doubles with `backoff`. Default: 1 s. */
  readonly retryDelay?: Duration
  /** True to double the delay with each attempt. Default: false. */
  readonly backoff?: boolean
  /** The time that an attempt may take. Its signal aborts then. Default: 1 minute. */
  readonly timeout?: Duration
  /** The number of jobs that one process runs at a time. Default: 5. */
  readonly concurrency?: number
  /** Sends the task at the times of a cron expression, once in a cluster. Its input must be accepted by the schema. */
  readonly schedule?: TaskSchedule<unknown>
  /**
   * False for a task whose jobs are neither sent nor completed in a transaction of the database: its handler has no `session`,
   * and it may run twice if its process is gone before its end is stored. Engines beside the database ask for it: `bullmq(…)`.
   * Default: true.
   */
  readonly transaction?: Tx
}

/** The times at which a task is sent by itself. */
export interface TaskSchedule<Input> {
  /** A cron expression of five fields: `0 3 * * *`. */
  readonly cron: string
  /** The time zone of the expression: `Europe/Berlin`. Default: UTC. */
  readonly timeZone?: string
  /** The input of each job. */
  readonly input: Input
  /** `run` sends the task once if times were missed while no process ran; `skip` does not. Default: `skip`. */
  readonly missed?: 'run' | 'skip'
}

/** The argument of a handler: the job, and the services by name. */
export type TaskContext<Input, Inject, Tx extends boolean = true> = {
  /** The input, parsed by the schema. */
  readonly input: Input
  /** The id of the job, the same for all its attempts: an idempotency key for effects outside of the database. */
  readonly id: string
  /** The number of the attempt, from 1. */
  readonly attempt: number
  /** Aborts when the time of the attempt is over, or when the application must stop. */
  readonly signal: AbortSignal
  /** The logger of the attempt: its lines have the task, the job, and the id of the request that sent it under a tracer. */
  readonly logger: Logger
} & (Tx extends true ? TaskTransaction : unknown) &
  Services<Inject>

/** The part of the argument that a task has unless it declares `transaction: false`. */
export interface TaskTransaction {
  /** The transaction of the attempt. What the handler writes and the end of the job commit together. */
  readonly session: Session
}

/** A task, as `defineTask` returns it. */
export interface Task<Input = unknown, Parsed = unknown, Tx extends boolean = boolean> {
  /** The name. */
  readonly name: string
  /** The schema of the input. */
  readonly input: StandardSchema<Input, Parsed>
  /** The services. */
  readonly inject: TaskInjection
  /** The number of further attempts. */
  readonly retry: number
  /** The delay before a further attempt, in ms. */
  readonly retryDelay: number
  /** True if the delay doubles with each attempt. */
  readonly backoff: boolean
  /** The time of an attempt, in ms. */
  readonly timeout: number
  /** The number of jobs that one process runs at a time. */
  readonly concurrency: number
  /** The times at which the task is sent by itself. */
  readonly schedule: TaskSchedule<unknown> | undefined
  /** True if jobs are sent and completed in transactions of the database. */
  readonly transaction: Tx
  /** Runs an attempt. */
  readonly handler: (context: never) => unknown
}

const optionNames: OptionNames<TaskOptions> = {
  name: true,
  input: true,
  inject: true,
  retry: true,
  retryDelay: true,
  backoff: 'boolean',
  timeout: true,
  concurrency: true,
  schedule: true,
  transaction: 'boolean',
}
const scheduleNames: OptionNames<TaskSchedule<unknown>> = {
  cron: true,
  timeZone: true,
  input: true,
  missed: true,
}

const RESERVED = ['input', 'id', 'attempt', 'signal', 'logger'] as const

/**
 * Declares a task. It is a value: pass it to `new TasksModule({ tasks })`, and to `tasks.send` where it is needed.
 *
 * @throws TaskError `MYFY_TASK_INVALID` if an option cannot be used, OptionError if it does not exist
 * @example
 * ```ts
 * import { defineTask } from '@myfy/tasks'
 * import { z } from 'zod'
 *
 * export const welcome = defineTask(
 *   { name: 'welcome-mail', input: z.object({ email: z.string() }), retry: 5 },
 *   async ({ input, id, session }) => {
 *     await session.execute('insert into mails (id, recipient) values ($1, $2)', [id, input.email])
 *   },
 * )
 * ```
 */
export function defineTask<
  In,
  Out,
  const Inject extends TaskInjection = Readonly<Record<never, never>>,
  const Tx extends boolean = true,
>(
  options: TaskOptions<StandardSchema<In, Out>, Inject, Tx> & {
    readonly inject?: Inject & ScopeCheck<Inject, 'task'>
    readonly schedule?: TaskSchedule<In>
  },
  handler: (context: TaskContext<Out, Inject, Tx>) => unknown,
): Task<In, Out, Tx> {
  assertKnownOptions(`the task ${String(options.name)}`, options, optionNames)
  const { name, input, inject = {}, retry = 2, backoff = false, concurrency = 5, schedule } = options
  const transaction = (options.transaction ?? true) as Tx
  // pg-boss names queues with these characters.
  if (typeof name !== 'string' || !/^[\w.\-/]{1,100}$/.test(name))
    throw invalid(String(name), 'the name is not of letters, digits and -_./', 'Rename it')
  if (!isStandardSchema(input))
    throw invalid(name, 'input is not a Standard Schema', 'Pass a schema of zod, valibot or arktype')
  if (typeof handler !== 'function')
    throw invalid(name, 'the handler is not a function', 'Pass the handler as the last argument')
  for (const [option, value, least] of [
    ['retry', retry, 0],
    ['concurrency', concurrency, 1],
  ] as const)
    if (!Number.isInteger(value) || value < least)
      throw invalid(name, `${option} is not a whole number of at least ${least}`, 'Correct it')
  const problem = injectionProblem(inject)
  if (problem !== undefined) throw invalid(name, problem, INJECTION_FIX)
  if (schedule) assertSchedule(name, schedule)
  for (const reserved of transaction ? [...RESERVED, 'session'] : RESERVED)
    if (Object.hasOwn(inject, reserved))
      throw invalid(name, `'${reserved}' is a part of the job`, 'Inject the service by another name')
  return {
    name,
    input,
    inject,
    retry,
    backoff,
    concurrency,
    schedule,
    transaction,
    handler: handler as (context: never) => unknown,
    retryDelay: durationOption(`retryDelay of the task ${name}`, options.retryDelay ?? 1_000),
    timeout: durationOption(`timeout of the task ${name}`, options.timeout ?? 60_000, { least: 1_000 }),
  }
}

const invalid = (name: string, reason: string, fix: string) =>
  new TaskError('MYFY_TASK_INVALID', name, `Cannot declare the task ${name}: ${reason}. ${fix}.`)

/** @throws TaskError if the times cannot be computed: an expression that never matches would be silent */
function assertSchedule(task: string, schedule: TaskSchedule<unknown>): void {
  assertKnownOptions(`the schedule of the task ${task}`, schedule, scheduleNames)
  const { cron, timeZone = 'UTC', missed = 'skip' } = schedule
  try {
    new Intl.DateTimeFormat('en', { timeZone })
  } catch {
    throw invalid(
      task,
      `the time zone ${JSON.stringify(timeZone)} is unknown`,
      'Use a name such as Europe/Berlin',
    )
  }
  if (missed !== 'skip' && missed !== 'run')
    throw invalid(task, `missed is ${JSON.stringify(missed)}`, "Use 'run' or 'skip'")
  // Both engines read expressions with cron-parser.
  if (typeof cron !== 'string' || cron.trim().split(/\s+/).length !== 5)
    throw invalid(task, 'cron is not an expression of five fields', 'Write it like 0 3 * * *')
  try {
    CronExpressionParser.parse(cron, { tz: timeZone, strict: false }).next()
  } catch (cause) {
    throw invalid(task, `cron cannot be read: ${messageOf(cause)}`, 'Write it like 0 3 * * *')
  }
}
