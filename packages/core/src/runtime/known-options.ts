// The names of options. A compiler refuses an unknown one in a literal, but not in JavaScript or in a spread.

import { OptionError } from './duration.ts'
import { similarName } from './similar-name.ts'

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
    const similar = similarName(
      name.toLowerCase(),
      known.map((one) => one.toLowerCase()),
      Math.max(1, Math.floor(name.length / 3)),
    )
    const meant = known.find((one) => one.toLowerCase() === (similar ?? name.toLowerCase()))
    const fix = meant === undefined ? `Use ${known.join(', ')}` : `Write ${meant}`
    throw new OptionError(
      'MYFY_OPTION_UNKNOWN',
      `Cannot use the option '${name}' of ${of}: it does not exist. ${fix}.`,
    )
  }
}
