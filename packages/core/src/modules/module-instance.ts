// The life of one module: its hooks with their contexts, what it deferred, and its background work.

import type { Application } from '../application/application.ts'
import type { EventBody, Phase } from '../events/events.ts'
import type { Logger } from '../events/logger.ts'
import type { Deadline, HookControl, HookResult, HookRunner } from '../hooks/hook-runner.ts'
import type { Clock } from '../process/clock.ts'
import { durationOption } from '../runtime/duration.ts'
import { errorOf } from '../runtime/thrown.ts'
import { TaskSet } from './background-tasks.ts'
import type { Module, StartContext, StopContext } from './module.ts'
import type { WorkTracker } from './work-tracker.ts'

/** What the modules of one application share. */
export interface InstanceContext {
  readonly app: Application
  readonly runner: HookRunner
  readonly clock: Clock
  readonly inFlight: WorkTracker
  readonly logger: Logger
  readonly emit: (event: EventBody) => void
  readonly fatal: (source: 'task', error: unknown) => void
}

/** One module as the life cycle runs it. */
export class ModuleInstance {
  readonly module: Module
  /** Whether its start half has run, so that its stop half must. */
  started = false
  /** Handed over by the former instance in a reload. */
  previous: unknown
  #context: InstanceContext
  #tasks: TaskSet
  readonly #deferred: Array<() => unknown> = []
  #released = false

  constructor(module: Module, around: InstanceContext) {
    this.module = module
    this.#context = around
    this.#tasks = this.#newTasks()
  }

  /** From now on it belongs to another application, which keeps it running. */
  transferTo(around: InstanceContext): void {
    this.#context = around
  }

  /** How long its start may take, in ms; undefined for the default of the application. */
  get startTimeout(): number | undefined {
    const { startTimeout } = this.module
    return startTimeout === undefined
      ? undefined
      : durationOption('startTimeout', startTimeout, { unlimited: true })
  }

  /** How long its stop may take, in ms. */
  get stopTimeout(): number | undefined {
    const { stopTimeout } = this.module
    return stopTimeout === undefined
      ? undefined
      : durationOption('stopTimeout', stopTimeout, { unlimited: true })
  }

  get name(): string {
    return this.module.name
  }

  #newTasks(): TaskSet {
    // Looked up when something happens: a module may belong to another application by then.
    return new TaskSet(
      this.module.name,
      this.#context.clock,
      (event) => this.#context.emit(event),
      (error) => this.#context.fatal('task', error),
    )
  }

  /** Acquires. If that fails half-way, what was deferred so far is released before this resolves. */
  async start(
    limits: Deadline,
    release: () => Deadline,
  ): Promise<{ result: HookResult<void>; errors: readonly Error[] }> {
    // Also a second time: a module that was suspended for a successor that then failed starts again.
    this.#tasks = this.#newTasks()
    this.#released = false
    const result = await this.#run('start', limits, (control) =>
      this.module.start?.(this.#startContext(control)),
    )
    this.started = result.status === 'done'
    return { result, errors: this.started ? [] : await this.#release(release) }
  }

  ready(limits: Deadline): Promise<HookResult<void>> {
    return this.#run('ready', limits, (control) => this.module.ready?.(this.#startContext(control)))
  }

  drain(limits: Deadline): Promise<HookResult<void>> {
    return this.#run('drain', limits, (control) => this.module.drain?.(this.#stopContext(control)))
  }

  /** Ends background work, stops, releases what was deferred: each even if the one before failed. At most once. */
  async stop(limits: () => Deadline): Promise<readonly Error[]> {
    if (!this.started) return []
    this.started = false
    const errors: Error[] = []
    if (this.#tasks.size > 0) collect(errors, await this.#run('tasks', limits(), () => this.#tasks.end()))
    collect(
      errors,
      await this.#run('stop', limits(), (control) => this.module.stop?.(this.#stopContext(control))),
    )
    return [...errors, ...(await this.#release(limits))]
  }

  async #release(limits: () => Deadline): Promise<readonly Error[]> {
    this.#released = true
    const errors: Error[] = []
    if (this.#tasks.size > 0) collect(errors, await this.#run('tasks', limits(), () => this.#tasks.end()))
    for (let release = this.#deferred.pop(); release; release = this.#deferred.pop()) {
      collect(errors, await this.#run('defer', limits(), release))
    }
    return errors
  }

  #run<T>(
    phase: Phase,
    limits: Deadline,
    hook: (control: HookControl) => T | PromiseLike<T>,
  ): Promise<HookResult<T>> {
    return this.#context.runner.run({ phase, owner: this.name, module: true }, limits, hook)
  }

  #startContext(control: HookControl): StartContext {
    const around = () => this.#context
    return {
      get app() {
        return around().app
      },
      get logger() {
        return around().logger
      },
      signal: control.signal,
      previous: this.previous,
      defer: (release) => {
        // A start that was given up long ago still acquires something: it goes at once, or it would leak.
        if (this.#released)
          void Promise.resolve()
            .then(release)
            .catch((error) => this.#late(error))
        else this.#deferred.push(release)
      },
      spawn: (name, work, options) => this.#tasks.spawn(name, work, options),
      every: (ms, name, work, options) => this.#tasks.every(ms, name, work, options),
      track: (kind, label) => around().inFlight.track(kind, label),
    }
  }

  #stopContext(control: HookControl): StopContext {
    const { app, logger } = this.#context
    return { app, logger, signal: control.signal, remaining: control.remaining }
  }

  #late(error: unknown): void {
    this.#context.emit({ type: 'hook.settledLate', phase: 'defer', owner: this.name, error: errorOf(error) })
  }
}

/** Adds what went wrong in a step that must not stop the others. */
export function collect(errors: Error[], result: HookResult<unknown>): void {
  if (result.status === 'failed' || result.status === 'abandoned') errors.push(result.error)
}
