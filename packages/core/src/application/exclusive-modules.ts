// The exclusive modules of a running application, which stop before their successors start.

import { collect, type HookPolicy } from '../hooks/hook-policy.ts'
import type { Module } from '../modules/module.ts'
import type { ModuleInstance } from '../modules/module-instance.ts'
import type { WorkTracker } from '../modules/work-tracker.ts'

/** The running application whose exclusive modules stop. */
export interface ExclusiveOwner {
  /** Its started modules, in start order. */
  readonly instances: readonly ModuleInstance[]
  readonly requires: ReadonlyMap<Module, readonly Module[]>
  readonly inFlight: WorkTracker
  readonly policy: HookPolicy
  fail(source: 'application', error: unknown): void
}

/**
 * Stops modules, and the modules that require them, when the work in flight is finished. Returns the function that
 * restarts them.
 */
export async function stopExclusiveModules(
  app: ExclusiveOwner,
  names: ReadonlySet<string>,
): Promise<() => Promise<void>> {
  const { policy, requires, inFlight } = app
  const stopped: ModuleInstance[] = []
  for (const instance of app.instances) {
    const required = requires.get(instance.module) ?? []
    if (names.has(instance.name) || stopped.some((other) => required.includes(other.module)))
      stopped.push(instance)
  }
  if (stopped.length === 0) return async () => {}
  await policy.runAndCollect(
    { phase: 'drain', owner: 'work in flight' },
    policy.stopDeadline(policy.budget.drain),
    () => inFlight.whenIdle(),
  )
  for (const instance of [...stopped].reverse()) {
    policy.status.stopErrors.push(...(await instance.stop(() => policy.stopDeadline(instance.stopTimeout))))
  }
  return async () => {
    for (const instance of stopped) {
      const deadline = policy.startDeadline(instance.startTimeout)
      const { result } = await instance.start(deadline, () => policy.stopDeadline())
      const errors: Error[] = []
      collect(errors, result)
      if (errors[0]) return app.fail('application', errors[0])
    }
  }
}
