// What a start has acquired so far, and its release: modules in reverse start order, the lifespan's second half,
// onShutdown hooks, services, loggers. A stop and the roll-back of a failed start are the same.

import type { Container } from '@myfy/di'
import type { Application } from '../application/application.ts'
import type { Logger } from '../events/logger.ts'
import type { Steps } from '../hooks/hook-policy.ts'
import type { Limits, Step, StepControl } from '../hooks/hook-runner.ts'
import { Countdown } from '../hooks/shutdown-budget.ts'
import type { ModuleLife } from '../modules/module-instance.ts'
import type { Clock } from '../process/clock.ts'
import { type Hook, nameOfHook } from './options.ts'

/** What has to be undone. */
export class Acquired {
  /** Started modules, in start order. */
  modules: ModuleLife[] = []
  /** How many onStartup hooks have run; undefined before the start began. */
  hooks: number | undefined
  /** The second half of the lifespan, once its first has run. */
  leaveLifespan: (() => Promise<void>) | undefined
  /** Services. */
  container: Container | undefined
}

/** What a release needs to know of the application. */
export interface ReleaseContext {
  readonly app: Application<unknown>
  readonly clock: Clock
  readonly logger: Logger
  readonly onStartup: readonly Hook[]
  readonly onShutdown: readonly Hook[]
  /** Modules that are not this application's to stop. */
  isKept(life: ModuleLife): boolean
}

/** Releases everything, each at most once; `steps.outcome` tells what went wrong. */
export async function release(acquired: Acquired, steps: Steps, context: ReleaseContext): Promise<void> {
  const { app, clock, logger } = context
  const { leaveLifespan, container } = acquired
  const modules = acquired.modules.splice(0).filter((life) => !context.isKept(life))
  const hooks = dueHooks(acquired, context)
  acquired.leaveLifespan = undefined
  acquired.container = undefined

  // Whoever hangs takes its time from a budget that all share, but leaves some of it to those after it.
  const countdown = new Countdown(() => clock.now(), steps.budget.stop)
  let left = modules.length + hooks.length + (leaveLifespan ? 1 : 0) + (container ? 1 : 0)
  const limits = (own = Number.POSITIVE_INFINITY): Limits =>
    steps.stopLimits(Math.min(own, countdown.share(left)))
  const step = async (which: Step, hook: (control: StepControl) => unknown) => {
    left--
    await steps.tolerated(which, limits(), hook)
  }

  for (const life of modules.reverse()) {
    left--
    if (steps.isSkipped({ phase: 'stop', owner: life.name })) continue
    steps.outcome.stopErrors.push(...(await life.stop(() => limits(life.stopTimeout))))
  }
  if (leaveLifespan) await step({ phase: 'lifespan down', owner: 'lifespan' }, leaveLifespan)
  for (const hook of hooks) {
    await step({ phase: 'onShutdown', owner: nameOfHook(hook) }, (control) => hook(app, control))
  }
  if (container) await step({ phase: 'dispose', owner: 'container' }, () => container.dispose())
  if (logger.flush) {
    await steps.tolerated({ phase: 'flush', owner: 'logger' }, steps.stopLimits(steps.budget.flush), () =>
      logger.flush?.(),
    )
  }
}

/** With all onStartup hooks done every onShutdown hook runs; else those that stand beside one that was done. */
function dueHooks({ hooks }: Acquired, { onStartup, onShutdown }: ReleaseContext): readonly Hook[] {
  return hooks === onStartup.length ? onShutdown : onShutdown.slice(0, hooks ?? 0)
}
