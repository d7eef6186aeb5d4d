// Checks of option values at run time: NaN from an unset variable, `undefined` from a circular import.

import { isStandardSchema, OptionError } from '@myfy/core'
import { DURATION_FORM, parseDuration } from '@myfy/core/runtime'
import type { Routes } from './route-spec.ts'

/** The longest time of a timer of Node.js, in ms: about 24 days. It takes a longer one, such as Infinity, for 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1

/**
 * Throws an OptionError when an amount is not a number of at least 0. Every comparison with NaN is false, so that a limit
 * of NaN would never take effect.
 */
export function assertAmounts(of: string, unit: string, amounts: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(amounts)) {
    if (value === undefined || (typeof value === 'number' && value >= 0)) continue
    throw invalidAmount(of, name, value, `Set a number of ${unit}, 0 or greater`)
  }
}

/** Throws an OptionError when a value is not a duration, or is longer than a timer can wait for. */
export function assertTimes(of: string, times: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(times)) timeOf(of, name, value)
}

/**
 * Returns the milliseconds of a duration; undefined for undefined.
 *
 * @throws OptionError if it is not a duration, or longer than a timer can wait for
 */
export function timeOf(of: string, name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined
  const ms = typeof value === 'string' ? parseDuration(value) : value
  if (typeof ms === 'number' && ms >= 0 && ms <= MAX_TIMER_MS) return ms
  const range = Number(ms) > MAX_TIMER_MS ? `from 0 to ${MAX_TIMER_MS}` : '0 or greater'
  throw invalidAmount(of, name, value, `Set a number of ms, ${range}, or a text such as ${DURATION_FORM}`)
}

function invalidAmount(of: string, name: string, value: unknown, fix: string): OptionError {
  const given = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return new OptionError('MYFY_OPTION_INVALID', `Cannot configure ${of}: ${name} is ${given}. ${fix}.`)
}

/** Throws an OptionError when the status of a success is not one: a client waits for the answer after a 1xx. */
export function assertStatus(of: string, status: unknown): void {
  if (status === undefined || isStatus(status)) return
  const given = typeof status === 'string' ? JSON.stringify(status) : String(status)
  throw new OptionError(
    'MYFY_OPTION_INVALID',
    `Cannot configure ${of}: status is ${given}. Set a number from 200 to 599.`,
  )
}

/** Reports whether a value is the status of a final answer (RFC 9110, 15). */
export const isStatus = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 200 && (value as number) <= 599

/** Throws an OptionError when `list` is not an array, or holds an item that `isValid` rejects. */
export function assertList(
  name: string,
  of: string,
  list: unknown,
  isValid: (item: unknown) => boolean,
  expected: string,
): void {
  const invalid = (index: string, given: unknown): OptionError => {
    const hint = given === undefined ? ' If it is imported, look for a circular import.' : ''
    const kind = given === undefined || given === null ? String(given) : `a value of type ${typeof given}`
    return new OptionError(
      'MYFY_OPTION_INVALID',
      `Cannot configure ${of}: ${name}${index} is ${kind}. Pass ${expected}.${hint}`,
    )
  }
  if (!Array.isArray(list)) throw invalid('', list)
  list.forEach((item, i) => {
    if (!isValid(item)) throw invalid(`[${i}]`, item)
  })
}

/** Throws an OptionError when a value that is set is not one of the choices. */
export function assertChoice(name: string, of: string, value: unknown, choices: readonly string[]): void {
  if (value === undefined || choices.includes(value as string)) return
  const given = typeof value === 'string' ? JSON.stringify(value) : `a value of type ${typeof value}`
  throw new OptionError(
    'MYFY_OPTION_INVALID',
    `Cannot configure ${of}: ${name} is ${given}. Use ${listOf(choices)}.`,
  )
}

const listOf = (choices: readonly string[]): string =>
  choices
    .map((choice) => `'${choice}'`)
    .join(', ')
    .replace(/, ([^,]*)$/, ' or $1')

/** Reports whether a value is a group of routes. */
export const isRouteGroup = (value: unknown): boolean => Array.isArray((value as Routes | undefined)?.routes)

/** Reports whether a value is a function. */
export const isFunction = (value: unknown): boolean => typeof value === 'function'

/** Reports whether a value is a token of HTTP (RFC 9110, 5.6.2). */
export const isToken = (value: unknown): boolean =>
  typeof value === 'string' && /^[\w!#$%&'*+.^`|~-]+$/.test(value)

/** Reports whether a value is the name of a scope (RFC 6749, 3.3). */
export const isScope = (value: unknown): boolean =>
  typeof value === 'string' && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value)

/** Returns the reason why a schema of a spec is unusable, with the fix. */
export function schemaIssue(spec: object): readonly [reason: string, fix: string] | undefined {
  for (const part of ['params', 'query', 'headers', 'body', 'response', 'message'] as const) {
    if (!(part in spec)) continue
    const schema = (spec as Record<string, unknown>)[part]
    if (isStandardSchema(schema)) continue
    return schema === undefined
      ? [
          `the ${part} schema is undefined`,
          'If it is imported, look for a circular import; otherwise remove the property',
        ]
      : [`${part} is not a Standard Schema`, 'Pass a schema of zod, valibot or arktype']
  }
  return undefined
}
