// The end of a process in words.

import type { ProcessExit } from './worker-process.ts'

/** Returns `ended with code 1` or `was killed by SIGKILL`. */
export function describeExit({ code, signal }: ProcessExit): string {
  return signal ? `was killed by ${signal}` : `ended with code ${code}`
}
