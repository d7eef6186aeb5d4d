// The configuration that all command parsers share.

import { unpunctuated } from '@myfy/core/runtime'
import { type Command, CommanderError, Option } from 'commander'
import { UsageError } from '../errors.ts'
import { refuseEmptyValues } from './option-checks.ts'
import type { Terminal } from './terminal.ts'

/** Returns the option `--app`: the application that a command applies to. */
export const appOption = () =>
  new Option('-a, --app <entry>', 'the application: path/to/file.ts[:export] (or MYFY_APP)')

/** Returns the option `--profile`: the `.env` files to read. */
export const profileOption = () =>
  new Option('--profile <name>', 'read .env.<name> as well (or MYFY_PROFILE)')

/** Formats examples for the end of a help text. */
export function examples(...commands: readonly string[]): string {
  return `\nExamples:\n${commands.map((text) => `  $ ${text}`).join('\n')}`
}

/** Makes a parser print its help to our terminal, and throw instead of ending the process. */
export function configureCommand(command: Command, terminal: Terminal): Command {
  return command
    .exitOverride()
    .configureOutput({
      // The parser does not wrap descriptions of fewer than 40 columns.
      writeOut: (text) => terminal.printText(text.replace(/\n$/, ''), 4),
      // Errors are thrown, and reported like every other error.
      writeErr: () => {},
      getOutHelpWidth: () =>
        Math.min(100, terminal.columns === Number.POSITIVE_INFINITY ? 100 : terminal.columns),
      getOutHasColors: () => terminal.colors.isColorSupported,
      stripColor: (text) => text,
    })
    .showSuggestionAfterError(true)
    .hook('preAction', (_, called) => refuseEmptyValues(called))
}

/** Parses words and awaits the action. Printing a help text is not an error. @throws UsageError */
export async function parseAsync(command: Command, words: readonly string[]): Promise<void> {
  try {
    await command.parseAsync([...words], { from: 'user' })
  } catch (error) {
    rethrow(error)
  }
}

/** Parses words with an action that is synchronous. @throws UsageError */
export function parse(command: Command, words: readonly string[], terminal: Terminal): void {
  try {
    configureCommand(command, terminal).parse([...words], { from: 'user' })
  } catch (error) {
    rethrow(error)
  }
}

/** Returns the index of the first word that is neither an option nor the value of one; -1 if there is none. */
export function findCommandWord(words: readonly string[]): number {
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    if (word === '--app' || word === '-a' || word === '--profile') i++
    else if (!word.startsWith('-')) return i
  }
  return -1
}

/** Turns an error of commander into a {@link UsageError}; its message ends with a suggestion if it has one. */
function rethrow(error: unknown): void {
  if (!(error instanceof CommanderError)) throw error
  if (error.exitCode === 0 || error.code === 'commander.help') return
  const [, reason = '', suggestion] = /^(?:error: )?([\s\S]*?)(?:\n\((Did you mean .*\?)\))?$/.exec(
    error.message,
  )!
  const fix = suggestion ?? optionInstead(reason) ?? 'Add --help to list the arguments and options'
  throw new UsageError(
    `Cannot read the command line: ${unpunctuated(reason)}. ${fix.replace(/([^.?])$/, '$1.')}`,
  )
}

/** Returns the fix for a command that takes an option in place of the argument it was given. */
function optionInstead(reason: string): string | undefined {
  const [, command] = /^too many arguments for '(\w+)'\. Expected 0 /.exec(reason) ?? []
  if (command === undefined) return undefined
  return command === 'health' || command === 'inspect'
    ? `Name the instance by an option: myfy ${command} --url <url>`
    : `Name the application by an option: myfy ${command} --app <file>`
}

/**
 * Returns the words of the command `db prove` for `prove [entry] --crash`, which belongs to the module of the database;
 * undefined for other command lines.
 */
export function crashWords(words: readonly string[], at: number): readonly string[] | undefined {
  if (words[at] !== 'prove' || !words.includes('--crash')) return undefined
  const rest = words.slice(at + 1).filter((word) => word !== '--crash')
  const entry = words[at + 1]
  const own = [...words.slice(0, at), 'db', 'prove']
  if (entry === undefined || entry.startsWith('-')) return [...own, ...rest]
  // The processes are started with the entry from which the application is loaded.
  return [...own, ...rest.slice(1), '--app', entry, '--entry', entry]
}
