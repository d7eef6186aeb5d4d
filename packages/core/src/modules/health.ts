// Health: whether each module can do its work now.

import type { Clock } from '../process/clock.ts'
import { messageOf } from '../runtime/thrown.ts'
import type { Module } from './module.ts'

/** The health of one module. */
export interface ModuleHealth {
  /** Whether it can do its work now. */
  readonly healthy: boolean
  /** How long the check took, in ms. */
  readonly ms: number
  /** Why it is not healthy, if it threw or did not answer. */
  readonly message?: string
}

/** The health of an application. */
export interface Health {
  /** Whether every module is. */
  readonly healthy: boolean
  /** Each module that has an `isHealthy`, by its name. */
  readonly checks: Readonly<Record<string, ModuleHealth>>
}

/** Asks all modules side by side; one that takes longer than `timeout` ms is unhealthy. */
export async function checkHealth(
  modules: readonly Module[],
  clock: Clock,
  timeout: number,
): Promise<Health> {
  const asked = modules.filter((module) => module.isHealthy)
  const results = await Promise.all(asked.map((module) => check(module, clock, timeout)))
  const checks = Object.fromEntries(asked.map((module, i) => [module.name, results[i]!]))
  return { healthy: results.every((result) => result.healthy), checks }
}

async function check(module: Module, clock: Clock, timeout: number): Promise<ModuleHealth> {
  const began = clock.now()
  let cancel = () => {}
  const late = new Promise<ModuleHealth>((resolve) => {
    cancel = clock.after(timeout, () =>
      resolve({ healthy: false, ms: clock.now() - began, message: `no answer within ${timeout} ms` }),
    )
  })
  try {
    const answer = async (): Promise<ModuleHealth> => {
      const healthy = await module.isHealthy?.()
      return { healthy: healthy === true, ms: clock.now() - began }
    }
    return await Promise.race([answer(), late])
  } catch (error) {
    return { healthy: false, ms: clock.now() - began, message: messageOf(error) }
  } finally {
    cancel()
  }
}
