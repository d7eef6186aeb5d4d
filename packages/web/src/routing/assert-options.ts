// What the types refuse and still comes: NaN out of a variable that is not set, what a circular import left undefined.

import { isStandardSchema, OptionError } from '@myfy/core'
import type { Routes } from './route.ts'

/** Refuses what is no amount: every comparison with NaN is false, so it would be no limit at all. */
export function assertAmounts(of: string, unit: string, amounts: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(amounts)) {
    if (value === undefined || (typeof value === 'number' && value >= 0)) continue
    const given = typeof value === 'string' ? JSON.stringify(value) : String(value)
    throw new OptionError(
      'MYFY_OPTION_INVALID',
      `${name} of ${of} is ${given}; it must be a number of ${unit}, 0 or more`,
    )
  }
}

/** Refuses a list that has something else in it. */
export function assertList(
  name: string,
  of: string,
  list: unknown,
  fits: (item: unknown) => boolean,
  instead: string,
): void {
  const wrong = (place: string, given: unknown): OptionError => {
    const hint = given === undefined ? '; if it is imported, look for a circular import' : ''
    const kind = given === undefined || given === null ? String(given) : `of type ${typeof given}`
    return new OptionError(
      'MYFY_OPTION_INVALID',
      `${name}${place} of ${of} is ${kind}; it must be ${instead}${hint}`,
    )
  }
  if (!Array.isArray(list)) throw wrong('', list)
  list.forEach((item, i) => {
    if (!fits(item)) throw wrong(`[${i}]`, item)
  })
}

/** Whether it is a group of routes. */
export const isRouteGroup = (value: unknown): boolean => Array.isArray((value as Routes | undefined)?.routes)

/** Whether it can be called. */
export const isFunction = (value: unknown): boolean => typeof value === 'function'

/** The sentence about a schema that is named and not there: without it nothing would be checked. */
export function schemaFault(spec: object): string | undefined {
  for (const part of ['params', 'query', 'headers', 'body', 'response'] as const) {
    if (!(part in spec)) continue
    const schema = (spec as Record<string, unknown>)[part]
    if (isStandardSchema(schema)) continue
    return schema === undefined
      ? `${part} is undefined, so nothing would be checked; if it is imported, look for a circular import, else leave it out`
      : `${part} is no Standard Schema (zod, valibot, arktype)`
  }
  return undefined
}
