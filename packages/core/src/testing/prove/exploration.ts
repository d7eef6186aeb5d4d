// The exploration as the process sees it: its globals are replaced, and one exploration runs at a time.

import { StateError } from '../../errors.ts'
import type { Cancel } from '../../process/clock.ts'
import type { Schedule } from './schedule/schedule.ts'
import { replaceGlobals } from './schedule/virtual-globals.ts'

let isExploring = false

/**
 * Runs `work` with virtual time. `use` makes a schedule the one that the globals act on.
 *
 * @throws StateError if another exploration runs
 */
export async function explore<T>(
  work: (use: (schedule: Schedule) => void) => Promise<T>,
  options: { readonly keepStacks?: boolean } = {},
): Promise<T> {
  if (isExploring) {
    throw new StateError(
      'MYFY_PROVE_TWICE',
      'Cannot explore two applications at once: they share the time of the process. Await one after the other.',
    )
  }
  isExploring = true
  let current: Schedule | undefined
  const undo = replaceGlobals(() => current!, options)
  const release = takeListeners({
    unhandledRejection: (error) => current?.crash(error, 'unhandledRejection'),
    uncaughtException: (error) => current?.crash(error, 'uncaughtException'),
    // Without a listener, Node.js prints a warning for each rejection that is handled too late.
    rejectionHandled: () => {},
  })
  try {
    return await work((schedule) => {
      current = schedule
    })
  } finally {
    release()
    undo()
    isExploring = false
  }
}

/** Replaces all listeners of some events of the process until cancelled. */
function takeListeners(own: Readonly<Record<string, (error: unknown) => void>>): Cancel {
  const before = Object.entries(own).map(([name, listener]) => {
    const listeners = process.rawListeners(name) as Array<() => void>
    process.removeAllListeners(name)
    process.on(name, listener)
    return { name, listener, listeners }
  })
  return () => {
    for (const { name, listener, listeners } of before) {
      process.off(name, listener)
      for (const one of listeners) process.on(name, one)
    }
  }
}
