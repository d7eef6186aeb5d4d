// Which modules of a running application the next one may keep: those of which nothing has changed.

import { hasPlans, type Recording } from '@myfy/di/reuse'
import { BaseModule, type Module } from './module.ts'

/** What a module was made with, as far as it can be seen: its own fields before anything touched it. */
export type Snapshot = Readonly<Record<string, unknown>>

/** The fields of a module that nothing has configured yet. */
export function snapshotOf(module: Module): Snapshot {
  return { ...module }
}

/** A module that runs, as far as its successor has to know it. */
export interface RunningModule {
  readonly module: Module
  readonly snapshot: Snapshot
  /** What it registered. */
  readonly recording: Recording
  /** Started, and not being stopped. */
  readonly started: boolean
}

/**
 * Whether `next`, which nothing has touched yet, may be replaced by the module that runs. Its class must be the very
 * same (so no file that it was made of was evaluated again), and its options equal. A transport's module is always
 * replaced: it is what leads requests to the new code.
 */
export function isReusable(next: Module, running: RunningModule): boolean {
  const { module, recording, started, snapshot } = running
  if (!started || module.transports || module.handOff || hasPlans(recording)) return false
  if (next === module) return true
  if (next.constructor !== module.constructor || next.constructor === Object) return false
  if (next.canReuse) return next.canReuse(module)
  return isOpen(next.constructor) && equal(snapshotOf(next), snapshot)
}

/** Whether fields tell all: a class that hides fields, and is given something to hide in them, can't be compared. */
function isOpen(type: object): boolean {
  for (
    let at: unknown = type;
    typeof at === 'function' && at !== BaseModule && at !== Function.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    const source = Function.prototype.toString.call(at)
    const hides = /#[\p{ID_Start}$_]/u.test(source)
    const isGiven = /\bconstructor\s*\(\s*[^\s)]/.test(source)
    if (hides && isGiven) return false
  }
  return true
}

/** Plain data by its content, everything else (functions, instances) by identity. */
export function equal(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const prototype: unknown = Object.getPrototypeOf(a)
  if (prototype !== Object.getPrototypeOf(b)) return false
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime()
  if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return false
  const keys = Reflect.ownKeys(a)
  if (keys.length !== Reflect.ownKeys(b).length) return false
  return keys.every((key) => Object.hasOwn(b, key) && equal(Reflect.get(a, key), Reflect.get(b, key)))
}
