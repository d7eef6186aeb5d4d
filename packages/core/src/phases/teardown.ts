// The release of what a start has acquired: modules, the lifespan's cleanup, onShutdown hooks, services, loggers. A stop
// and the rollback of a failed start are the same.

import type { Container } from '@myfy/di'
import type { Logger } from '../events/logger.ts'
import type { HookPolicy } from '../hooks/hook-policy.ts'
import type { Deadline, HookControl, HookRef } from '../hooks/hook-run.ts'
import { Countdown } from '../hooks/shutdown-budget.ts'
import type { App } from '../modules/app.ts'
import type { Module } from '../modules/module.ts'
import type { ModuleInstance } from '../modules/module-instance.ts'
import type { Clock } from '../process/clock.ts'
import { type Hook, hookName } from './options.ts'
import { stopInLevels, stopInOrder } from './start-order.ts'

/** The acquisitions of a start so far. */
export class Teardown {
  /** The started modules, in the order in which their starts ended. */
  modules: ModuleInstance[] = []
  /** The number of onStartup hooks that have run; undefined before the start. */
  hooks: number | undefined
  /** The cleanup of the lifespan, once its setup has run. */
  leaveLifespan: (() => Promise<void>) | undefined
  /** The services. */
  container: Container | undefined
}

/** The inputs of a teardown. */
export interface TeardownContext {
  readonly app: App
  readonly clock: Clock
  readonly logger: Logger
  readonly onStartup: readonly Hook[]
  readonly onShutdown: readonly Hook[]
  readonly requires: ReadonlyMap<Module, readonly Module[]>
  /** True if modules stop by levels, as they started. */
  readonly levels: boolean
  /** Reports whether a module belongs to another application, which stops it. */
  isReused(instance: ModuleInstance): boolean
  /** Called before the hooks, and before the flush, with the time that the part may take, in ms. */
  onPart(ms: number): void
}

/** Releases everything, each at most once. Failures are collected in `policy.status`. */
export async function tearDown(
  teardown: Teardown,
  policy: HookPolicy,
  context: TeardownContext,
): Promise<void> {
  const { app, clock, logger, requires } = context
  const { leaveLifespan, container } = teardown
  const modules = teardown.modules.splice(0).filter((instance) => !context.isReused(instance))
  const hooks = dueHooks(teardown, context)
  teardown.leaveLifespan = undefined
  teardown.container = undefined

  context.onPart(policy.budget.stop)
  const countdown = new Countdown(() => clock.now(), policy.budget.stop)
  let left = modules.length + hooks.length + (leaveLifespan ? 1 : 0) + (container ? 1 : 0)
  const deadline = (own = Number.POSITIVE_INFINITY): Deadline =>
    policy.stopDeadline(Math.min(own, countdown.share(left)))
  const run = async (ref: HookRef, hook: (control: HookControl) => unknown) => {
    left--
    await policy.runAndCollect(ref, deadline(), hook)
  }
  const stopModule = async (instance: ModuleInstance) => {
    left--
    if (policy.isSkipped({ phase: 'stop', owner: instance.name })) return
    policy.status.stopErrors.push(...(await instance.stop(() => deadline(instance.stopTimeout))))
  }

  if (context.levels) await stopInLevels(modules, requires, stopModule)
  else await stopInOrder(modules, stopModule)
  if (leaveLifespan) await run({ phase: 'lifespan down', owner: 'lifespan' }, leaveLifespan)
  for (const [i, hook] of hooks.entries()) {
    await run({ phase: 'onShutdown', owner: hookName(hook, i) }, (control) => hook(app, control))
  }
  // Half of the time is for open scopes, which are named then; the rest is for the singletons.
  const dispose = ({ remaining }: HookControl) => container?.dispose({ timeoutMs: remaining() / 2 })
  if (container) await run({ phase: 'dispose', owner: 'container' }, dispose)
  const exporters = modules.flatMap(({ module }) => (module.flush ? [module] : []))
  if (exporters.length > 0 || logger.flush) context.onPart(policy.budget.flush)
  for (const module of exporters) {
    await policy.runAndCollect(
      { phase: 'flush', owner: module.name, module: true },
      policy.flushDeadline(),
      ({ signal, remaining }) => module.flush?.({ app, logger, signal, remaining }),
    )
  }
  if (!logger.flush) return
  await policy.runAndCollect({ phase: 'flush', owner: 'logger' }, policy.flushDeadline(), () =>
    logger.flush?.(),
  )
}

/** If all onStartup hooks have run, all onShutdown hooks are due; otherwise as many as have run. */
function dueHooks({ hooks }: Teardown, { onStartup, onShutdown }: TeardownContext): readonly Hook[] {
  return hooks === onStartup.length ? onShutdown : onShutdown.slice(0, hooks ?? 0)
}
