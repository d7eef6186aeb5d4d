// Ends code that never pauses, so that an endless loop in one file does not take the process with it.

import inspector from 'node:inspector'
import vm from 'node:vm'
import { EvaluationTimeoutError } from '../errors.ts'

/**
 * Runs synchronous work for at most `ms`. What the work awaits is not covered. With a debugger attached there is no
 * limit: someone may stand at a breakpoint. Each call starts a thread that watches the time, 0.1 ms on an idle
 * machine and more on a busy one.
 *
 * @param where - says which file was being evaluated, for the error
 */
export function runWithin<T>(ms: number, work: () => T, where: () => string): T {
  if (ms <= 0 || inspector.url()) return work()
  // Only a script that is run can be timed, so the call goes through one; the name is there as long as the call.
  Object.defineProperty(globalThis, slot, { value: work, configurable: true })
  try {
    return new vm.Script(`${slot}()`).runInThisContext({ timeout: ms }) as T
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    throw new EvaluationTimeoutError(where(), ms)
  } finally {
    Reflect.deleteProperty(globalThis, slot)
  }
}

const slot = '__myfy_guarded__'
