// Starting modules: one after the other, or each as soon as all it requires have started.

import { StartAbortedError } from '../errors.ts'
import { HookFailure } from '../hooks/hook-policy.ts'
import { Latch } from '../hooks/hook-runner.ts'
import type { Module } from '../modules/module.ts'
import type { ModuleInstance } from '../modules/module-instance.ts'
import { errorOf } from '../runtime/thrown.ts'

/** Starts one after the other. */
export async function startInOrder(
  instances: readonly ModuleInstance[],
  start: (instance: ModuleInstance) => Promise<void>,
): Promise<void> {
  for (const instance of instances) await start(instance)
}

/** Starts side by side what does not require each other. The first failure lets no further one begin. */
export async function startInLevels(
  instances: readonly ModuleInstance[],
  requires: ReadonlyMap<Module, readonly Module[]>,
  start: (instance: ModuleInstance) => Promise<void>,
): Promise<void> {
  const started = new Map<Module, Promise<void>>()
  const failed = new Latch()
  const all = instances.map((instance) => {
    const required = (requires.get(instance.module) ?? []).map((module) => started.get(module))
    const own = Promise.all(required).then(() => {
      if (failed.reason !== undefined) throw new StartAbortedError(failed.reason)
      return start(instance)
    })
    own.catch((error) => failed.fire(errorOf(error).message))
    started.set(instance.module, own)
    return own
  })
  const errors = (await Promise.allSettled(all)).flatMap((result) =>
    result.status === 'rejected' ? [result.reason] : [],
  )
  if (errors.length > 0) throw errors.find((error) => error instanceof HookFailure) ?? errors[0]
}
