// The authentications of a route, of which a request needs one.

import type { AnyAuth } from './define-auth.ts'

/** Returns the option `auth` as a list. */
export function alternativesOf(option: AnyAuth | readonly AnyAuth[] | false | undefined): readonly AnyAuth[] {
  if (option === undefined || option === false) return []
  return Array.isArray(option) ? option : [option as AnyAuth]
}

/** Returns the seeds of the identity that every alternative provides. */
export function providedIdentity(alternatives: readonly AnyAuth[]): ReadonlyArray<AnyAuth['identity']> {
  const [first, ...others] = alternatives
  if (first === undefined || alternatives.some(({ isOptional }) => isOptional)) return []
  return others.every(({ identity }) => identity === first.identity) ? [first.identity] : []
}
