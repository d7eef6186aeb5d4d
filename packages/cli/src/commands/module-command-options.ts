// The options and arguments of a command that a module contributes.

import type { ModuleCommand } from '@myfy/core'
import { Command } from 'commander'
import { UsageError } from '../errors.ts'
import { appOption, examples, parse, profileOption } from '../terminal/command-options.ts'
import type { CliContext } from '../terminal/context.ts'

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
    .arguments(command.args ?? '[none...]')
    .usage(`[options] ${command.args ?? ''}`.trim())
    .addOption(appOption())
    .addOption(profileOption())
    .addHelpText('after', examples(line, `${line} --app src/app.ts`))
  for (const [name, { type, description, default: initial }] of options) {
    parser.option(type === 'boolean' ? `--${kebab(name)}` : `--${kebab(name)} <value>`, description, initial)
  }
  let parsed: ParsedCommand | undefined
  parser.action(() => {
    const [first] = parser.args
    if (first !== undefined && command.args === undefined)
      throw new UsageError(
        `Cannot run 'myfy ${command.name}' with '${first}': it takes no arguments. Leave it out; --app names the file of the application.`,
      )
    const given: Record<string, string | boolean | undefined> = parser.opts()
    const values = options.map(([name, option]) => [name, given[camel(name)] ?? option.default])
    parsed = { options: Object.fromEntries(values), args: parser.args }
  })
  parse(parser, words, terminal)
  return parsed
}

const kebab = (name: string) => name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase()
const camel = (name: string) =>
  kebab(name).replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
