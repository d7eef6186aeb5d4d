// The module: the unit that an application is composed of.

import type { Container, Inject, ScopeCheck, Services } from '@myfy/di'
import type { Duration } from '../runtime/duration.ts'
import type { Settings } from '../settings/settings.ts'
import type { HandlerOption } from '../work/handler-option.ts'
import type { App, ModuleClass } from './app.ts'
import type { Diagnostic, ModuleCommand, PlanEntry } from './module-command.ts'
import type { StartContext, StopContext } from './module-context.ts'
import type { Transport } from './transport.ts'

/**
 * A part of an application. Only `name` is required. The hooks run in this order:
 * `configure` → `extend` → `finalize` (initialize, no I/O) → `start` → `ready` → `drain` → `stop` → `flush`.
 * `BaseModule` is the class to extend; {@link defineModule} makes a module of a plain object.
 */
export interface Module {
  /** The name, unique in the application. Events, errors and reports contain it. */
  readonly name: string
  /** Modules, by class or name, that must be present and start before this one. */
  readonly requires?: ReadonlyArray<ModuleReference>
  /** Settings of the module, validated together with the application's. */
  readonly settings?: Settings | readonly Settings[]
  /**
   * The services of the hooks from `start` on, which receive them as their last argument. They are verified with the
   * whole graph and built before `start`, asynchronous ones included. Singletons and transients.
   */
  readonly inject?: Inject
  /** True if the module owns something that only one application can own at a time: a port, a lock, a directory. */
  readonly exclusive?: boolean
  /** The time that `start` may take. Default: `startup.timeout`, 60,000 ms. */
  readonly startTimeout?: Duration
  /** The time that `stop` may take; never more than the shared budget has left. */
  readonly stopTimeout?: Duration
  /**
   * Returns modules that this module brings. They are added before it and start before it, unless a module of the same
   * name or class was added.
   */
  modules?(): readonly Module[]
  /** Registers providers. No I/O. */
  configure?(container: Container, app: App): void
  /** Extends what all modules have registered. No I/O. */
  extend?(container: Container, app: App): void
  /** Inspects the verified graph before anything starts. No I/O. */
  finalize?(container: Container, app: App): void
  /** Acquires resources: connects, opens, warms up. A rejection ends the start of the application. */
  start?(context: StartContext, services: Services<Inject>): void | PromiseLike<void>
  /** Runs when every module has started and no transport listens yet. */
  ready?(context: StartContext, services: Services<Inject>): void | PromiseLike<void>
  /** Runs when the drain begins: takes no new work and finishes the work that was taken. */
  drain?(context: StopContext, services: Services<Inject>): void | PromiseLike<void>
  /** Releases what `start` acquired. A failure does not keep other modules from stopping. */
  stop?(context: StopContext, services: Services<Inject>): void | PromiseLike<void>
  /**
   * Sends what is still buffered, such as telemetry: after every module has stopped and every service is disposed, before
   * the logger is flushed. It shares the time `shutdown.flush`, 2,000 ms by default.
   */
  flush?(context: StopContext): void | PromiseLike<void>
  /** Returns whether the module can work now. An exception counts as unhealthy, with its message. */
  isHealthy?(services: Services<Inject>): boolean | PromiseLike<boolean>
  /** Returns the transports that accept work for the module. `run({ transport })` replaces them. */
  transports?(): readonly Transport[]
  /** Returns the commands that the module brings to the `myfy` command line. */
  commands?(): readonly ModuleCommand[]
  /** Returns what the module works on beside requests, for `myfy plan`: queues, schedules. Asked after `finalize`. */
  planEntries?(): readonly PlanEntry[]
  /** Returns what may fail in production, for `myfy doctor`. Asked after `finalize`; nothing is started. */
  diagnose?(app: App): readonly Diagnostic[] | PromiseLike<readonly Diagnostic[]>
  /** Returns what `createTestApp` adds to the application for tests. Asked after the start. */
  testTools?(app: App): Partial<TestTools>
  /** Returns the options that the module adds to routes. Asked once, after `configure` of all modules. */
  handlerOptions?(): readonly HandlerOption[]
  /**
   * True if a reload may reuse the running module instead of this one. Asked only if the class is the same. Default: the
   * fields are equal, and no private field may hide a difference.
   */
  canReuse?(running: Module): boolean
  /** Returns state for the next instance of the module in a reload, which receives it as `context.previous`. */
  handOff?(): unknown
}

/** The tools that modules add to an application under test. A module declares its tools by `declare module '@myfy/core'`. */
// biome-ignore lint/suspicious/noEmptyInterface: modules add to it
export interface TestTools {}

/** The hooks of a module that inject `R`, as {@link defineModule} takes them. */
export interface ModuleHooks<R extends Inject> {
  /** The services of the hooks; see {@link Module.inject}. */
  readonly inject?: R & ScopeCheck<R, 'singleton'>
  /** See {@link Module.start}. */
  start?(context: StartContext, services: Services<R>): void | PromiseLike<void>
  /** See {@link Module.ready}. */
  ready?(context: StartContext, services: Services<R>): void | PromiseLike<void>
  /** See {@link Module.drain}. */
  drain?(context: StopContext, services: Services<R>): void | PromiseLike<void>
  /** See {@link Module.stop}. */
  stop?(context: StopContext, services: Services<R>): void | PromiseLike<void>
  /** See {@link Module.isHealthy}. */
  isHealthy?(services: Services<R>): boolean | PromiseLike<boolean>
}

/** A reference to a module: its class or its name. */
export type ModuleReference = string | ModuleClass
