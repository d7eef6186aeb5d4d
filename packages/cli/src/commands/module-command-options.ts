// The options and arguments of a command that a module contributes.

import type { CommandOption, ModuleCommand } from '@myfy/core'
import { Command } from 'commander'
import { UsageError } from '../errors.ts'
import { appOption, examples, parse, profileOption } from '../terminal/command-options.ts'
import type { CliContext } from '../terminal/context.ts'
import { NO_ARGUMENTS } from '../terminal/option-checks.ts'

/** The parsed words behind the name of a command. */
export interface ParsedCommand {
  readonly options: Readonly<Record<string, string | boolean | undefined>>
  readonly args: readonly string[]
}

/** Parses the words behind the name of a command. Returns undefined if its help was requested and printed. */
export function parseModuleCommand(
  { terminal }: CliContext,
  command: ModuleCommand,
  words: readonly string[],
): ParsedCommand | undefined {
  const options = Object.entries(command.options ?? {})
  const line = `myfy ${command.name} ${command.args ?? ''}`.trim()
  const parser = new Command(`myfy ${command.name}`)
    .description(command.description)
    .arguments(command.args ?? NO_ARGUMENTS)
    .usage(`[options] ${command.args ?? ''}`.trim())
    .addOption(appOption())
    .addOption(profileOption())
    .addHelpText('after', examples(line, `${line} --app src/app.ts`))
  for (const [name, { type, description, default: initial, choices, integer }] of options) {
    const values = choices ? `: ${choices.join(', ')}` : ''
    const flag = type === 'boolean' ? `--${kebab(name)}` : `--${kebab(name)} ${integer ? '<n>' : '<value>'}`
    parser.option(flag, description + values, initial)
  }
  let parsed: ParsedCommand | undefined
  parser.action(() => {
    const [first] = parser.args
    if (first !== undefined && command.args === undefined)
      throw new UsageError(
        `Cannot run 'myfy ${command.name}' with '${first}': it takes no arguments. Leave it out; --app names the file of the application.`,
      )
    const given: Record<string, string | boolean | undefined> = parser.opts()
    const values = options.map(([name, option]) => [
      name,
      accepted(`--${kebab(name)}`, option, given[camel(name)] ?? option.default),
    ])
    parsed = { options: Object.fromEntries(values), args: parser.args }
  })
  parse(parser, words, terminal)
  return parsed
}

/** Returns the value of an option. @throws UsageError for one that the option does not accept */
function accepted(
  name: string,
  { choices, integer }: CommandOption,
  value: string | boolean | undefined,
): string | boolean | undefined {
  if (typeof value !== 'string') return value
  if (choices !== undefined) {
    const choice = choices.find((one) => one.toLowerCase() === value.toLowerCase())
    if (choice !== undefined) return choice
    throw new UsageError(
      `Cannot use ${name} ${value}: it is not a value of this option. Use ${choices.join(', ')}.`,
    )
  }
  if (integer === undefined) return value
  const [least, most] = integer
  if (/^\d+$/.test(value) && Number(value) >= least && Number(value) <= most) return value
  throw new UsageError(
    `Cannot use ${name} ${value}: it is not a whole number. Use a number from ${least} to ${most}.`,
  )
}

const kebab = (name: string) => name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase()
const camel = (name: string) =>
  kebab(name).replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
