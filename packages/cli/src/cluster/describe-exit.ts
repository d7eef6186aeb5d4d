// The end of a process in words.

import type { ProcessExit } from './worker-process.ts'

/** Returns `ended with code 1` or `was killed by SIGKILL`. */
export function describeExit({ code, signal }: ProcessExit): string {
  return signal ? `was killed by ${signal}` : `ended with code ${code}`
}

/** The same for a process that had not become ready. One that was killed has written no reason. */
export function describeEarlyExit(exit: ProcessExit): string {
  return `${describeExit(exit)} before it was ready${exit.signal ? '' : ' (see its output above)'}`
}
