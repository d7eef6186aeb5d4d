// What a module adds to a proof: which rows it repeats by itself, and what must hold when everything has ended.

import type { Connection } from '../engine/engine.ts'

/** The part of a module in `myfy prove --crash`. `TasksModule` has one, in its method `crashCheck()`. */
export interface CrashCheck {
  /** Lets the time pass that others wait for before they take over from a process that was gone at `since`. */
  passTime(connection: Connection, since: Date): Promise<unknown>
  /** Returns true if nothing is left to do. */
  isSettled(connection: Connection): Promise<boolean>
  /** Returns what must be the same after a run with a fault as after one without: the jobs by task and state. */
  observe(connection: Connection): Promise<unknown>
  /** Removes what a run has left. */
  reset(connection: Connection): Promise<unknown>
  /** Names a statement: `a job is claimed`. */
  label(sql: string): string | undefined
}

/** Returns the checks of modules. */
export function crashChecksOf(modules: readonly object[]): readonly CrashCheck[] {
  return modules.flatMap((module) => {
    const { crashCheck } = module as { crashCheck?: unknown }
    return typeof crashCheck === 'function' ? [crashCheck.call(module) as CrashCheck] : []
  })
}
