// Commands that modules bring: `myfy routes`, `myfy db migrate`.

import type { Application, ModuleCommand } from '@myfy/core'
import { Command } from 'commander'
import { inspect } from '../entry/inspect.ts'
import { closestMatch } from '../entry/suggest.ts'
import { CommandLineError, EntryNotFoundError, UsageError } from '../errors.ts'
import { appOption, examples, parse, profileOption } from '../terminal/command-options.ts'
import type { CliContext, CommandResult } from '../terminal/context.ts'

/** A command and the module that brings it. */
interface ContributedCommand extends ModuleCommand {
  readonly module: string
}

/** The commands of all modules. */
function contributedCommands(app: Application): readonly ContributedCommand[] {
  return app.modules.flatMap((module) =>
    (module.commands?.() ?? []).map((command) => ({ ...withBoundRun(command), module: module.name })),
  )
}

/** Runs the command that the words name. @throws UsageError if no module brings it */
export async function runModuleCommand(
  context: CliContext,
  words: readonly string[],
  at: number,
  builtIn: readonly string[],
): Promise<CommandResult> {
  const word = words[at] ?? ''
  const { app: wanted, profile } = globalOptions(words)
  let found = false
  try {
    return await inspect(
      context,
      { app: wanted, profile, allowInvalid: true },
      async ({ app, initializeError: problem }) => {
        const commands = contributedCommands(app)
        const command = longestMatch(commands, words.slice(at))
        if (!command) throw unknownCommand(words.slice(at), builtIn, commands)
        found = true
        const length = command.name.split(' ').length
        const { options, args } = parseArguments(context, command, [
          ...words.slice(0, at),
          ...words.slice(at + length),
        ])
        if (options === undefined) return 0
        if (problem !== undefined) throw problem
        return execute(context, app, command, options, args)
      },
    )
  } catch (error) {
    if (found || error instanceof UsageError || (wanted !== undefined && error instanceof EntryNotFoundError))
      throw error
    // A word that is nobody's is the first thing to say, then why the application could not be asked.
    const known = closestMatch(word, builtIn)
    if (known === undefined && !(error instanceof EntryNotFoundError)) throw error
    const reason = error instanceof Error ? error.message : String(error)
    const guess = known === undefined ? '' : `; did you mean '${known}'?`
    throw new UsageError(`unknown command '${word}'${guess}\nModules may bring commands, but ${reason}`)
  }
}

/** The modules' commands for the general help; what can't be loaded is said in a line. */
export async function helpOfModules(context: CliContext, words: readonly string[]): Promise<string> {
  const { app, profile } = globalOptions(words)
  let text = ''
  try {
    await inspect(context, { app, profile, allowInvalid: true }, (inspected) => {
      const commands = contributedCommands(inspected.app)
      if (commands.length === 0) return
      const width = Math.max(...commands.map(({ name }) => name.length))
      const rows = commands.map(
        ({ name, description, module }) => `  ${name.padEnd(width)}  ${description} (${module})`,
      )
      text = `\nCommands of the modules of ${inspected.entry.description}:\n${rows.join('\n')}`
    })
  } catch (error) {
    const [sentence] = (error instanceof Error ? error.message : String(error)).split('\n')
    text = `\nModules may bring more commands (${sentence}).`
  }
  return text
}

async function execute(
  context: CliContext,
  app: Application,
  command: ModuleCommand,
  options: Record<string, string | boolean | undefined>,
  args: readonly string[],
): Promise<unknown> {
  const abort = new AbortController()
  const interrupt = () => abort.abort(new DOMException('interrupted', 'AbortError'))
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  try {
    if (command.starts) await app.startModules()
    return await command.run({ app, options, args, signal: abort.signal, print: context.terminal.print })
  } catch (error) {
    if (abort.signal.aborted)
      throw new CommandLineError('MYFY_CLI_INTERRUPTED', `${command.name} was interrupted`, 130, {
        cause: error,
      })
    throw error
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
    if (command.starts) await app.stopModules()
  }
}

/** Parses what stands behind a module's command. No options: help was asked for and given. */
function parseArguments(context: CliContext, command: ModuleCommand, words: readonly string[]) {
  const parser = new Command(`myfy ${command.name}`)
    .description(command.description)
    .argument('[args...]', 'passed on to the command')
    .addOption(appOption())
    .addOption(profileOption())
  for (const [name, option] of Object.entries(command.options ?? {})) {
    parser.option(
      option.type === 'boolean' ? `--${kebab(name)}` : `--${kebab(name)} <value>`,
      option.description,
      option.default,
    )
  }
  parser.addHelpText('after', examples(`myfy ${command.name}`, `myfy ${command.name} --app src/app.ts`))
  let options: Record<string, string | boolean | undefined> | undefined
  let args: readonly string[] = []
  parser.action(() => {
    const given: Record<string, string | boolean | undefined> = parser.opts()
    args = parser.args
    options = Object.fromEntries(
      Object.entries(command.options ?? {}).map(([name, { default: usual }]) => [
        name,
        given[camel(name)] ?? usual,
      ]),
    )
  })
  parse(parser, words, context.terminal)
  return { options, args }
}

function longestMatch(
  commands: readonly ContributedCommand[],
  words: readonly string[],
): ContributedCommand | undefined {
  const text = `${words.join(' ')} `
  const fitting = commands.filter(({ name }) => text.startsWith(`${name} `))
  return fitting.sort((a, b) => b.name.length - a.name.length)[0]
}

function unknownCommand(
  words: readonly string[],
  builtIn: readonly string[],
  commands: readonly ContributedCommand[],
): UsageError {
  const [word = ''] = words
  const group = commands.filter(({ name }) => name.startsWith(`${word} `))
  if (group.length > 0) {
    return new UsageError(
      `'${word}' needs one of: ${group.map(({ name }) => name.slice(word.length + 1)).join(', ')}`,
    )
  }
  if (/[./\\]/.test(word))
    return new UsageError(`unknown command '${word}'; to run a file write: myfy run ${word}`)
  const all = [...builtIn, ...commands.map(({ name }) => name)]
  const plain = words.filter((one) => !one.startsWith('-'))
  const known = closestMatch(word, all) ?? closestMatch(plain.slice(0, 2).join(' '), all)
  const guess = known === undefined ? '; `myfy --help` lists all' : `; did you mean '${known}'?`
  return new UsageError(`unknown command '${word}'${guess}`)
}

/** `--app` and `--profile` decide what is loaded, before anybody knows which other options there are. */
function globalOptions(words: readonly string[]): { app?: string; profile?: string } {
  const value = (...names: string[]) => {
    for (const [i, word] of words.entries()) {
      for (const name of names) {
        if (word === name) return words[i + 1]
        if (word.startsWith(`${name}=`)) return word.slice(name.length + 1)
      }
    }
    return undefined
  }
  return { app: value('--app', '-a'), profile: value('--profile') }
}

/** A spread would lose methods of a class: name them. */
function withBoundRun(command: ModuleCommand): ModuleCommand {
  const { name, description, options, starts } = command
  return { name, description, options, starts, run: (context) => command.run(context) }
}

const kebab = (name: string) => name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase()
const camel = (name: string) =>
  kebab(name).replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
