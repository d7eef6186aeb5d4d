// The program `create-myfy`. It asks on a terminal alone, and only for what the command line leaves out.

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { help, parseCommandLine, shellQuote } from './command-line.ts'
import { CreateError } from './errors.ts'
import { createProject } from './project.ts'
import { defaultTemplate, type TemplateName, templates } from './templates.ts'

const words = process.argv.slice(2)
void main(words).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    const expected = error instanceof CreateError
    const text = expected ? error.message : error instanceof Error ? error.stack : String(error)
    const exitCode = expected ? error.exitCode : 1
    if (words.includes('--json')) print(`${JSON.stringify({ error: describe(error, exitCode) })}\n`)
    process.stderr.write(`${fit(`✗ ${text}`)}\n`)
    process.exitCode = exitCode
  },
)

/** Breaks a message between words, in the width of a terminal. */
function fit(text: string): string {
  const { isTTY, columns } = process.stderr
  if (!isTTY || !columns) return text
  return text.replace(new RegExp(`(.{1,${columns}})(?: +|$)`, 'gm'), '$1\n').trimEnd()
}

/** Describes an error for a program, as the commands of `myfy` do. */
function describe(error: unknown, exitCode: number): object {
  const message = error instanceof Error ? error.message : String(error)
  return { ...(error instanceof CreateError && { code: error.code }), message, exitCode }
}

async function main(words: readonly string[]): Promise<number> {
  const args = parseCommandLine(words)
  if (args.help) return print(help)
  if (args.version) return print(`${version()}\n`)
  const { json = false } = args
  const interactive = !json && process.stdin.isTTY === true && process.stdout.isTTY === true
  const directory = args.directory || (interactive ? await askDirectory() : undefined)
  if (directory === undefined) {
    if (interactive) return 130
    throw new CreateError(
      'MYFY_CREATE_USAGE',
      'Cannot create a project: the command line names no folder. Write `npm create myfy my-app`.',
      2,
    )
  }
  const template = args.template ?? (interactive ? await askTemplate() : defaultTemplate)
  if (template === undefined) return 130
  const project = createProject({ directory, template })
  const where = relative(process.cwd(), project.directory)
  if (!json) print(`✓ ${project.name}: ${project.files.length} files in ${where || '.'}\n`)
  const manager = packageManager()
  const install = args.install ?? (interactive ? await askInstall(manager) : false)
  if (install && (await run(manager, ['install'], project.directory, json)) !== 0) {
    throw new CreateError(
      'MYFY_CREATE_INSTALL',
      `Cannot install the dependencies of ${directory}: ${manager} install failed. The files are complete; run it again there.`,
    )
  }
  const steps = [
    ...(where ? [`cd ${shellQuote(where)}`] : []),
    ...(install ? [] : [`${manager} install`]),
    `${manager} run dev`,
  ]
  if (json) return print(`${JSON.stringify({ ...project, template, installed: install, next: steps })}\n`)
  return print(`\n  ${steps.join('\n  ')}\n\n`)
}

async function askDirectory(): Promise<string | undefined> {
  const { isCancel, text } = await import('@clack/prompts')
  const answer = await text({
    message: 'Where should it be created?',
    placeholder: 'my-app',
    defaultValue: 'my-app',
  })
  return isCancel(answer) ? undefined : answer
}

async function askTemplate(): Promise<TemplateName | undefined> {
  const { isCancel, select } = await import('@clack/prompts')
  const names = Object.keys(templates) as TemplateName[]
  const answer = await select({
    message: 'Which template?',
    initialValue: defaultTemplate,
    options: names.map((value) => ({ value, label: value, hint: templates[value] })),
  })
  return isCancel(answer) ? undefined : answer
}

async function askInstall(manager: string): Promise<boolean> {
  const { confirm, isCancel } = await import('@clack/prompts')
  const answer = await confirm({ message: `Install the dependencies with ${manager}?` })
  return !isCancel(answer) && answer
}

/** Returns the package manager that runs this program. */
function packageManager(): string {
  return /^(npm|pnpm|yarn|bun)\//.exec(process.env.npm_config_user_agent ?? '')?.[1] ?? 'npm'
}

/** Runs a command. If this program prints JSON, the output of the command goes to standard error. */
function run(command: string, args: readonly string[], cwd: string, json: boolean): Promise<number> {
  return new Promise((resolve) => {
    const stdio = ['inherit', json ? 2 : 'inherit', 'inherit'] as const
    spawn(command, args, { cwd, stdio: [...stdio], shell: process.platform === 'win32' })
      .once('error', () => resolve(1))
      .once('exit', (code) => resolve(code ?? 1))
  })
}

function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}
