// What a command refuses although its words can be parsed: values that are empty, and options without an effect.

import type { Command } from 'commander'
import { UsageError } from '../errors.ts'

/** The options that decide whether another one has an effect, by its flag. */
export type OptionRules = Readonly<Record<string, { readonly needs: string } | { readonly excludes: string }>>

/** The declaration of the arguments of a command that takes none, and says so itself. */
export const NO_ARGUMENTS = '[none...]'

/** Refuses empty values: a script that passes a variable which is not set does not mean the default. @throws UsageError */
export function refuseEmptyValues(called: Command): void {
  for (const option of called.options) {
    // The value of `--inspect` is optional.
    if (option.optional) continue
    const values: unknown[] = [called.getOptionValue(option.attributeName())].flat()
    if (values.some(isBlank)) throw emptyValue(option.long ?? option.flags)
  }
  const at = called.args.findIndex(isBlank)
  const argument = called.registeredArguments[at] ?? called.registeredArguments.at(-1)
  if (at < 0 || argument === undefined || argument.name() === 'none') return
  const fix = argument.required ? 'Write a value' : 'Write a value, or leave it out'
  throw new UsageError(`Cannot use the argument ${argument.name()}: it is empty. ${fix}.`)
}

/** Returns the error of an option with an empty value. */
export const emptyValue = (flag: string): UsageError =>
  new UsageError(`Cannot use ${flag}: its value is empty. Write a value, or leave the option out.`)

const isBlank = (value: unknown): boolean => typeof value === 'string' && value.trim() === ''

/** Makes a command refuse options that would have no effect. */
export function addRules(command: Command, rules: OptionRules): Command {
  return command.hook('preAction', (_, called) => {
    for (const [flag, rule] of Object.entries(rules)) {
      if (!isGiven(called, flag)) continue
      if ('needs' in rule && !isGiven(called, rule.needs))
        throw new UsageError(
          `Cannot use ${flag}: it has an effect only with ${rule.needs}. Add ${rule.needs}, or leave out ${flag}.`,
        )
      if ('excludes' in rule && isGiven(called, rule.excludes))
        throw new UsageError(
          `Cannot use ${flag} with ${rule.excludes}: it would have no effect. Leave out one of them.`,
        )
    }
  })
}

/** Reports whether the command line has a flag. Of `--reload` and `--no-reload` the last one counts. */
function isGiven(called: Command, flag: string): boolean {
  const option = called.options.find(({ long }) => long === flag)
  if (option === undefined) return false
  const name = option.attributeName()
  return (
    called.getOptionValueSource(name) === 'cli' && (called.getOptionValue(name) === false) === option.negate
  )
}
