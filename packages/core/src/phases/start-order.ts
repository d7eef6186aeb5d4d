// Starting modules: one after the other, or each as soon as all it requires have started.

import { StartAbortedError } from '../errors.ts'
import { StepFailure } from '../hooks/hook-policy.ts'
import { Trigger } from '../hooks/hook-runner.ts'
import type { Module } from '../modules/module.ts'
import type { ModuleLife } from '../modules/module-instance.ts'
import { errorOf } from '../runtime/thrown.ts'

/** Starts one after the other. */
export async function startInOrder(
  lives: readonly ModuleLife[],
  start: (life: ModuleLife) => Promise<void>,
): Promise<void> {
  for (const life of lives) await start(life)
}

/** Starts side by side what does not require each other. The first failure lets no further one begin. */
export async function startInLevels(
  lives: readonly ModuleLife[],
  requires: ReadonlyMap<Module, readonly Module[]>,
  start: (life: ModuleLife) => Promise<void>,
): Promise<void> {
  const started = new Map<Module, Promise<void>>()
  const failed = new Trigger()
  const all = lives.map((life) => {
    const required = (requires.get(life.module) ?? []).map((module) => started.get(module))
    const own = Promise.all(required).then(() => {
      if (failed.reason !== undefined) throw new StartAbortedError(failed.reason)
      return start(life)
    })
    own.catch((error) => failed.fire(errorOf(error).message))
    started.set(life.module, own)
    return own
  })
  const errors = (await Promise.allSettled(all)).flatMap((result) =>
    result.status === 'rejected' ? [result.reason] : [],
  )
  if (errors.length > 0) throw errors.find((error) => error instanceof StepFailure) ?? errors[0]
}
