// Modules that only one can own: a running application gives them up before its successor acquires them.

import type { HookPolicy } from '../hooks/hook-policy.ts'
import type { Module } from '../modules/module.ts'
import { collect, type ModuleInstance } from '../modules/module-instance.ts'
import type { WorkTracker } from '../modules/work-tracker.ts'

/** The running application that gives modules up. */
export interface ExclusiveOwner {
  /** Its started modules, in start order. */
  readonly instances: readonly ModuleInstance[]
  readonly requires: ReadonlyMap<Module, readonly Module[]>
  readonly inFlight: WorkTracker
  readonly policy: HookPolicy
  fail(source: 'application', error: unknown): void
}

/** Stops modules and what requires them, when all accepted work is done; what it returns starts them again. */
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
      const { result } = await instance.start(policy.startDeadline(instance.startTimeout), () =>
        policy.stopDeadline(),
      )
      const errors: Error[] = []
      collect(errors, result)
      if (errors[0]) return app.fail('application', errors[0])
    }
  }
}
