// The exploration as the process sees it: its globals are replaced, and one exploration runs at a time.

import { StateError } from '../../errors.ts'
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
  const listeners = process.listeners('unhandledRejection')
  const onRejection = (error: unknown) => current?.crash(error, 'unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', onRejection)
  try {
    return await work((schedule) => {
      current = schedule
    })
  } finally {
    process.off('unhandledRejection', onRejection)
    for (const listener of listeners) process.on('unhandledRejection', listener)
    undo()
    isExploring = false
  }
}
