// The process `create-myfy`: asks only on a terminal, and only for what the command line left out.

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { parseArgs } from 'node:util'
import { CreateError } from './errors.ts'
import { createProject } from './project.ts'

const help = `Usage: npm create myfy <directory>

Makes a new application from the reference app of myfy: settings, database, users, health, tests, deployment.

Options:
  --install      install the dependencies at once (asked on a terminal)
  --no-install   do not
  -h, --help     print this
  -v, --version  print the version

Example:
  $ npm create myfy my-app && cd my-app && npm install && npm run dev
`

const interactive = process.stdin.isTTY === true && process.stdout.isTTY === true

void main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    process.stderr.write(
      `✗ ${error instanceof CreateError ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
    )
    process.exitCode = error instanceof CreateError ? error.exitCode : 1
  },
)

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = read(args)
  if (values.help) return print(help)
  if (values.version) return print(`${version()}\n`)
  if (positionals.length > 1) {
    throw new CreateError(
      'CREATE_USAGE',
      `one directory is enough: ${positionals.join(' and ')} are ${positionals.length}`,
      2,
    )
  }
  const directory = positionals[0] ?? (interactive ? await askDirectory() : undefined)
  if (directory === undefined) {
    if (interactive) return 130
    throw new CreateError('CREATE_USAGE', 'where to? Name a directory: npm create myfy my-app', 2)
  }
  const project = createProject({ directory })
  print(
    `✓ ${project.name}: ${project.files.length} files in ${relative(process.cwd(), project.directory) || '.'}\n`,
  )
  const manager = packageManager()
  const install = values.install ?? (interactive ? await askInstall(manager) : false)
  if (install && (await run(manager, ['install'], project.directory)) !== 0) {
    throw new CreateError(
      'CREATE_INSTALL',
      `${manager} install failed; the files are there, run it again in ${directory}`,
    )
  }
  const where = relative(process.cwd(), project.directory)
  const steps = [
    ...(where ? [`cd ${where}`] : []),
    ...(install ? [] : [`${manager} install`]),
    `${manager} run dev`,
  ]
  return print(`\n  ${steps.join('\n  ')}\n\n`)
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      allowNegative: true,
      options: {
        install: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    })
  } catch (error) {
    const [sentence] = (error instanceof Error ? error.message : String(error)).split('. ')
    throw new CreateError('CREATE_USAGE', `${sentence}; \`npm create myfy -- --help\` lists the options`, 2)
  }
}

async function askDirectory(): Promise<string | undefined> {
  const { isCancel, text } = await import('@clack/prompts')
  const answer = await text({ message: 'Where should it be?', placeholder: 'my-app', defaultValue: 'my-app' })
  return isCancel(answer) ? undefined : answer
}

async function askInstall(manager: string): Promise<boolean> {
  const { confirm, isCancel } = await import('@clack/prompts')
  const answer = await confirm({ message: `Install the dependencies with ${manager}?` })
  return !isCancel(answer) && answer
}

/** The one that runs this: npm, pnpm, yarn or bun. */
function packageManager(): string {
  return /^(npm|pnpm|yarn|bun)\//.exec(process.env.npm_config_user_agent ?? '')?.[1] ?? 'npm'
}

function run(command: string, args: readonly string[], cwd: string): Promise<number> {
  return new Promise((resolve) => {
    spawn(command, args, { cwd, stdio: 'inherit', shell: process.platform === 'win32' })
      .once('error', () => resolve(1))
      .once('exit', (code) => resolve(code ?? 1))
  })
}

function version(): string {
  return (
    JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  ).version
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}
