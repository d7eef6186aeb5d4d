// The factory of supervisors.

import { RollingSupervisor } from './rolling-supervisor.ts'
import type { Supervisor, SupervisorOptions } from './supervisor.ts'

/**
 * Creates a supervisor. Nothing happens before `start()`.
 *
 * @example
 * ```ts
 * import { createSupervisor } from '@myfy/reload'
 *
 * const supervisor = createSupervisor({ entry: 'src/app.ts', onEvent: console.log })
 * await supervisor.start()
 * process.exitCode = await supervisor.exitCode
 * ```
 */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  return new RollingSupervisor(options)
}
