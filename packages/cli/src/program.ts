// The command line: which commands there are. What they do is loaded when it is asked for.

import { Command, Option } from 'commander'
import {
  appOption,
  configureCommand,
  examples,
  parseAsync,
  profileOption,
} from './terminal/command-options.ts'
import type { CliContext, CommandResult } from './terminal/context.ts'

/** Runs one command line and returns how it ended. @throws CommandLineError and what the application throws */
export async function runProgram(context: CliContext, words: readonly string[]): Promise<CommandResult> {
  let ending: CommandResult = { exitCode: 0, exitNow: true }
  const program = new Command('myfy')
  const done = (end: CommandResult) => {
    ending = end
  }
  program
    .description('Runs and inspects myfy applications.')
    .usage('<command> [options]')
    .version(context.version, '-v, --version', 'print the version')
    .helpCommand('help [command]', 'print what a command does')
    .addHelpText('after', examples('myfy run', 'myfy start src/main.ts --workers 4', 'myfy graph --open'))
  configureCommand(program, context.terminal)

  const command = (name: string, description: string, ...shown: string[]) =>
    configureCommand(
      program
        .command(name)
        .description(description)
        .addHelpText('after', examples(...shown)),
      context.terminal,
    )

  command(
    'run [entry]',
    'run for development: reload, keys, a readable story',
    'myfy run',
    'myfy run src/server.ts:createApp --port 3000',
  )
    .option('--no-reload', 'do not watch files')
    .option('--watch <glob...>', 'watch these files as well')
    .option('--ignore <glob...>', 'never watch these files')
    .option('--poll', 'look at files regularly, where the file system has no events')
    .option('--host <host>', 'listen on this address')
    .option('--port <port>', 'listen on this port; 0 takes any free one')
    .addOption(profileOption())
    .option('--log-level <level>', 'debug, info, warn, error or silent (or LOG_LEVEL)')
    .option('--open', 'open the URL in a browser when it is ready')
    .action(async (entry, options) =>
      done(await (await import('./commands/run.ts')).run(context, entry, options)),
    )

  command(
    'start [entry]',
    'run for production: no watcher, JSON logs',
    'myfy start',
    'myfy start dist/main.js --workers 4 --grace 30s',
  )
    .option('--workers <n>', 'as many processes, replaced one by one on SIGHUP')
    .option('--grace <time>', 'what the platform grants for a stop: 30s, 2m (or MYFY_GRACE_PERIOD)')
    .option('--host <host>', 'listen on this address')
    .option('--port <port>', 'listen on this port; 0 takes any free one')
    .addOption(profileOption())
    .option('--log-level <level>', 'debug, info, warn, error or silent (or LOG_LEVEL)')
    .addOption(
      new Option('--log-format <format>', 'json, or text as on a terminal (or LOG_FORMAT)').choices([
        'json',
        'text',
      ]),
    )
    .action(async (entry, options) =>
      done(await (await import('./commands/start.ts')).start(context, entry, options)),
    )

  const app = (name: string, description: string, ...shown: string[]) =>
    command(name, description, ...shown)
      .addOption(appOption())
      .addOption(profileOption())

  app('modules', 'list the modules in start order', 'myfy modules', 'myfy modules --json')
    .option('--json', 'for machines')
    .action(async (options) =>
      done(await (await import('./commands/modules.ts')).listModules(context, options)),
    )

  app(
    'providers',
    'list the providers, their scopes and what they inject',
    'myfy providers',
    'myfy providers --json',
  )
    .option('--json', 'for machines')
    .action(async (options) =>
      done(await (await import('./commands/modules.ts')).listProviders(context, options)),
    )

  app(
    'plan',
    'tell what a start and a stop will do, with budgets',
    'myfy plan',
    'MYFY_GRACE_PERIOD=10s myfy plan',
  )
    .option('--json', 'for machines')
    .action(async (options) => done(await (await import('./commands/plan.ts')).plan(context, options)))

  app(
    'graph',
    'draw modules and providers',
    'myfy graph --open',
    'myfy graph --format dot | dot -Tsvg > graph.svg',
  )
    .addOption(new Option('--format <format>', 'how').choices(['mermaid', 'dot', 'json', 'html']))
    .option('--out <file>', 'write to a file; its extension decides the format')
    .option('--open', 'show the page in a browser')
    .action(async (options) => done(await (await import('./commands/graph.ts')).graph(context, options)))

  app('doctor', 'look for what will go wrong in production', 'myfy doctor', 'myfy doctor --json')
    .option('--json', 'for machines')
    .action(async (options) => done(await (await import('./commands/doctor.ts')).doctor(context, options)))

  command(
    'health',
    'ask a running instance whether it is well',
    'myfy health',
    'myfy health --url http://localhost:8000/health/ready',
  )
    .option('--url <url>', 'where to ask. Default: /health on localhost, port PORT or 8000')
    .option('--timeout <time>', 'how long to wait for the answer', '5s')
    .action(async (options) => done(await (await import('./commands/health.ts')).health(context, options)))

  command(
    'new <directory>',
    'make a new application from the starter',
    'myfy new my-app',
    'npm create myfy my-app',
  ).action(async (directory) =>
    done(await (await import('./commands/new.ts')).newProject(context, directory)),
  )

  // Everything else is a module's command, if it is one.
  const builtIn = program.commands.map((one) => one.name()).concat('help')
  const asked = words[0] === 'help' && words[1] !== undefined ? [...words.slice(1), '--help'] : words
  const at = ahead(asked)
  if (at >= 0 && !builtIn.includes(asked[at]!)) {
    const { runModuleCommand } = await import('./commands/module-command.ts')
    return runModuleCommand(context, asked, at, builtIn)
  }
  if (words.some((word) => word === '--version' || word === '-v') && at < 0) {
    context.terminal.print(context.version)
    return ending
  }
  if (at < 0 || (words[0] === 'help' && words.length === 1)) {
    const { helpOfModules } = await import('./commands/module-command.ts')
    program.addHelpText('after', await helpOfModules(context, words))
    await parseAsync(program, ['--help'])
    return { exitCode: 0, exitNow: true }
  }
  await parseAsync(program, asked)
  return ending
}

/** Where the first word stands that is a command: not an option, nor the value of one. */
function ahead(words: readonly string[]): number {
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    if (word === '--app' || word === '-a' || word === '--profile') i++
    else if (!word.startsWith('-')) return i
  }
  return -1
}
