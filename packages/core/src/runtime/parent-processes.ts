// The processes that started this one, as far as the system shows them.

import { readFileSync } from 'node:fs'

/** One process. */
export interface ProcessStatus {
  readonly name: string
  readonly parent: number
  readonly group: number
  /** The process group that reads from the terminal of this process and receives its Ctrl+C; -1 without a terminal. */
  readonly foreground: number
}

const SHELLS: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh', 'fish', 'busybox'])

/** The most ancestors that are looked at. */
const MAX_ANCESTORS = 8

/** Reads the status of a process; undefined where the system has no `/proc`, or the process is gone. */
export function processStatus(pid: number | 'self'): ProcessStatus | undefined {
  if (process.platform !== 'linux') return undefined
  try {
    return parseStatus(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return undefined
  }
}

/** Parses the text of `/proc/<pid>/stat`. The name stands in parentheses and may contain any character. */
export function parseStatus(text: string): ProcessStatus {
  const end = text.lastIndexOf(')')
  const [, parent, group, , , foreground] = text.slice(end + 2).split(' ')
  return {
    name: text.slice(text.indexOf('(') + 1, end),
    parent: Number(parent),
    group: Number(group),
    foreground: Number(foreground),
  }
}

/**
 * Reports whether this process is in the foreground of a terminal, which sends it the signal of Ctrl+C.
 *
 * @param read - reads the status of a process
 */
export function isInForeground(read: typeof processStatus = processStatus): boolean {
  const self = read('self')
  return self ? self.foreground === self.group : process.stdin.isTTY === true
}

/**
 * Counts the parent processes that may forward a Ctrl+C which the terminal has sent to this process as well: npm,
 * concurrently and other programs in the foreground of the same terminal. A shell does not forward.
 *
 * @param read - reads the status of a process
 */
export function countForwarders(read: typeof processStatus = processStatus): number {
  const self = read('self')
  if (!self) return process.env.npm_lifecycle_event === undefined ? 0 : 1
  // Only a terminal sends one signal to the whole group.
  if (self.foreground !== self.group) return 0
  let count = 0
  let pid = self.parent
  for (let depth = 0; depth < MAX_ANCESTORS; depth++) {
    const ancestor = read(pid)
    if (ancestor?.group !== self.group) break
    if (!SHELLS.has(ancestor.name)) count++
    pid = ancestor.parent
  }
  return count
}
