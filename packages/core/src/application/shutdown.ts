// The shutdown of one application: the drain and the teardown, each watched within its part of the budget.

import type { HookPolicy } from '../hooks/hook-policy.ts'
import { watchdogMargin } from '../hooks/shutdown-budget.ts'
import type { Module } from '../modules/module.ts'
import type { ModuleInstance } from '../modules/module-instance.ts'
import type { Work } from '../modules/work-tracker.ts'
import type { LifecycleContext } from '../phases/context.ts'
import { cutError, drain } from '../phases/drain.ts'
import type { TransportSet } from '../phases/listen.ts'
import { type Teardown, tearDown } from '../phases/teardown.ts'
import { applicationsRunning } from '../process/signals.ts'
import type { Watchdog } from '../process/watchdog.ts'
import { OUTPUT_LIMIT_MS } from '../runtime/process-exit.ts'

/** The parts of a lifecycle that a shutdown ends. */
export interface ShutdownParts {
  readonly policy: HookPolicy
  readonly transports: TransportSet
  readonly teardown: Teardown
  readonly requires: ReadonlyMap<Module, readonly Module[]>
}

/** Ends what a lifecycle has started, after a stop and after a failed start. */
export class Shutdown {
  /**
   * True if the watchdog may end the process: not under a test runner, and not beside an application that replaces this
   * one.
   */
  ownsProcess = false
  readonly #context: LifecycleContext
  readonly #parts: ShutdownParts
  readonly #isReused: (instance: ModuleInstance) => boolean
  #watchdog: Watchdog | undefined
  /** The work that was reported as cut. */
  #reported: ReadonlySet<Work> = new Set()

  constructor(
    context: LifecycleContext,
    parts: ShutdownParts,
    takeover: { isReused(instance: ModuleInstance): boolean },
  ) {
    this.#context = context
    this.#parts = parts
    this.#isReused = (instance) => takeover.isReused(instance)
  }

  /**
   * Accepts work for another `delay` milliseconds, then finishes what was accepted and closes the transports. If a person
   * has `interrupted` the application, transports do not wait for idle clients.
   */
  async drain(delay: number, interrupted = false): Promise<void> {
    const { host, inFlight, emit } = this.#context
    const { policy, teardown } = this.#parts
    const transports = this.#parts.transports.list
    const modules = teardown.modules.filter((instance) => !this.#isReused(instance)).reverse()
    this.watch(delay + policy.budget.drain)
    if (transports.length > 0 || modules.length > 0 || inFlight.size > 0) {
      const parts = { clock: host.clock, inFlight, emit, policy, transports, modules, delay, interrupted }
      const { errors, cut } = await drain(parts)
      policy.status.stopErrors.push(...errors)
      this.#reported = new Set(cut)
    }
    await this.#parts.transports.close()
  }

  /** Releases what was acquired. */
  async tearDown(): Promise<void> {
    const { host, options, inFlight, emit } = this.#context
    const { policy, teardown, requires } = this.#parts
    await tearDown(teardown, policy, {
      ...this.#context,
      clock: host.clock,
      requires,
      levels: options.startup?.concurrency === 'levels',
      isReused: this.#isReused,
      onPart: (ms) => this.watch(ms),
    })
    // Nothing finishes work that was taken after the drain.
    const cut = inFlight.list().filter((work) => !this.#reported.has(work))
    if (cut.length > 0) policy.status.stopErrors.push(cutError(cut, host.clock, 'after', 0, emit))
  }

  /** Has the watchdog end the process if the next part takes longer than its timers allow. */
  watch(ms: number): void {
    if (!this.ownsProcess) return
    this.#watchdog ??= this.#context.host.watchdog()
    this.#watchdog.arm(ms + watchdogMargin(this.#parts.policy.budget))
  }

  /** Keeps the watchdog armed until the process is gone, unless the program or another application continues. */
  watchExit(lingerMs: number): void {
    const watchdog = this.#watchdog
    if (lingerMs === Number.POSITIVE_INFINITY || applicationsRunning() > 0) return watchdog?.disarm()
    // Unread output is not a failed stop.
    this.watch(lingerMs + OUTPUT_LIMIT_MS)
    if (watchdog) this.#context.host.onNextRun(() => watchdog.disarm())
  }
}
