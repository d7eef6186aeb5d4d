// What a start has acquired so far, and its release: modules in reverse start order, the lifespan's second half,
// onShutdown hooks, services, loggers. A stop and the roll-back of a failed start are the same.

import type { Container } from '@myfy/di'
import type { Application } from '../application/application.ts'
import type { Logger } from '../events/logger.ts'
import type { HookPolicy } from '../hooks/hook-policy.ts'
import type { Deadline, HookControl, HookRef } from '../hooks/hook-runner.ts'
import { Countdown } from '../hooks/shutdown-budget.ts'
import type { ModuleInstance } from '../modules/module-instance.ts'
import type { Clock } from '../process/clock.ts'
import { type Hook, hookName } from './options.ts'

/** What has to be undone. */
export class Teardown {
  /** Started modules, in start order. */
  modules: ModuleInstance[] = []
  /** How many onStartup hooks have run; undefined before the start began. */
  hooks: number | undefined
  /** The second half of the lifespan, once its first has run. */
  leaveLifespan: (() => Promise<void>) | undefined
  /** Services. */
  container: Container | undefined
}

/** What a release needs to know of the application. */
export interface TeardownContext {
  readonly app: Application<unknown>
  readonly clock: Clock
  readonly logger: Logger
  readonly onStartup: readonly Hook[]
  readonly onShutdown: readonly Hook[]
  /** Modules that are not this application's to stop. */
  isReused(instance: ModuleInstance): boolean
}

/** Releases everything, each at most once; `steps.outcome` tells what went wrong. */
export async function tearDown(
  teardown: Teardown,
  policy: HookPolicy,
  context: TeardownContext,
): Promise<void> {
  const { app, clock, logger } = context
  const { leaveLifespan, container } = teardown
  const modules = teardown.modules.splice(0).filter((instance) => !context.isReused(instance))
  const hooks = dueHooks(teardown, context)
  teardown.leaveLifespan = undefined
  teardown.container = undefined

  // Whoever hangs takes its time from a budget that all share, but leaves some of it to those after it.
  const countdown = new Countdown(() => clock.now(), policy.budget.stop)
  let left = modules.length + hooks.length + (leaveLifespan ? 1 : 0) + (container ? 1 : 0)
  const limits = (own = Number.POSITIVE_INFINITY): Deadline =>
    policy.stopDeadline(Math.min(own, countdown.share(left)))
  const step = async (which: HookRef, hook: (control: HookControl) => unknown) => {
    left--
    await policy.runAndCollect(which, limits(), hook)
  }

  for (const instance of modules.reverse()) {
    left--
    if (policy.isSkipped({ phase: 'stop', owner: instance.name })) continue
    policy.status.stopErrors.push(...(await instance.stop(() => limits(instance.stopTimeout))))
  }
  if (leaveLifespan) await step({ phase: 'lifespan down', owner: 'lifespan' }, leaveLifespan)
  for (const hook of hooks) {
    await step({ phase: 'onShutdown', owner: hookName(hook) }, (control) => hook(app, control))
  }
  if (container) await step({ phase: 'dispose', owner: 'container' }, () => container.dispose())
  if (logger.flush) {
    await policy.runAndCollect(
      { phase: 'flush', owner: 'logger' },
      policy.stopDeadline(policy.budget.flush),
      () => logger.flush?.(),
    )
  }
}

/** With all onStartup hooks done every onShutdown hook runs; else those that stand beside one that was done. */
function dueHooks({ hooks }: Teardown, { onStartup, onShutdown }: TeardownContext): readonly Hook[] {
  return hooks === onStartup.length ? onShutdown : onShutdown.slice(0, hooks ?? 0)
}
