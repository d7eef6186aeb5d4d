// The names of options and the types of their values. A compiler refuses others in a literal, but not in JavaScript or in a
// spread.

import { OptionError } from './duration.ts'

/**
 * The check of the value of an option: `'boolean'`, `'function'`, `'text'`, or the words that it may be. True for a value
 * that is checked where it is used. A boolean is always named: a text such as 'false' counts as true.
 */
export type OptionCheck<V> = [V] extends [boolean]
  ? 'boolean'
  : true | 'function' | 'text' | readonly string[]

/** The names of the options `T` with the checks of their values, complete by its type. */
export type OptionNames<T> = { readonly [Name in keyof T]-?: OptionCheck<Exclude<T[Name], undefined>> }

/**
 * Refuses options that do not exist, and values that have another type. A getter is not called: it reads the settings, which
 * may not be loaded yet.
 *
 * @param of the owner of the options in the error: `WebModule`, `shutdown`
 * @throws OptionError with the code `MYFY_OPTION_UNKNOWN` or `MYFY_OPTION_INVALID`
 */
export function assertKnownOptions<T>(of: string, options: T | undefined, names: OptionNames<T>): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null)
    throw new OptionError(
      'MYFY_OPTION_INVALID',
      `Cannot use ${shown(options)} as the options of ${of}: it is not an object. Use ${Object.keys(names).join(', ')} in an object.`,
    )
  for (const name of Object.keys(options))
    if (!Object.hasOwn(names, name)) throw unknownOption(of, name, Object.keys(names))
  assertOptionValues(of, options, names)
}

/** The part of {@link assertKnownOptions} for options whose names are checked elsewhere. */
export function assertOptionValues<T>(of: string, options: T, checks: Partial<OptionNames<T>>): void {
  for (const [name, check] of Object.entries(checks))
    assertValue(of, name, Object.getOwnPropertyDescriptor(options, name)?.value, check)
}

function unknownOption(of: string, name: string, known: readonly string[]): OptionError {
  const meant = meantName(name, known)
  const fix = meant === undefined ? `Use ${known.join(', ')}` : `Write ${meant}`
  return new OptionError(
    'MYFY_OPTION_UNKNOWN',
    `Cannot use the option '${name}' of ${of}: it does not exist. ${fix}.`,
  )
}

function assertValue(of: string, name: string, value: unknown, check: unknown): void {
  if (value === undefined || check === true) return
  const [reason, fix] = Array.isArray(check)
    ? [
        !check.includes(value) && 'it is not one of its values',
        `Use ${check.map((word) => `'${word}'`).join(' or ')}`,
      ]
    : typesOf[check as keyof typeof typesOf](value)
  if (reason)
    throw new OptionError(
      'MYFY_OPTION_INVALID',
      `Cannot use ${shown(value)} as ${name} of ${of}: ${reason}. ${fix}.`,
    )
}

const typesOf = {
  boolean: (value: unknown) => [typeof value !== 'boolean' && 'it is not a boolean', 'Pass true or false'],
  function: (value: unknown) => [typeof value !== 'function' && 'it is not a function', 'Pass a function'],
  text: (value: unknown) => [typeof value !== 'string' && 'it is not a text', 'Pass a text'],
}

/** Returns a value for a message: a short text as it is written, and no more than the type of an object. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40))
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return String(value)
  return `a value of type ${typeof value}`
}

/** Returns the name among `known` that somebody who wrote `name` has meant, if there is one. Case does not matter. */
export function meantName(name: string, known: readonly string[]): string | undefined {
  const similar = similarName(
    name.toLowerCase(),
    known.map((one) => one.toLowerCase()),
    Math.max(1, Math.floor(name.length / 3)),
  )
  const named = (lower: string | undefined) => known.find((one) => one.toLowerCase() === lower)
  return named(name.toLowerCase()) ?? named(similar)
}

/**
 * Returns the name among `names` that has the same letters in another order, or differs in at most `limit` letters, if
 * there is one; the nearest of several.
 */
export function similarName(name: string, names: Iterable<string>, limit: number): string | undefined {
  let nearest: string | undefined
  for (const other of names) {
    if (other === name) continue
    if (other.length === name.length && sorted(other) === sorted(name)) return other
    if (limit < 1 || Math.abs(other.length - name.length) > limit) continue
    const distance = editDistance(name, other, limit)
    if (distance > limit) continue
    nearest = other
    limit = distance - 1
  }
  return nearest
}

const sorted = (text: string) => [...text].sort().join('')

/** Counts the letters to insert, remove or change, row by row of the usual table; more than `limit` is not counted. */
function editDistance(a: string, b: string, limit: number): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 0; i < a.length; i++) {
    const above = row
    row = [i + 1]
    for (let j = 0; j < b.length; j++)
      row.push(Math.min((row[j] ?? 0) + 1, (above[j + 1] ?? 0) + 1, (above[j] ?? 0) + Number(a[i] !== b[j])))
    if (Math.min(...row) > limit) return limit + 1
  }
  return row[b.length] ?? 0
}
