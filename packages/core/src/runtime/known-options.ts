// The names of options. A compiler refuses an unknown one in a literal, but not in JavaScript or in a spread.

import { OptionError } from './duration.ts'

/** The names of the options `T`, complete by its type. */
export type OptionNames<T> = Readonly<Record<keyof T, true>>

/**
 * Refuses options that do not exist.
 *
 * @param of the owner of the options in the error: `WebModule`, `shutdown`
 * @throws OptionError with the code `MYFY_OPTION_UNKNOWN`
 */
export function assertKnownOptions<T>(of: string, options: T | undefined, names: OptionNames<T>): void {
  if (typeof options !== 'object' || options === null) return
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(names, name)) continue
    const known = Object.keys(names)
    const meant = meantName(name, known)
    const fix = meant === undefined ? `Use ${known.join(', ')}` : `Write ${meant}`
    throw new OptionError(
      'MYFY_OPTION_UNKNOWN',
      `Cannot use the option '${name}' of ${of}: it does not exist. ${fix}.`,
    )
  }
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
