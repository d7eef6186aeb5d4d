// The check of a value that is added as a module.

import { OptionError } from '../errors.ts'
import { durationOption } from '../runtime/duration.ts'
import { meantName, similarName } from '../runtime/known-options.ts'
import { INJECTION_FIX, injectionProblem } from '../runtime/modules/injection.ts'
import type { Module } from './module.ts'

const hooks = [
  'modules',
  'configure',
  'extend',
  'finalize',
  'start',
  'ready',
  'drain',
  'stop',
  'flush',
  'isHealthy',
  'transports',
  'commands',
  'planEntries',
  'diagnose',
  'handlerOptions',
  'canReuse',
  'handOff',
] as const
const fields = [
  'name',
  'requires',
  'settings',
  'inject',
  'exclusive',
  'startTimeout',
  'stopTimeout',
] as const satisfies ReadonlyArray<Exclude<keyof Module, (typeof hooks)[number]>>
const hookNames: ReadonlySet<string> = new Set(hooks)

/** Returns a module that is well-formed. @throws OptionError that names the likely mistake */
export function checkModule(module: Module): Module {
  if (typeof module !== 'object' || module === null) throw notAModule(module)
  for (const limit of ['startTimeout', 'stopTimeout'] as const) {
    const given = module[limit]
    if (given !== undefined)
      durationOption(`${limit} of the module '${module.name}'`, given, { unlimited: true })
  }
  for (const hook of hooks) {
    const given: unknown = module[hook]
    if (given === undefined || typeof given === 'function') continue
    throw new OptionError(
      'MYFY_MODULE_INVALID',
      `Cannot use ${hook} of the module '${module.name}': it is of type ${typeof given}, not a function. Pass the function without calling it.`,
    )
  }
  checkHookNames(module)
  checkFieldNames(module)
  const inject: unknown = module.inject
  const problem = injectionProblem(inject)
  if (problem !== undefined)
    throw new OptionError(
      'MYFY_MODULE_INVALID',
      `Cannot use inject of the module '${module.name}': ${problem}. ${INJECTION_FIX}.`,
    )
  if (inject === undefined || (typeof inject === 'object' && inject !== null)) return module
  throw new OptionError(
    'MYFY_MODULE_INVALID',
    `Cannot use inject of the module '${module.name}': it is of type ${inject === null ? 'null' : typeof inject}, not a list or a record of services. Write inject: { db: Database }.`,
  )
}

/** Refuses a method whose name is nearly that of a hook, because it would never be called. */
function checkHookNames(module: Module): void {
  for (const name of methodNames(module)) {
    if (hookNames.has(name)) continue
    const hook = hooks.find((one) => !(one in module) && isMisspelled(name, one))
    if (hook === undefined) continue
    throw new OptionError(
      'MYFY_MODULE_INVALID',
      `Cannot use the method '${name}' of the module '${module.name}': it is not a hook. Write ${hook}, or choose another name.`,
    )
  }
}

/** Refuses a field of a literal whose name is nearly that of a module's: `require` would leave the order to chance. */
function checkFieldNames(module: Module): void {
  // A class may have other fields.
  if (Object.getPrototypeOf(module) !== Object.prototype) return
  for (const [name, value] of Object.entries(Object.getOwnPropertyDescriptors(module))) {
    if (typeof value.value === 'function' || (fields as readonly string[]).includes(name)) continue
    const absent = fields.filter((field) => !Object.hasOwn(module, field))
    const meant = meantName(name, absent)
    if (meant === undefined) continue
    throw new OptionError(
      'MYFY_MODULE_INVALID',
      `Cannot use the field '${name}' of the module '${module.name}': a module has no such field. Write ${meant}, or choose another name.`,
    )
  }
}

function methodNames(module: object): readonly string[] {
  const names: string[] = []
  for (let owner = module; owner && owner !== Object.prototype; owner = Object.getPrototypeOf(owner)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(owner)))
      if (typeof value === 'function') names.push(name)
  }
  return names
}

/**
 * Reports whether a name is a hook in another case or with its letters in another order (`Start`, `strat`), or a long hook
 * with one letter changed (`isHealty`). A hook that only lacks its last letter is another word: `transport`.
 */
function isMisspelled(name: string, hook: string): boolean {
  if (name === hook || name === hook.slice(0, -1)) return false
  const limit = hook.length >= 8 ? 1 : 0
  // Every start, also that of a reload, compares each method with each hook.
  if (Math.abs(name.length - hook.length) > limit) return false
  return (
    name.toLowerCase() === hook.toLowerCase() ||
    similarName(name.toLowerCase(), [hook.toLowerCase()], limit) !== undefined
  )
}

function notAModule(given: unknown): OptionError {
  if (typeof given === 'function') {
    const name = typeof given.name === 'string' && given.name !== '' ? ` ${given.name}` : ''
    const isClass = Object.getOwnPropertyDescriptor(given, 'prototype')?.writable === false
    return new OptionError(
      'MYFY_MODULE_INVALID',
      isClass
        ? `Cannot add the class${name} as a module: it is not an instance. Write new${name}().`
        : `Cannot add the function${name} as a module: it is not an object. Add what it returns, or defineModule({ name, start }).`,
    )
  }
  return new OptionError(
    'MYFY_MODULE_INVALID',
    `Cannot add ${String(given)} as a module: it is not an object. If it is imported, look for a circular import.`,
  )
}
