// One module in one lifecycle: its hooks, its releases, its tasks.

import type { Inject, Plan, Services } from '@myfy/di'
import { StateError } from '../errors.ts'
import type { EventBody, Phase } from '../events/events.ts'
import type { Logger } from '../events/logger.ts'
import { collect, type HookPolicy } from '../hooks/hook-policy.ts'
import type { Deadline, HookControl, HookRef, HookResult } from '../hooks/hook-run.ts'
import type { Clock } from '../process/clock.ts'
import { durationOption, OptionError } from '../runtime/duration.ts'
import { errorOf } from '../runtime/thrown.ts'
import type { App } from './app.ts'
import { checkEvery, type RunningTask, TaskSet } from './background-tasks.ts'
import type { Module } from './module.ts'
import { ClusterTurns, type StartContext, type StopContext } from './module-context.ts'
import type { WorkTracker } from './work-tracker.ts'

/** The lifecycle that a module belongs to. */
export interface InstanceContext {
  readonly app: App
  readonly policy: HookPolicy
  readonly clock: Clock
  readonly inFlight: WorkTracker
  /** The services of the modules that inject some. */
  readonly plans: ReadonlyMap<Module, Plan>
  readonly logger: Logger
  readonly emit: (event: EventBody) => void
  readonly fatal: (source: 'task', error: unknown) => void
}

/** The services of a module that injects none. */
const NO_SERVICES: Services<Inject> = Object.freeze({})

/** One module as the lifecycle runs it. */
export class ModuleInstance {
  readonly module: Module
  /** True if `start` has run, so that `stop` must run. */
  started = false
  /** The state that the previous instance handed off in a reload. */
  previous: unknown
  #context: InstanceContext
  #tasks: TaskSet
  readonly #deferred: Array<() => unknown> = []
  #released = false
  /** Undefined before the start. */
  #services: Services<Inject> | undefined

  constructor(module: Module, context: InstanceContext) {
    this.module = module
    this.#context = context
    this.#tasks = this.#newTasks()
  }

  get name(): string {
    return this.module.name
  }

  get hasTasks(): boolean {
    return this.#tasks.running.length > 0
  }

  /** The time that `start` may take, in ms; undefined for the default of the application. */
  get startTimeout(): number | undefined {
    const { startTimeout } = this.module
    if (startTimeout === undefined) return undefined
    return durationOption(`startTimeout of the module '${this.name}'`, startTimeout, { unlimited: true })
  }

  /** The time that `stop` may take, in ms. */
  get stopTimeout(): number | undefined {
    const { stopTimeout } = this.module
    if (stopTimeout === undefined) return undefined
    return durationOption(`stopTimeout of the module '${this.name}'`, stopTimeout, { unlimited: true })
  }

  /** Moves the running module to the lifecycle of another application. */
  transferTo(context: InstanceContext): void {
    this.#context = context
  }

  /** Runs `start`. If it fails half-way, what it deferred is released before the result is returned. */
  async start(
    deadline: Deadline,
    release: () => Deadline,
  ): Promise<{ result: HookResult<void>; errors: readonly Error[] }> {
    // A module may start twice: an exclusive module restarts if its successor has failed.
    this.#tasks = this.#newTasks()
    this.#released = false
    const result = await this.#run('start', deadline, (control) => this.#start(control))
    this.started = result.status === 'done'
    return { result, errors: this.started ? [] : await this.#release(release) }
  }

  /** Builds the services of the module before its `start` runs. */
  #start(control: HookControl): void | PromiseLike<void> {
    const plan = this.#context.plans.get(this.module)
    if (!plan) return this.module.start?.(this.#startContext(control), NO_SERVICES)
    return this.#startWith(plan, control)
  }

  async #startWith(plan: Plan, control: HookControl): Promise<void> {
    const context = this.#startContext(control)
    await plan.prepare()
    const opened = await plan.open()
    context.defer(() => opened.dispose({ ok: true }))
    // The start was cancelled or abandoned in the meantime: nothing may begin any more.
    if (control.aborted) control.signal.throwIfAborted()
    this.#services = opened.values
    await this.module.start?.(context, opened.values)
  }

  get #servicesOrNone(): Services<Inject> {
    return this.#services ?? NO_SERVICES
  }

  ready(deadline: Deadline): Promise<HookResult<void>> {
    return this.#run('ready', deadline, (control) =>
      this.module.ready?.(this.#startContext(control), this.#servicesOrNone),
    )
  }

  /** The health check of the module, if it has one. */
  get isHealthy(): (() => boolean | PromiseLike<boolean>) | undefined {
    const { module } = this
    if (!module.isHealthy) return undefined
    return () => {
      if (module.inject && !this.#services)
        throw new StateError(
          'MYFY_MODULE_NOT_STARTED',
          `Cannot check the module '${this.name}': it has not started, so its services are not built. Start the application first.`,
        )
      return module.isHealthy?.(this.#servicesOrNone) ?? true
    }
  }

  /** Begins the drain: tasks take no new work. Returns the hooks that the drain waits for. */
  drain(deadline: () => Deadline): ReadonlyArray<{ ref: HookRef; result: Promise<HookResult<unknown>> }> {
    this.#tasks.drain()
    const ends = this.#tasks.running
      .filter((task) => task.endsInDrain)
      .map((task) => ({ ref: this.#taskRef(task), result: this.#awaitTask(task, deadline()) }))
    const { drain } = this.module
    if (!drain) return ends
    const ref = { phase: 'drain', owner: this.name } as const
    const hook = (control: HookControl) =>
      drain.call(this.module, this.#stopContext(control), this.#servicesOrNone)
    return [{ ref, result: this.#run('drain', deadline(), hook) }, ...ends]
  }

  /** Ends the tasks, runs `stop`, and releases what was deferred, each step even if an earlier one has failed. */
  async stop(deadline: () => Deadline): Promise<readonly Error[]> {
    if (!this.started) return []
    this.started = false
    const errors: Error[] = [...(await this.#endTasks(deadline))]
    const { stop } = this.module
    collect(
      errors,
      await this.#run('stop', deadline(), (control) =>
        stop?.call(this.module, this.#stopContext(control), this.#servicesOrNone),
      ),
    )
    return [...errors, ...(await this.#release(deadline))]
  }

  async #release(deadline: () => Deadline): Promise<readonly Error[]> {
    this.#released = true
    const errors: Error[] = [...(await this.#endTasks(deadline))]
    for (let release = this.#deferred.pop(); release; release = this.#deferred.pop()) {
      collect(errors, await this.#run('defer', deadline(), release))
    }
    return errors
  }

  async #endTasks(deadline: () => Deadline): Promise<readonly Error[]> {
    this.#tasks.abort()
    const errors: Error[] = []
    const results = await Promise.all(this.#tasks.running.map((task) => this.#awaitTask(task, deadline())))
    for (const result of results) collect(errors, result)
    return errors
  }

  #awaitTask(task: RunningTask, deadline: Deadline): Promise<HookResult<void>> {
    return this.#context.policy.run(this.#taskRef(task), deadline, () => task.ended)
  }

  #taskRef({ name }: RunningTask): HookRef {
    return { phase: 'task', owner: `${name} of ${this.name}` }
  }

  #run<T>(
    phase: Phase,
    deadline: Deadline,
    hook: (control: HookControl) => T | PromiseLike<T>,
  ): Promise<HookResult<T>> {
    return this.#context.policy.run({ phase, owner: this.name, module: true }, deadline, hook)
  }

  #newTasks(): TaskSet {
    // The context is read when something happens: a reload may have moved the module to another application.
    return new TaskSet(
      this.module.name,
      this.#context.clock,
      (event) => this.#context.emit(event),
      (error) => this.#context.fatal('task', error),
    )
  }

  #startContext(control: HookControl): StartContext {
    const context = () => this.#context
    const tasks = this.#tasks
    const start: StartContext = {
      get app() {
        return context().app
      },
      get logger() {
        return context().logger
      },
      get signal() {
        return control.signal
      },
      get ending() {
        return tasks.ending
      },
      previous: this.previous,
      defer: (release) => {
        if (typeof release !== 'function')
          throw new OptionError(
            'MYFY_OPTION_INVALID',
            `Cannot defer a release of the module '${this.name}': it is not a function. Write defer(() => connection.close()).`,
          )
        // A start that was abandoned may still acquire something: it is released at once, so that it does not leak.
        if (this.#released) void this.#releaseLate(release)
        else this.#deferred.push(release)
      },
      spawn: (name, work, options) => tasks.spawn(name, work, options),
      every: (interval, name, work, options) => {
        checkEvery(name, work, options)
        if (options?.once === 'cluster') clusterTurns(context().app, name).every(start, interval, name, work)
        else tasks.every(interval, name, work, options)
      },
      track: (kind, label) => context().inFlight.track(kind, label),
    }
    return start
  }

  #stopContext(control: HookControl): StopContext {
    const { app, logger } = this.#context
    return {
      app,
      logger,
      get signal() {
        return control.signal
      },
      remaining: control.remaining,
    }
  }

  async #releaseLate(release: () => unknown): Promise<void> {
    try {
      await release()
    } catch (error) {
      this.#context.emit({
        type: 'hook.settledLate',
        phase: 'defer',
        owner: this.name,
        error: errorOf(error),
      })
    }
  }
}

/** @throws StateError if no module has leases */
function clusterTurns({ container }: App, name: string): ClusterTurns {
  if (container.has(ClusterTurns)) return container.get(ClusterTurns)
  throw new StateError(
    'MYFY_CLUSTER_MISSING',
    `Cannot run '${name}' once in a cluster: no module has leases. Add DataModule, and require it by the module.`,
  )
}
