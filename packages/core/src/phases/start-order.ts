// The order in which modules start, and in which they stop: one after the other, or by levels.

import { StartAbortedError } from '../errors.ts'
import { HookFailure } from '../hooks/hook-policy.ts'
import { Latch } from '../hooks/latch.ts'
import type { Module } from '../modules/module.ts'
import type { ModuleInstance } from '../modules/module-instance.ts'
import { messageOf } from '../runtime/thrown.ts'

type Requires = ReadonlyMap<Module, readonly Module[]>

/** Starts one module after the other. */
export async function startInOrder(
  instances: readonly ModuleInstance[],
  start: (instance: ModuleInstance) => Promise<void>,
): Promise<void> {
  for (const instance of instances) await start(instance)
}

/** Starts each module as soon as the modules that it requires have started. After a failure no other module starts. */
export async function startInLevels(
  instances: readonly ModuleInstance[],
  requires: Requires,
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
    own.catch((error) => failed.fire(messageOf(error)))
    started.set(instance.module, own)
    return own
  })
  const errors = (await Promise.allSettled(all)).flatMap((result) =>
    result.status === 'rejected' ? [result.reason] : [],
  )
  if (errors.length > 0) throw errors.find((error) => error instanceof HookFailure) ?? errors[0]
}

/** Stops one module after the other, the last to start first. */
export async function stopInOrder(
  instances: readonly ModuleInstance[],
  stop: (instance: ModuleInstance) => Promise<void>,
): Promise<void> {
  for (const instance of [...instances].reverse()) await stop(instance)
}

/** Stops each module as soon as the modules that require it have stopped. `stop` never rejects. */
export async function stopInLevels(
  instances: readonly ModuleInstance[],
  requires: Requires,
  stop: (instance: ModuleInstance) => Promise<void>,
): Promise<void> {
  const stopped = new Map<ModuleInstance, Promise<void>>()
  for (const instance of [...instances].reverse()) {
    const dependents = instances.filter((other) => requires.get(other.module)?.includes(instance.module))
    const before = Promise.all(dependents.map((dependent) => stopped.get(dependent)))
    stopped.set(
      instance,
      before.then(() => stop(instance)),
    )
  }
  await Promise.all(stopped.values())
}
