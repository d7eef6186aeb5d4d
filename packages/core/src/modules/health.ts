// The health checks of modules.

import type { Clock } from '../process/clock.ts'
import { formatDuration } from '../runtime/duration.ts'
import { messageOf } from '../runtime/thrown.ts'

/** The health of one module. */
export interface ModuleHealth {
  /** True if the module can work now. */
  readonly healthy: boolean
  /** The time that the check took, in ms. */
  readonly ms: number
  /** The reason, if the check threw or timed out. */
  readonly message?: string
}

/** The health of an application. */
export interface Health {
  /** True if every module is healthy. */
  readonly healthy: boolean
  /** The modules that have `isHealthy`, by name. */
  readonly checks: Readonly<Record<string, ModuleHealth>>
}

/** A module as far as its health is checked. */
interface Checked {
  readonly name: string
  isHealthy?(): boolean | PromiseLike<boolean>
}

/** Checks all modules in parallel. A module that takes longer than `timeout` ms is unhealthy. */
export async function checkHealth(
  modules: readonly Checked[],
  clock: Clock,
  timeout: number,
): Promise<Health> {
  const checked = modules.filter((module) => module.isHealthy)
  const results = await Promise.all(checked.map((module) => check(module, clock, timeout)))
  const checks = Object.fromEntries(checked.map((module, i) => [module.name, results[i]!]))
  return { healthy: results.every((result) => result.healthy), checks }
}

/** A module that has become unhealthy, or healthy again. */
export type HealthChange =
  | { readonly type: 'module.unhealthy'; readonly module: string; readonly reason?: string }
  | { readonly type: 'module.healthy'; readonly module: string }

/** HealthChanges compares each check with the one before. */
export class HealthChanges {
  readonly #unhealthy = new Set<string>()

  /** Returns the changes of a check since the one before. */
  since({ checks }: Health): HealthChange[] {
    const changes: HealthChange[] = []
    for (const [module, { healthy, message }] of Object.entries(checks)) {
      if (healthy === !this.#unhealthy.has(module)) continue
      if (healthy) {
        this.#unhealthy.delete(module)
        changes.push({ type: 'module.healthy', module })
      } else {
        this.#unhealthy.add(module)
        changes.push({
          type: 'module.unhealthy',
          module,
          ...(message !== undefined && { reason: message }),
        })
      }
    }
    return changes
  }
}

async function check(module: Checked, clock: Clock, timeout: number): Promise<ModuleHealth> {
  const began = clock.now()
  let cancel = () => {}
  const late = new Promise<ModuleHealth>((resolve) => {
    cancel = clock.after(timeout, () =>
      resolve({
        healthy: false,
        ms: clock.now() - began,
        message: `isHealthy did not return within ${formatDuration(timeout)}`,
      }),
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
