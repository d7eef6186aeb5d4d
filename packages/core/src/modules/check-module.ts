// The check of a value that is added as a module.

import { OptionError } from '../errors.ts'
import { durationOption } from '../runtime/duration.ts'
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
  'isHealthy',
  'transports',
  'commands',
  'canReuse',
  'handOff',
] as const

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
  const inject: unknown = module.inject
  if (inject === undefined || (typeof inject === 'object' && inject !== null)) return module
  throw new OptionError(
    'MYFY_MODULE_INVALID',
    `Cannot use inject of the module '${module.name}': it is of type ${inject === null ? 'null' : typeof inject}, not a list or a record of services. Write inject: { db: Database }.`,
  )
}

function notAModule(given: unknown): OptionError {
  if (typeof given === 'function') {
    return new OptionError(
      'MYFY_MODULE_INVALID',
      `Cannot add the class ${given.name} as a module: it is not an instance. Write new ${given.name}().`,
    )
  }
  return new OptionError(
    'MYFY_MODULE_INVALID',
    `Cannot add ${String(given)} as a module: it is not an object. If it is imported, look for a circular import.`,
  )
}
