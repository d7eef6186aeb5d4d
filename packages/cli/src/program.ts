// The commands and their options. A command's own file is loaded when the command runs.

import { Command, Option } from 'commander'
import { UsageError } from './errors.ts'
import {
  appOption,
  configureCommand,
  crashWords,
  examples,
  findCommandWord,
  parseAsync,
  profileOption,
} from './terminal/command-options.ts'
import type { CliContext, CommandResult } from './terminal/context.ts'
import { addRules } from './terminal/option-checks.ts'

type Finish = (result: CommandResult) => void

/**
 * Runs one command line and returns its result.
 *
 * @throws CommandLineError, and what the application throws
 */
export async function runProgram(context: CliContext, words: readonly string[]): Promise<CommandResult> {
  let result: CommandResult = { exitCode: 0, exitNow: true }
  const [own, args] = splitArguments(words)
  const program = createProgram({ ...context, args }, (value) => {
    result = value
  })
  const builtIn = program.commands.map((command) => command.name()).concat('help')
  const given = own[0] === 'help' && own[1] !== undefined ? [...own.slice(1), '--help'] : own
  const at = findCommandWord(given)
  const command = given[at]
  if (command === undefined) {
    if (given.some((word) => word === '--version' || word === '-v')) {
      context.terminal.print(context.version)
      return result
    }
    const option = own.find((word) => !WITHOUT_COMMAND.test(word) && word.startsWith('-'))
    if (option === undefined || own.some(isHelp)) return printHelp(program, context, own)
    throw new UsageError(
      `Cannot use ${option}: no command is named. Write the command first; \`myfy --help\` lists all commands.`,
    )
  }
  if (command === 'help') return printHelp(program, context, own)
  const crash = crashWords(given, at)
  if (crash === undefined && builtIn.includes(command)) {
    await parseAsync(program, passesArguments.has(command) ? given.map(withOwnValue) : words)
    return result
  }
  const { runModuleCommand } = await import('./commands/module-command.ts')
  return runModuleCommand(context, crash ?? (own === given ? words : given), at, builtIn)
}

/** The options that need no command: they choose the application whose commands the help lists. */
const WITHOUT_COMMAND = /^(?:--app|-a|--profile)(?:=.*)?$/

const isHelp = (word: string) => word === '--help' || word === '-h'

/** The commands that run the application and pass on what stands behind `--`. */
const passesArguments: ReadonlySet<string> = new Set(['run', 'start'])

/** Keeps the word after a bare `--inspect` as the entry: a port is given only as `--inspect=<port>`. */
const withOwnValue = (word: string) => (word === '--inspect' ? '--inspect=' : word)

function splitArguments(words: readonly string[]): [own: readonly string[], args: readonly string[]] {
  const at = words.indexOf('--')
  return at < 0 ? [words, []] : [words.slice(0, at), words.slice(at + 1)]
}

async function printHelp(
  program: Command,
  context: CliContext,
  words: readonly string[],
): Promise<CommandResult> {
  const { helpOfModules } = await import('./commands/module-command.ts')
  program.addHelpText('after', await helpOfModules(context, words))
  await parseAsync(program, ['--help'])
  return { exitCode: 0, exitNow: true }
}

function createProgram(context: CliContext, finish: Finish): Command {
  const program = new Command('myfy')
    .description('Runs and inspects myfy applications.')
    .usage('<command> [options]')
    .version(context.version, '-v, --version', 'print the version')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', examples('myfy run', 'myfy start src/main.ts --workers 4'))
  configureCommand(program, context.terminal)
  addServeCommands(program, context, finish)
  addInspectionCommands(program, context, finish)
  addOtherCommands(program, context, finish)
  return program
}

function addCommand(
  program: Command,
  { terminal }: CliContext,
  usage: string,
  description: string,
  ...shown: string[]
): Command {
  const command = program
    .command(usage)
    .description(description)
    .addHelpText('after', examples(...shown))
  return configureCommand(command, terminal)
}

function addServeCommands(program: Command, context: CliContext, finish: Finish): void {
  const serveCommand = (usage: string, defaultHost: string, description: string, ...shown: string[]) =>
    addCommand(program, context, usage, description, ...shown)
      .usage(`[options] [entry] [-- arguments]`)
      .option('--host <host>', `listen on this address; default: that of the application, or ${defaultHost}`)
      .option('--port <port>', 'listen on this port; 0 takes any free one')
      .addOption(profileOption())
      .option('--log-level <level>', 'debug, info, warn, error or silent (or LOG_LEVEL)')

  const run = serveCommand(
    'run [entry]',
    '127.0.0.1',
    'run for development: reload on change, readable output, keys',
    'myfy run src/server.ts:createApp --port 3000',
    'myfy run src/app.ts -- --seed',
  )
    .option('--reload', 'reload on change', true)
    .option('--no-reload', 'run in one process and watch nothing')
    .option('--watch <glob>', 'watch these files as well; may be repeated', collect)
    .option('--ignore <glob>', 'never watch these files; may be repeated', collect)
    .option('--poll', 'compare files periodically, for file systems without events')
    .option('--tsconfig <file>', 'the tsconfig to compile with')
    .option('--inspect [=port]', 'listen for a debugger of the application; default: 9229')
    .option('--open', 'open the URL in a browser when it is ready')
    .action(async (entry, options) =>
      finish(await (await import('./commands/run.ts')).run(context, entry, options)),
    )

  addRules(run, {
    '--watch': { excludes: '--no-reload' },
    '--ignore': { excludes: '--no-reload' },
    '--poll': { excludes: '--no-reload' },
    '--tsconfig': { excludes: '--no-reload' },
  })

  const start = serveCommand(
    'start [entry]',
    'all',
    'run for production: no watcher, JSON logs',
    'myfy start dist/main.js --workers 4 --grace 30s',
    'myfy start --only tasks',
  )
    .option('--workers <n>', 'number of processes; SIGHUP replaces them one by one')
    .option('--worker-timeout <time>', 'replace a worker that is blocked this long; default: 10s')
    .option('--start-timeout <time>', 'limit for the start of a replacement; default: 60s')
    .option('--grace <time>', 'time that the platform grants for a stop (or MYFY_GRACE_PERIOD)')
    .option('--only <module>', 'accept work for this module alone; may be repeated', collect)
    .addOption(new Option('--log-format <format>', 'json or text (or LOG_FORMAT)').choices(['json', 'text']))
    .action(async (entry, options) =>
      finish(await (await import('./commands/start.ts')).start(context, entry, options)),
    )
  addRules(start, {
    '--worker-timeout': { needs: '--workers' },
    '--start-timeout': { needs: '--workers' },
  })
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

/** The option of every command that prints something and ends. */
const json = ['--json', 'print JSON, for programs'] as const

function addInspectionCommands(program: Command, context: CliContext, finish: Finish): void {
  const inspection = (name: string, description: string, ...shown: string[]) =>
    addCommand(program, context, name, description, ...shown)
      .addOption(appOption())
      .addOption(profileOption())
  inspection('modules', 'list the modules in start order', 'myfy modules', 'myfy modules --json')
    .option(...json)
    .action(async (options) =>
      finish(await (await import('./commands/modules.ts')).listModules(context, options)),
    )

  inspection(
    'providers',
    'list the providers, their scopes and what they inject',
    'myfy providers',
    'myfy providers --json',
  )
    .option(...json)
    .action(async (options) =>
      finish(await (await import('./commands/modules.ts')).listProviders(context, options)),
    )

  inspection(
    'plan',
    'show the startup and shutdown plan, with time limits',
    'myfy plan',
    'MYFY_GRACE_PERIOD=10s myfy plan',
  )
    .option(...json)
    .action(async (options) => finish(await (await import('./commands/plan.ts')).plan(context, options)))

  inspection(
    'graph',
    'draw modules and providers',
    'myfy graph --open',
    'myfy graph --format dot | dot -Tsvg > graph.svg',
  )
    .addOption(
      new Option('--format <format>', 'the format of the output').choices(['mermaid', 'dot', 'json', 'html']),
    )
    .addOption(new Option(...json).implies({ format: 'json' }))
    .option('--out <file>', 'write to a file; the format follows from its extension')
    .option('--open', 'open the graph as a page in a browser')
    .action(async (options) => finish(await (await import('./commands/graph.ts')).graph(context, options)))

  inspection('doctor', 'find problems before they occur in production', 'myfy doctor', 'myfy doctor --json')
    .option(...json)
    .action(async (options) => finish(await (await import('./commands/doctor.ts')).doctor(context, options)))
}

function addOtherCommands(program: Command, context: CliContext, finish: Finish): void {
  const prove = addCommand(
    program,
    context,
    'prove [entry]',
    'try every order in which things can happen',
    'myfy prove',
    'myfy prove src/app.ts:createApp --time 5m',
    'myfy prove --replay p1.WzEsM10',
    'myfy prove src/main.ts --crash --scenario test/crash-scenario.ts',
  )
    .option('--time <time>', 'limit for the exploration', '60s')
    .option('--faults <n>', 'number of faults in one interleaving', '1')
    .option('--replay <seed>', 'run one interleaving again, for instance under a debugger')
    .option('--adapt', 'with --replay: leave out what is not possible any more')
    .option('--no-test', 'write no test for a problem')
    .option(...json)
    .addOption(profileOption())
    .action(async (entry, options) =>
      finish(await (await import('./prove/prove.ts')).prove(context, entry, options)),
    )
  addRules(prove, {
    '--adapt': { needs: '--replay' },
    '--time': { excludes: '--replay' },
    '--faults': { excludes: '--replay' },
    '--no-test': { excludes: '--replay' },
  })

  addCommand(
    program,
    context,
    'health',
    'check the health of a running instance',
    'myfy health',
    'myfy health --url http://localhost:8000/health/ready',
  )
    .option('--url <url>', 'default: /health on localhost, at port PORT or 8000')
    .option('--timeout <time>', 'limit for the answer', '5s')
    .option(...json)
    .action(async (options) => finish(await (await import('./commands/health.ts')).health(context, options)))

  addCommand(
    program,
    context,
    'inspect',
    'show what a running instance does',
    'myfy inspect',
    'myfy inspect --json | jq .stop',
    'MYFY_INSPECTOR_TOKEN=… myfy inspect --url http://10.0.0.7:8000/_myfy',
  )
    .option('--url <url>', 'default: /_myfy on localhost, at port PORT or 8000')
    .option('--timeout <time>', 'limit for the answer', '5s')
    .option(...json)
    .action(async (options) =>
      finish(await (await import('./commands/inspect-instance.ts')).inspectInstance(context, options)),
    )

  addCommand(
    program,
    context,
    'new <directory>',
    'create an application from a template',
    'myfy new my-app',
    'myfy new my-worker --template worker',
  )
    .option('--template <name>', 'minimal, api or worker')
    .option('--install', 'install the dependencies')
    .option('--no-install', 'do not install the dependencies')
    .option(...json)
    .action(async (directory, options) =>
      finish(await (await import('./commands/new.ts')).newProject(context, directory, options)),
    )
}
