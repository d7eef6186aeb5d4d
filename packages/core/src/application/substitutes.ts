// What a test puts in place of the process, for applications that do not know of it.

import type { Logger } from '../events/logger.ts'
import type { HookCaller } from '../hooks/hook-run.ts'
import type { Cancel } from '../process/clock.ts'
import type { Host } from '../process/host.ts'

/** The parts of an application that a test replaces, whatever its options are. */
export interface Substitutes {
  readonly host: Host
  readonly logger: Logger
  readonly callHook: HookCaller
}

/** Applications of another copy of this package are substituted as well. */
const key = Symbol.for('myfy.application.substitutes')

type Holder = { [key]?: Substitutes | undefined }

/** Returns the substitutes for an application that is created now; undefined outside of such a test. */
export function currentSubstitutes(): Substitutes | undefined {
  return (globalThis as Holder)[key]
}

/** Replaces parts of every application that is created until cancelled. */
export function substitute(parts: Substitutes): Cancel {
  const holder = globalThis as Holder
  holder[key] = parts
  return () => {
    if (holder[key] === parts) holder[key] = undefined
  }
}
