// The real process around a schedule: its listeners, its handles, its input and output.

import { real } from './virtual-globals.ts'

/** The open resources of the process. */
export interface ProcessState {
  readonly listeners: ReadonlyMap<string | symbol, number>
  /** The open resources by kind. */
  readonly resources: ReadonlyMap<string, number>
}

/** The real time after which code that waits for input or output counts as hanging, in ms. */
const LONGEST_WAIT_MS = 15_000
/** The same for code that may wait for a choice instead, in ms. */
const SHORT_WAIT_MS = 200
/** The real time for which handles may take to close, in ms. */
const CLOSING_MS = 300

/** Resources that come and go by themselves, or that belong to the exploration. */
const passing = /^(Immediate|Timeout|TTYWrap|TickObject|PipeWrap)$/

/** Resources that wait for others to begin. Code that awaits input or output waits for another one. */
const passive = /^(TCPServerWrap|PipeServerWrap|UDPWrap|FSEventWrap|StatWatcher)$/

export function processState(): ProcessState {
  const listeners = new Map<string | symbol, number>()
  for (const name of process.eventNames()) listeners.set(name, process.listenerCount(name as string))
  return { listeners, resources: resources() }
}

function resources(): Map<string, number> {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) {
    if (!passing.test(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return counts
}

/** Runs all microtasks. */
export function turn(): Promise<void> {
  return new Promise((resolve) => real.setImmediate(resolve))
}

/**
 * Waits in real time while the process does input or output, until `isOver`.
 *
 * @param isShort - true if the code may wait for something else
 * @returns false if it does none, or does not end
 */
export async function waitForInputOutput(
  before: ProcessState,
  isOver: () => boolean,
  isShort = false,
): Promise<boolean> {
  const end = real.now() + (isShort ? SHORT_WAIT_MS : LONGEST_WAIT_MS)
  while (!isOver()) {
    if (!doesInputOutput(before) || real.now() > end) {
      // What has just arrived may not have been delivered.
      await turn()
      return isOver()
    }
    await turn()
    if (!isOver()) await new Promise((resolve) => real.setTimeout(resolve, 1))
  }
  return true
}

/** Returns what was opened since and is not closed: `2 SIGUSR2 listeners on process`, `1 TCPServerWrap`. */
export async function openedSince(before: ProcessState): Promise<readonly string[]> {
  const end = real.now() + CLOSING_MS
  let left = opened(before, resources())
  while (left.length > 0 && real.now() < end) {
    await new Promise((resolve) => real.setTimeout(resolve, 1))
    left = opened(before, resources())
  }
  const listeners = process.eventNames().flatMap((name) => {
    const added = process.listenerCount(name as string) - (before.listeners.get(name) ?? 0)
    return added > 0
      ? [`${added === 1 ? 'a listener' : `${added} listeners`} of process.on('${String(name)}')`]
      : []
  })
  return [...listeners, ...left]
}

function doesInputOutput(before: ProcessState): boolean {
  for (const [kind, count] of resources())
    if (!passive.test(kind) && count > (before.resources.get(kind) ?? 0)) return true
  return false
}

function opened(before: ProcessState, now: ReadonlyMap<string, number>): readonly string[] {
  const left: string[] = []
  for (const [kind, count] of now) {
    const more = count - (before.resources.get(kind) ?? 0)
    if (more > 0) left.push(more === 1 ? `an open ${kind}` : `${more} open ${kind}`)
  }
  return left
}
