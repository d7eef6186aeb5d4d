// The processor time of another process.

import { readFileSync } from 'node:fs'

/** A tick of /proc in ms, on every system that Node.js supports. */
const TICK_MS = 10

/** Returns the processor time that a process has used, in ms; undefined where the system has no /proc. */
export function processorTimeOf(pid: number | undefined): number | undefined {
  if (pid === undefined) return undefined
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name of the program is in parentheses, and may contain anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS
  } catch {
    return undefined
  }
}
