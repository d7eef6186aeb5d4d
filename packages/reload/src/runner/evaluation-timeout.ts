// Ends code that never pauses, so that an endless loop in one file does not end the process.

import inspector from 'node:inspector'
import vm from 'node:vm'
import { EvaluationTimeoutError } from '../errors.ts'

/**
 * Runs synchronous work for at most `ms`; asynchronous work is not limited. There is no limit under a debugger, which may
 * pause at a breakpoint. Each call starts a thread that watches the time, for 0.1 ms on an idle machine and more on a busy
 * one.
 *
 * @param file - returns the file under evaluation, for the error
 */
export function runWithin<T>(ms: number, work: () => T, file: () => string): T {
  if (ms <= 0 || inspector.url()) return work()
  // Only a script can be timed, so a script makes the call. The global name exists during the call.
  Object.defineProperty(globalThis, CALL, { value: work, configurable: true })
  try {
    return new vm.Script(`${CALL}()`).runInThisContext({ timeout: ms }) as T
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    throw new EvaluationTimeoutError(file(), ms)
  } finally {
    Reflect.deleteProperty(globalThis, CALL)
  }
}

const CALL = '__myfy_guarded__'
