/** The names of options: the types refuse an unknown one, JavaScript and a spread do not. */
import { InvalidProviderError } from '../errors.ts'
import { similarName } from './similar-name.ts'

/**
 * Refuses an option that does not exist, with `MYFY_OPTION_UNKNOWN`.
 *
 * @param of the owner of the options in the error: `the singleton Users`
 */
export function checkOptions(of: () => string, options: object | undefined, names: readonly string[]): void {
  for (const name in options) {
    if (names.includes(name)) continue
    const meant = similarName(name, names)
    throw new InvalidProviderError(
      'MYFY_OPTION_UNKNOWN',
      `Cannot use the option '${name}' of ${of()}: it does not exist.`,
      [],
      meant === undefined ? `Use ${names.join(', ')}.` : `Write ${meant}.`,
    )
  }
}
