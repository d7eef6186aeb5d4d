// `myfy run`: development. The application with reload, keys, and a story that a person can follow.

import { spawn } from 'node:child_process'
import type { ReloadEvent } from '@myfy/reload'
import { type Entry, findEntry } from '../entry/find-entry.ts'
import { loadApplication } from '../entry/load-application.ts'
import type { CliContext, CommandResult } from '../terminal/context.ts'
import { printStart, printStep, printStop } from '../terminal/progress.ts'
import { type Address, applyOptions, overrideAddress, type ServeOptions } from './start.ts'

/** Options of `run`. */
export interface RunCommandOptions extends ServeOptions {
  readonly reload: boolean
  readonly watch?: readonly string[]
  readonly ignore?: readonly string[]
  readonly poll?: boolean
  readonly open?: boolean
}

/** Runs the application for the one who writes it. */
export async function run(
  context: CliContext,
  wanted: string | undefined,
  options: RunCommandOptions,
): Promise<CommandResult> {
  const { env, cwd, terminal, version } = context
  const { colors: c, print } = terminal
  env.NODE_ENV ??= 'development'
  const address = applyOptions(context, options)
  const profile = env.MYFY_PROFILE ? `, profile ${env.MYFY_PROFILE}` : ''
  print(`${c.bold('myfy')} ${version} ${c.dim(`node ${process.version}${profile}`)}`)
  const entry = findEntry({ cwd, requested: wanted, env })
  printStep(terminal, `found ${entry.description}`)
  const code = await (options.reload ? withReload : withoutReload)(context, entry, address, options)
  printStep(terminal, `exit code ${code}`)
  return { exitCode: code, exitNow: options.reload }
}

async function withReload(
  { cwd, env, terminal }: CliContext,
  entry: Entry,
  address: Address,
  options: RunCommandOptions,
): Promise<number> {
  const { supervise } = await import('@myfy/reload')
  const onEvent = (event: ReloadEvent) => {
    if (event.type === 'ready' && event.kind === 'start' && options.open) openInBrowser(event.urls[0])
  }
  if (process.stdin.isTTY)
    printStep(terminal, terminal.colors.dim('keys: r reload, c clear, o open, q quit, h help'))
  return supervise({
    entry: entry.file,
    exportName: entry.exportName,
    cwd,
    env,
    listen: address,
    // The story is told where the application lives.
    preload: [progressPreload],
    watch: options.watch,
    ignore: options.ignore,
    poll: options.poll,
    onEvent,
  })
}

async function withoutReload(
  { cwd, terminal }: CliContext,
  entry: Entry,
  address: Address,
  options: RunCommandOptions,
): Promise<number> {
  const { app, loadMs: ms, options: own, settle } = await loadApplication(entry, cwd)
  printStart(terminal, app, ms)
  app.on('state', ({ to }) => printStop(terminal, to))
  if (options.open) app.on('ready', ({ urls }) => openInBrowser(urls[0]))
  const code = await app.runUnsupervised({
    ...own,
    reload: false,
    inherited: own.inherited ?? overrideAddress(address),
  })
  settle(code)
  return code
}

/** Beside this file: from source in the workspace, built everywhere else. */
const progressPreload = new URL(
  import.meta.url.endsWith('.ts') ? '../terminal/progress-preload.ts' : './progress-preload.js',
  import.meta.url,
).href

function openInBrowser(url: string | undefined): void {
  if (url === undefined) return
  const command = { darwin: 'open', win32: 'explorer' }[process.platform as string] ?? 'xdg-open'
  // No browser on this machine is no reason to fail: the URL is on the screen.
  spawn(command, [url], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref()
}
