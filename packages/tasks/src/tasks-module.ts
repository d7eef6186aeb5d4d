// TasksModule: starts the engine of tasks, and runs their jobs in the lifecycle of the application.

import {
  type App,
  BaseModule,
  CurrentWork,
  type Diagnostic,
  type ModuleCommand,
  type PlanEntry,
  type StartContext,
  type StopContext,
  type TestTools,
} from '@myfy/core'
import { assertKnownOptions, type OptionNames, type SoleModule, soleModule } from '@myfy/core/runtime'
import { type CrashCheck, Database, DataModule, Session } from '@myfy/data'
import { type Container, optional } from '@myfy/di'
import { taskCrashCheck } from './boss/crash-check.ts'
import { taskCommands } from './commands.ts'
import { checkStorable } from './definition/parse-input.ts'
import { type AnyTask, type PlainTask, TaskList } from './definition/task-list.ts'
import type { EngineStart, TaskEngine, TaskStore } from './engine/task-engine.ts'
import { TaskQueue } from './queue/task-queue.ts'
import { Tasks } from './queue/tasks.ts'
import { diagnoseTasks, taskPlan } from './task-report.ts'
import { checkWaiting } from './worker/check-waiting.ts'
import { testerOf } from './worker/task-tester.ts'
import { Worker } from './worker/worker.ts'

/** Options of a {@link TasksModule}. */
export type TasksOptions = WorkerOptions &
  (
    | {
        /** The tasks of the application. */
        readonly tasks: readonly AnyTask[]
        /** Default: jobs are kept in the database of the application. */
        readonly engine?: undefined
      }
    | {
        /** The tasks of the application, each with `transaction: false`. */
        readonly tasks: readonly PlainTask[]
        /** The place where jobs are kept instead of the database: `bullmq(…)` of `@myfy/tasks/bullmq`. */
        readonly engine: TaskStore
      }
  )

/** The part of {@link TasksOptions} that does not depend on the engine. */
export interface WorkerOptions {
  /**
   * False for a process that sends tasks and runs none. `myfy tasks worker` and `myfy start --only tasks` run them in any
   * case. Default: true.
   */
  readonly worker?: boolean
}

const optionNames: OptionNames<TasksOptions> = { tasks: true, engine: true, worker: 'boolean' }

/** The time before the end of a drain at which jobs are handed back, in ms. */
const HAND_BACK_MS = 500

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
  override requires: readonly (typeof DataModule)[]
  /** Turns an engine that is unreachable into a 503. */
  readonly exceptionHandlers = [
    [Error, (error: unknown, request: { readonly id: string }) => this.#store?.responseTo(error, request)],
  ] as const
  /** The tasks of the application. */
  readonly tasks: TaskList
  readonly #runs: boolean
  readonly #store: TaskStore | undefined
  #worker: Worker | undefined

  /** @throws TaskError if two tasks have the same name, or one of them cannot run on the engine, OptionError if an option does not exist */
  constructor(options: TasksOptions) {
    super()
    assertKnownOptions('TasksModule', options, optionNames)
    const { tasks, worker = true, engine } = options
    this.tasks = new TaskList(tasks)
    this.#runs = worker
    this.#store = engine
    this.requires = engine ? [] : [DataModule]
    engine?.check(this.tasks)
  }

  /** @internal */
  get [soleModule](): SoleModule {
    return {
      type: 'TasksModule',
      fix: 'Pass the tasks of both to one: new TasksModule({ tasks: [mail, reports] })',
    }
  }

  /** Registers `TaskQueue`, on the database also `Tasks`, and verifies the services of each task. */
  override configure(container: Container): void {
    container.register(TaskQueue, { inject: [], factory: () => new TaskQueue() })
    if (!this.#store)
      container.register(Tasks, {
        scope: 'work',
        inject: [Session, TaskQueue, optional(CurrentWork)],
        factory: (session, queue, work) => new Tasks(session, queue, work),
      })
    for (const { name, inject, transaction } of this.tasks.all) {
      const services = transaction ? { ...inject, session: Session } : inject
      container.plan({ name: `task ${name}`, inject: services, scope: 'task', seeds: [CurrentWork] })
    }
  }

  /** Opens the engine, with its queues and schedules. */
  override async start({ app, logger, signal, defer }: StartContext): Promise<void> {
    // A schedule whose input is refused would fail at each of its times.
    for (const task of this.tasks.all) if (task.schedule) await checkStorable(task, task.schedule.input)
    const engine = await this.#open({
      app,
      logger,
      signal,
      defer,
      tasks: this.tasks,
      runs: this.#runsIn(app),
    })
    const queue = this.container.get(TaskQueue)
    queue.attach(engine, this.tasks)
    defer(() => queue.detach())
    await checkWaiting(engine, this.tasks, logger)
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
    const { engine } = this.container.get(TaskQueue)
    const worker = new Worker({ app, engine, tasks: this.tasks })
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

  /** The part of tasks in `myfy prove --crash`, which looks into the database. */
  crashCheck(): CrashCheck | undefined {
    return this.#store ? undefined : taskCrashCheck
  }

  /** `app.tasks` of a test application. */
  override testTools(app: App): Pick<TestTools, 'tasks'> {
    const queue = this.container.get(TaskQueue)
    return {
      tasks: testerOf(
        app,
        () => queue.engine,
        this.tasks,
        () => this.#worker?.idle(),
      ),
    }
  }

  /** The queues and schedules, for `myfy plan`. */
  override planEntries(): readonly PlanEntry[] {
    return taskPlan(this.tasks, this.#store)
  }

  /** The tasks that may take longer than a drain, for `myfy doctor`. */
  override diagnose(app: App): readonly Diagnostic[] {
    return diagnoseTasks(this.tasks, app.budget)
  }

  /** Opens the engine. Only the one that is used is loaded. */
  async #open(start: EngineStart): Promise<TaskEngine> {
    if (this.#store) return this.#store.open(start)
    const { openBoss } = await import('./boss/boss-engine.ts')
    return openBoss(this.container.get(Database).engine, start)
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
