// TasksModule: starts the engine of tasks, and runs their jobs in the lifecycle of the application.

import {
  type App,
  BaseModule,
  type Diagnostic,
  type ModuleCommand,
  type PlanEntry,
  type StartContext,
  type StopContext,
} from '@myfy/core'
import { assertKnownOptions, plural } from '@myfy/core/runtime'
import { type CrashCheck, Database, DataModule, type Engine, Session } from '@myfy/data'
import type { Container } from '@myfy/di'
import type { PgBoss } from 'pg-boss'
import { taskCommands } from './commands.ts'
import { parseInput } from './definition/parse-input.ts'
import { type AnyTask, TaskList } from './definition/task-list.ts'
import { prepareQueues, setUpAlone, startBoss } from './engine/boss.ts'
import { taskCrashCheck } from './engine/crash-check.ts'
import { listJobs, notifyChannel, unfinished } from './engine/job-table.ts'
import { TaskQueue } from './queue/task-queue.ts'
import { Tasks } from './queue/tasks.ts'
import { diagnoseTasks, taskPlan } from './task-report.ts'
import { Worker } from './worker/worker.ts'

/** Options of a {@link TasksModule}. */
export interface TasksOptions {
  /** The tasks of the application. */
  readonly tasks: readonly AnyTask[]
  /**
   * False for a process that sends tasks and runs none. `myfy tasks worker` and `myfy start --only tasks` run them in any
   * case. Default: true.
   */
  readonly worker?: boolean
}

/** The time before the end of a drain at which jobs are handed back, in ms. */
const HAND_BACK_MS = 500
/** The number of waiting jobs whose input is checked at the start. */
const CHECKED_JOBS = 1_000

/**
 * The module of tasks. It needs the module of the database.
 *
 * @example
 * ```ts
 * import { Application } from '@myfy/core'
 * import { DataModule } from '@myfy/data'
 * import { defineTask, TasksModule } from '@myfy/tasks'
 * import { z } from 'zod'
 *
 * const cleanUp = defineTask(
 *   { name: 'clean-up', input: z.object({}), schedule: { cron: '0 3 * * *', input: {} } },
 *   ({ session }) => session.execute("delete from drafts where created_at < now() - interval '30 days'"),
 * )
 *
 * export const app = new Application()
 *   .addModule(new DataModule())
 *   .addModule(new TasksModule({ tasks: [cleanUp] }))
 * ```
 */
export class TasksModule extends BaseModule {
  /** The name of the module. */
  override name = 'tasks'
  /** The module of the database starts first. */
  override requires = [DataModule]
  /** The tasks of the application. */
  readonly tasks: TaskList
  readonly #runs: boolean
  #started: { readonly boss: PgBoss; readonly channel: string } | undefined
  #worker: Worker | undefined

  /** @throws TaskError if two tasks have the same name, OptionError if an option does not exist */
  constructor(options: TasksOptions) {
    super()
    assertKnownOptions<TasksOptions>('TasksModule', options, { tasks: true, worker: true })
    const { tasks, worker = true } = options
    this.tasks = new TaskList(tasks)
    this.#runs = worker
  }

  /** Registers `Tasks` and `TaskQueue`, and verifies the services of each task. */
  override configure(container: Container): void {
    container.register(TaskQueue, { inject: [], factory: () => new TaskQueue() })
    container.register(Tasks, {
      scope: 'work',
      inject: [Session, TaskQueue],
      factory: (session, queue) => new Tasks(session, queue),
    })
    for (const { name, inject } of this.tasks.all)
      container.plan({ name: `task ${name}`, inject: { ...inject, session: Session }, scope: 'task' })
  }

  /** Starts the engine, and creates the queues and the schedules. */
  override async start({ app, logger, signal, defer }: StartContext): Promise<void> {
    const { engine } = this.container.get(Database)
    const boss = await setUpAlone(engine, signal, async () => {
      const boss = await startBoss(engine, this.#runsIn(app), logger)
      defer(() => boss.stop({ graceful: false, close: false }))
      await prepareQueues(boss, this.tasks)
      return boss
    })
    const queue = this.container.get(TaskQueue)
    queue.attach(boss, this.tasks)
    defer(() => queue.detach())
    this.#started = { boss, channel: await notifyChannel(engine) }
    await this.#checkWaiting(engine, app)
  }

  /** Jobs run when every module has started: a task may use any of them. */
  override ready({ app, spawn }: StartContext): void {
    if (this.#runsIn(app)) this.#work(app, spawn)
  }

  /** Reports whether this process runs jobs: the modules that the run names have priority over the option. */
  #runsIn({ only }: App): boolean {
    return only ? only.includes(this.name) : this.#runs
  }

  /** Runs jobs until the drain. */
  #work(app: App, spawn: StartContext['spawn']): void {
    const { boss, channel } = this.#started!
    const { engine } = this.container.get(Database)
    const worker = new Worker({ app, boss, engine, tasks: this.tasks, channel })
    this.#worker = worker
    const restart = { onError: 'restart', maxRetryDelay: 1_000 } as const
    spawn('receive announcements of jobs', (signal) => worker.listen(signal), restart)
    spawn('run jobs', (signal) => worker.run(signal), { ...restart, until: 'drain' })
  }

  /** Waits for the jobs that run, and hands back those that do not end in time. */
  override async drain({ app, signal, remaining }: StopContext): Promise<void> {
    const worker = this.#worker
    if (!worker) return
    const time = Math.max(0, Math.min(remaining(), app.budget.drain) - HAND_BACK_MS)
    const idle = new AbortController()
    await Promise.race([worker.idle(), passed(time, AbortSignal.any([signal, idle.signal]))])
    // A timer that is left would keep the process alive.
    idle.abort()
    await worker.handBack()
  }

  /** Checks that the worker reaches its jobs. */
  override isHealthy(): boolean {
    this.#worker?.assertHealthy()
    return true
  }

  /** The commands `tasks worker`, `list`, `show`, `retry`, `cancel`, `purge` and `stats`. */
  override commands(): readonly ModuleCommand[] {
    return taskCommands(this)
  }

  /** The part of tasks in `myfy prove --crash`. */
  crashCheck(): CrashCheck {
    return taskCrashCheck
  }

  /** The queues and schedules, for `myfy plan`. */
  override planEntries(): readonly PlanEntry[] {
    return taskPlan(this.tasks)
  }

  /** The tasks that may take longer than a drain, for `myfy doctor`. */
  override diagnose(app: App): readonly Diagnostic[] {
    return diagnoseTasks(this.tasks, app.budget)
  }

  /** Warns about jobs that this version of the application cannot run: a newer or older version may. */
  async #checkWaiting(engine: Engine, { logger }: App): Promise<void> {
    for (const { name, count } of await unfinished(engine))
      if (!this.tasks.find(name))
        logger.warn(
          { task: name, count },
          `${plural(count, 'job')} of the task ${name} cannot run, because no module registers it: add the task, or run \`myfy tasks purge\``,
        )
    for (const task of this.tasks.all) {
      const jobs = await listJobs(engine, { task: task.name, state: 'created', limit: CHECKED_JOBS })
      for (const { id, input } of jobs) {
        const refused = await parseInput(task, (input as { input?: unknown } | null)?.input).then(
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
}

/** Resolves after a time, or when the signal aborts. */
function passed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    const end = () => {
      clearTimeout(timer)
      resolve()
    }
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
  })
}
