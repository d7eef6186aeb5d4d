// The second phase of a lifecycle: onStartup hooks, the lifespan's setup, modules, their `ready`. Each step is noted in
// the teardown, so that a stop or a rollback releases exactly what was acquired.

import type { HookPolicy } from '../hooks/hook-policy.ts'
import { enterLifespan } from '../hooks/lifespan.ts'
import type { Module } from '../modules/module.ts'
import type { ModuleInstance } from '../modules/module-instance.ts'
import type { LifecycleContext } from './context.ts'
import { hookName } from './options.ts'
import { startInLevels, startInOrder } from './start-order.ts'
import type { Teardown } from './teardown.ts'

/** The takeover from a running application, as far as the start takes part in it. */
export interface StartTakeover {
  /** Reports whether a module is reused: it runs already. */
  isReused(instance: ModuleInstance): boolean
  /** Returns the state that the running module of this name hands off. */
  handedOff(name: string): unknown
  /** Stops the exclusive modules of the running application that `instances` replace. */
  stopExclusive(instances: readonly ModuleInstance[]): Promise<void>
}

/** The inputs of the start. */
export interface StartParts {
  readonly context: LifecycleContext
  readonly policy: HookPolicy
  readonly teardown: Teardown
  readonly takeover: StartTakeover
  /** The modules, in start order. */
  readonly instances: readonly ModuleInstance[]
  readonly requires: ReadonlyMap<Module, readonly Module[]>
}

/** Starts everything. The first failure ends it. */
export async function start(parts: StartParts): Promise<void> {
  const { context, policy, teardown, takeover, instances, requires } = parts
  const { app, options, onStartup } = context
  teardown.hooks = 0
  for (const [i, hook] of onStartup.entries()) {
    const ref = { phase: 'onStartup', owner: hookName(hook, i) } as const
    await policy.runOrThrow(ref, (control) => hook(app, control))
    teardown.hooks++
  }
  await startLifespan(parts)
  await takeover.stopExclusive(instances)
  const startOne = (instance: ModuleInstance) => startModule(instance, parts)
  if (options.startup?.concurrency === 'levels') await startInLevels(instances, requires, startOne)
  else await startInOrder(instances, startOne)
  for (const instance of teardown.modules) {
    if (!instance.module.ready || takeover.isReused(instance)) continue
    policy.throwIfStopping()
    policy.unwrap({ phase: 'ready', owner: instance.name }, await instance.ready(policy.startDeadline()))
  }
  policy.throwIfStopping()
}

async function startLifespan({ context, policy, teardown }: StartParts): Promise<void> {
  const { app, options, emit } = context
  const { lifespan } = options
  if (!lifespan) return
  const ref = { phase: 'lifespan up', owner: 'lifespan' } as const
  // A setup that ends after it was abandoned has acquired something: its cleanup runs at once.
  const leaveLate = (leave: () => Promise<void>) =>
    void leave().catch((error: unknown) =>
      emit({ type: 'hook.settledLate', phase: 'lifespan down', owner: 'lifespan', error }),
    )
  teardown.leaveLifespan = await policy.runOrThrow(
    ref,
    (control) => enterLifespan(lifespan(app, control)),
    leaveLate,
  )
}

async function startModule(instance: ModuleInstance, parts: StartParts): Promise<void> {
  const { context, policy, teardown, takeover } = parts
  policy.throwIfStopping()
  if (takeover.isReused(instance)) {
    context.emit({ type: 'module.reused', module: instance.name })
    teardown.modules.push(instance)
    return
  }
  instance.previous = takeover.handedOff(instance.name)
  const deadline = policy.startDeadline(instance.startTimeout)
  const { result, errors } = await instance.start(deadline, () => policy.stopDeadline())
  policy.status.stopErrors.push(...errors)
  if (instance.started) teardown.modules.push(instance)
  policy.unwrap({ phase: 'start', owner: instance.name }, result)
}
