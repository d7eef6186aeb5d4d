// Commands that modules contribute: `myfy routes`, `myfy db migrate`.

import type { Application, ModuleCommand } from '@myfy/core'
import { fitText, messageOf } from '@myfy/core/runtime'
import { inspect } from '../entry/inspect.ts'
import { closestMatch, isTypo } from '../entry/suggest.ts'
import { EntryNotFoundError, UsageError } from '../errors.ts'
import type { CliContext, CommandResult } from '../terminal/context.ts'
import { emptyValue } from '../terminal/option-checks.ts'
import { parseModuleCommand } from './module-command-options.ts'
import { runCommand } from './run-module-command.ts'

/** A command and the module that contributes it. */
export interface ContributedCommand extends ModuleCommand {
  readonly module: string
}

/** Every field of a command, so that the compiler reports one that is not copied. */
type AllFields = { readonly [Name in keyof Required<ContributedCommand>]: ContributedCommand[Name] }

/** Returns the commands of all modules. */
function contributedCommands(app: Application): readonly ContributedCommand[] {
  return app.modules.flatMap((module) =>
    (module.commands?.() ?? []).map((command) => {
      const { name, description, options, args, only, starts, inspects } = command
      // A spread would lose the methods of a class.
      const run: ModuleCommand['run'] = (commandContext) => command.run(commandContext)
      return {
        name,
        description,
        options,
        args,
        only,
        starts,
        inspects,
        run,
        module: module.name,
      } satisfies AllFields
    }),
  )
}

/** Runs the command that the words from `at` on name. @throws UsageError if no module contributes it */
export async function runModuleCommand(
  context: CliContext,
  words: readonly string[],
  at: number,
  builtIn: readonly string[],
): Promise<CommandResult> {
  const { app: requested, profile } = globalOptions(words)
  const find = (app: Application) => longestMatch(contributedCommands(app), words.slice(at))
  const placeholders = (app: Application) => find(app)?.inspects === true
  let found = false
  try {
    const options = { app: requested, profile, allowInvalid: true, placeholders }
    return await inspect(context, options, async (inspected) => {
      const command = find(inspected.app)
      if (!command) throw unknownCommand(words.slice(at), builtIn, contributedCommands(inspected.app))
      found = true
      const length = command.name.split(' ').length
      const rest = [...words.slice(0, at), ...words.slice(at + length)]
      const parsed = parseModuleCommand(context, command, rest)
      if (parsed === undefined) return 0
      if (inspected.initializeError !== undefined) throw inspected.initializeError
      return runCommand(context, inspected.app, command, parsed)
    })
  } catch (error) {
    if (found || error instanceof UsageError) throw error
    if (requested !== undefined && error instanceof EntryNotFoundError) throw error
    throw unavailableCommand(words[at] ?? '', builtIn, error)
  }
}

/** Returns the commands of the modules for the general help, or the reason why they are not known. */
export async function helpOfModules(context: CliContext, words: readonly string[]): Promise<string> {
  const { app, profile } = globalOptions(words)
  let text = ''
  try {
    const options = { app, profile, allowInvalid: true, placeholders: () => true }
    await inspect(context, options, (inspected) => {
      const commands = contributedCommands(inspected.app)
      if (commands.length === 0) return
      const width = Math.max(...commands.map(({ name }) => name.length))
      const rows = commands.map(({ name, description, module }) =>
        fitText(`  ${name.padEnd(width)}  ${description} (${module})`, context.terminal.columns, width + 2),
      )
      text = `\nCommands of the modules in ${inspected.entry.description}:\n${rows.join('\n')}`
    })
  } catch (error) {
    const [reason = ''] = context.terminal.redact(messageOf(error)).split(/:?\n/)
    text = `\nMore commands come from modules. ${reason.replace(/([^.])$/, '$1.')}`
  }
  return text
}

function longestMatch(
  commands: readonly ContributedCommand[],
  words: readonly string[],
): ContributedCommand | undefined {
  const text = `${words.join(' ')} `
  const matching = commands.filter(({ name }) => text.startsWith(`${name} `))
  return matching.sort((a, b) => b.name.length - a.name.length)[0]
}

function unknownCommand(
  words: readonly string[],
  builtIn: readonly string[],
  commands: readonly ContributedCommand[],
): UsageError {
  const [word = ''] = words
  const plain = words.filter((one) => !one.startsWith('-'))
  const group = commands.filter(({ name }) => name.startsWith(`${word} `)).map(({ name }) => name)
  if (group.length > 0) {
    const names = group.map((name) => name.slice(word.length + 1)).join(', ')
    if (plain.length < 2)
      return new UsageError(`Cannot run '${word}': it is a group of commands. Add one of: ${names}.`)
    const given = plain.slice(0, 2).join(' ')
    const match = closestMatch(given, group)
    const guess = match !== undefined && isTypo(given, match) ? ` Did you mean '${match}'?` : ''
    return new UsageError(`Cannot run '${given}': it is not a command.${guess} Use one of: ${names}.`)
  }
  if (/[./\\]/.test(word)) {
    return new UsageError(`Cannot run '${word}': it is not a command. Run a file with \`myfy run ${word}\`.`)
  }
  const all = [...builtIn, ...commands.map(({ name }) => name)]
  // Of two words, both count: `task list` is neither `tasks worker` nor `test`.
  const pair = plain.slice(0, 2).join(' ')
  const match =
    [closestMatch(pair, all)].find((one) => one !== undefined && isTypo(pair, one)) ?? closestMatch(word, all)
  const guess = match === undefined ? '' : ` Did you mean '${match}'?`
  return new UsageError(
    `Cannot run '${word}': it is not a command.${guess} \`myfy --help\` lists all commands.`,
  )
}

/** The application that might contribute a command could not be loaded. */
function unavailableCommand(word: string, builtIn: readonly string[], cause: unknown): unknown {
  const match = closestMatch(word, builtIn)
  // The word may be a command of the application that cannot be loaded: its error is what keeps it from running.
  if (!(cause instanceof EntryNotFoundError) && (match === undefined || !isTypo(word, match))) return cause
  const guess = match === undefined ? '' : ` Did you mean '${match}'?`
  return new UsageError(
    `Cannot run '${word}': it is not a command of myfy.${guess} \`myfy --help\` lists all commands.\nModules may contribute it, but: ${messageOf(cause)}`,
  )
}

/** Reads `--app` and `--profile`, which decide what is loaded before the other options are known. */
function globalOptions(words: readonly string[]): { app?: string; profile?: string } {
  const value = (...names: string[]) => {
    for (const [i, word] of words.entries()) {
      for (const name of names) {
        const isJoined = word.startsWith(`${name}=`)
        if (word !== name && !isJoined) continue
        const given = isJoined ? word.slice(name.length + 1) : words[i + 1]
        if (given?.trim() !== '') return given
        throw emptyValue(name)
      }
    }
    return undefined
  }
  return { app: value('--app', '-a'), profile: value('--profile') }
}
