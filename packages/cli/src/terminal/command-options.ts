// What the commands' parsers have in common.

import { type Command, CommanderError, Option } from 'commander'
import { UsageError } from '../errors.ts'
import type { Terminal } from './terminal.ts'

/** `--app`: which application a command is about. */
export const appOption = () =>
  new Option('-a, --app <entry>', 'the application: path/to/file.ts[:export] (or MYFY_APP)')

/** `--profile`: which `.env` files are read. */
export const profileOption = () =>
  new Option('--profile <name>', 'read .env.<name> as well (or MYFY_PROFILE)')

/** Examples below a help text. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((text) => `  $ ${text}`).join('\n')}`
}

/** Lets a parser print help where we print, and throw instead of ending the process. */
export function configureCommand(command: Command, terminal: Terminal): Command {
  return command
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.print(text.replace(/\n$/, '')),
      // What is wrong is thrown, and reported like every other error.
      writeErr: () => {},
      getOutHelpWidth: () =>
        Math.min(100, terminal.columns === Number.POSITIVE_INFINITY ? 100 : terminal.columns),
      getOutHasColors: () => terminal.colors.isColorSupported,
      stripColor: (text) => text,
    })
    .showSuggestionAfterError(true)
}

/** Parses; help ends quietly, a mistake becomes a {@link UsageError}. */
export async function parseAsync(command: Command, words: readonly string[]): Promise<void> {
  try {
    await command.parseAsync([...words], { from: 'user' })
  } catch (error) {
    rethrow(error)
  }
}

/** The same for a parser whose action is synchronous. */
export function parse(command: Command, words: readonly string[], terminal: Terminal): void {
  try {
    configureCommand(command, terminal).parse([...words], { from: 'user' })
  } catch (error) {
    rethrow(error)
  }
}

function rethrow(error: unknown): void {
  if (!(error instanceof CommanderError)) throw error
  if (error.exitCode === 0 || error.code === 'commander.help') return
  const text = error.message
    .replace(/^error: /, '')
    .replace(
      /\n\((Did you mean .*\?)\)$/,
      (_, guess: string) => `; ${guess[0]!.toLowerCase()}${guess.slice(1)}`,
    )
  throw new UsageError(text)
}
