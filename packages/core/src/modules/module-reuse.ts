// The modules of a running application that the next one may reuse: those that have not changed.

import { hasPlans, type Recording } from '@myfy/di/reuse'
import { BaseModule } from './base-module.ts'
import type { Module } from './module.ts'

/** The fields of a module before anything configured it, which stand for the options it was made with. */
export type Snapshot = Readonly<Record<string, unknown>>

/** Returns the fields of a module that is not configured yet. */
export function snapshotOf(module: Module): Snapshot {
  return { ...module }
}

/** A module of the running application. */
export interface RunningModule {
  readonly module: Module
  readonly snapshot: Snapshot
  /** The providers that it registered. */
  readonly recording: Recording
  /** True if it has started and is not stopping. */
  readonly started: boolean
}

/**
 * Returns the reason why the running module cannot be reused instead of `next`, which is not configured yet; undefined if
 * it can. The class must be the same
 * object (so none of its files was evaluated again), and the options equal. A module with a transport is never reused:
 * its transport leads requests to the new code.
 */
export function reuseObstacle(next: Module, running: RunningModule): string | undefined {
  const { module, recording, started, snapshot } = running
  if (!started) return 'it has not started'
  if (module.transports) return 'it serves requests, which need the new code'
  if (module.handOff) return 'it hands its state to its next instance'
  if (hasPlans(recording)) return 'it has declared entry points'
  if (next === module) return undefined
  if (next.constructor !== module.constructor) return 'a file of its class was evaluated again'
  if (next.constructor === Object) return 'it is an object without a class'
  if (next.canReuse) return next.canReuse(module) ? undefined : 'its canReuse() returned false'
  if (!isOpen(next.constructor)) return 'private fields may hide its options'
  return isEqual(snapshotOf(next), snapshot) ? undefined : 'its options differ'
}

/**
 * Reports whether the fields of a class show all that its constructor was given. JavaScript has no reflection of private fields:
 * neither `Reflect.ownKeys` nor a proxy sees them. The source text is the one trace of them, and it is read with care for
 * a single side: a class that seems to hide an argument is replaced, which costs a restart of the module; a class that
 * hid one and was reused would run with old options. A module that knows better implements `canReuse`.
 */
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

/** Compares plain data by content, and everything else (functions, instances) by identity. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const prototype: unknown = Object.getPrototypeOf(a)
  if (prototype !== Object.getPrototypeOf(b)) return false
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime()
  if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return false
  const keys = Reflect.ownKeys(a)
  if (keys.length !== Reflect.ownKeys(b).length) return false
  return keys.every((key) => Object.hasOwn(b, key) && isEqual(Reflect.get(a, key), Reflect.get(b, key)))
}
