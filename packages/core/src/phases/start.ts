// The second phase of a life: onStartup hooks, the lifespan's first half, modules, their `ready`. What each step
// acquires is noted, so that a stop, or the roll-back of a start that fails, releases just that.

import type { Takeover } from '../application/takeover.ts'
import type { HookPolicy } from '../hooks/hook-policy.ts'
import { enterLifespan } from '../hooks/lifespan.ts'
import type { Module } from '../modules/module.ts'
import type { ModuleInstance } from '../modules/module-instance.ts'
import type { LifecycleContext } from './context.ts'
import { hookName } from './options.ts'
import { startInLevels, startInOrder } from './start-order.ts'
import type { Teardown } from './teardown.ts'

/** What is started, and where it is noted. */
export interface StartParts {
  readonly context: LifecycleContext
  readonly policy: HookPolicy
  readonly teardown: Teardown
  readonly takeover: Takeover
  /** The modules, in start order. */
  readonly instances: readonly ModuleInstance[]
  readonly requires: ReadonlyMap<Module, readonly Module[]>
}

/** Starts everything; the first failure ends it. */
export async function start(parts: StartParts): Promise<void> {
  const { context, policy, teardown, takeover, instances, requires } = parts
  const { app, options, onStartup } = context
  teardown.hooks = 0
  for (const hook of onStartup) {
    await policy.runOrThrow({ phase: 'onStartup', owner: hookName(hook) }, (control) => hook(app, control))
    teardown.hooks++
  }
  const { lifespan } = options
  if (lifespan) {
    teardown.leaveLifespan = await policy.runOrThrow({ phase: 'lifespan up', owner: 'lifespan' }, (control) =>
      enterLifespan(lifespan(app, control)),
    )
  }
  await takeover.stopExclusive(instances)
  const start = (instance: ModuleInstance) => startModule(instance, parts)
  if (options.startup?.concurrency !== 'levels') await startInOrder(instances, start)
  else await startInLevels(instances, requires, start)
  for (const instance of teardown.modules) {
    if (!instance.module.ready || takeover.isReused(instance)) continue
    policy.throwIfStopping()
    policy.unwrap({ phase: 'ready', owner: instance.name }, await instance.ready(policy.startDeadline()))
  }
  policy.throwIfStopping()
}

async function startModule(instance: ModuleInstance, parts: StartParts): Promise<void> {
  const { context, policy, teardown, takeover } = parts
  policy.throwIfStopping()
  if (takeover.isReused(instance)) {
    context.emit({ type: 'module.reused', module: instance.name })
    teardown.modules.push(instance)
    return
  }
  instance.previous = takeover.handoverOf(instance.name)
  const limits = policy.startDeadline(instance.startTimeout)
  const { result, errors } = await instance.start(limits, () => policy.stopDeadline())
  policy.status.stopErrors.push(...errors)
  if (instance.started) teardown.modules.push(instance)
  policy.unwrap({ phase: 'start', owner: instance.name }, result)
}
