// Modules that only one can own: a running application gives them up before its successor acquires them.

import type { Steps } from '../hooks/hook-policy.ts'
import type { Module } from '../modules/module.ts'
import { collect, type ModuleLife } from '../modules/module-instance.ts'
import type { Ledger } from '../modules/work-tracker.ts'

/** The running application that gives modules up. */
export interface Suspendable {
  /** Its started modules, in start order. */
  readonly lives: readonly ModuleLife[]
  readonly requires: ReadonlyMap<Module, readonly Module[]>
  readonly ledger: Ledger
  readonly steps: Steps
  fail(source: 'application', error: unknown): void
}

/** Stops modules and what requires them, when all accepted work is done; what it returns starts them again. */
export async function suspend(app: Suspendable, names: ReadonlySet<string>): Promise<() => Promise<void>> {
  const { steps, requires, ledger } = app
  const suspended: ModuleLife[] = []
  for (const life of app.lives) {
    const required = requires.get(life.module) ?? []
    if (names.has(life.name) || suspended.some((other) => required.includes(other.module)))
      suspended.push(life)
  }
  if (suspended.length === 0) return async () => {}
  await steps.tolerated(
    { phase: 'drain', owner: 'work in flight' },
    steps.stopLimits(steps.budget.drain),
    () => ledger.whenIdle(),
  )
  for (const life of [...suspended].reverse()) {
    steps.outcome.stopErrors.push(...(await life.stop(() => steps.stopLimits(life.stopTimeout))))
  }
  return async () => {
    for (const life of suspended) {
      const { result } = await life.start(steps.startLimits(life.startTimeout), () => steps.stopLimits())
      const errors: Error[] = []
      collect(errors, result)
      if (errors[0]) return app.fail('application', errors[0])
    }
  }
}
