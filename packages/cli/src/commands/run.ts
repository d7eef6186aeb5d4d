// `myfy run`: development. The application with reload, keys, and a story that a person can follow.

import { spawn } from 'node:child_process'
import type { ReloadEvent } from '@myfy/reload'
import { type Entry, findEntry } from '../entry/find-entry.ts'
import { loadApplication } from '../entry/load-application.ts'
import type { CommandLine, Ending } from '../terminal/context.ts'
import { narrate, narrateEnd, tell } from '../terminal/progress.ts'
import { type Address, applyOptions, elsewhere, type ServeOptions } from './start.ts'

/** Options of `run`. */
export interface DevelopOptions extends ServeOptions {
  readonly reload: boolean
  readonly watch?: readonly string[]
  readonly ignore?: readonly string[]
  readonly poll?: boolean
  readonly open?: boolean
}

/** Runs the application for the one who writes it. */
export async function develop(
  line: CommandLine,
  wanted: string | undefined,
  options: DevelopOptions,
): Promise<Ending> {
  const { env, cwd, terminal, version } = line
  const { colours: c, print } = terminal
  env.NODE_ENV ??= 'development'
  const address = applyOptions(line, options)
  const profile = env.MYFY_PROFILE ? `, profile ${env.MYFY_PROFILE}` : ''
  print(`${c.bold('myfy')} ${version} ${c.dim(`node ${process.version}${profile}`)}`)
  const entry = findEntry({ cwd, wanted, env })
  tell(terminal, `found ${entry.found}`)
  const code = await (options.reload ? withReload : withoutReload)(line, entry, address, options)
  tell(terminal, `exit code ${code}`)
  return { code, now: options.reload }
}

async function withReload(
  { cwd, env, terminal }: CommandLine,
  entry: Entry,
  address: Address,
  options: DevelopOptions,
): Promise<number> {
  const { supervise } = await import('@myfy/reload')
  const onEvent = (event: ReloadEvent) => {
    if (event.type === 'ready' && event.way === 'start' && options.open) openInBrowser(event.urls[0])
  }
  if (process.stdin.isTTY)
    tell(terminal, terminal.colours.dim('keys: r reload, c clear, o open, q quit, h help'))
  return supervise({
    entry: entry.file,
    exportName: entry.exportName,
    cwd,
    env,
    listen: address,
    // The story is told where the application lives.
    preload: [storyteller],
    watch: options.watch,
    ignore: options.ignore,
    poll: options.poll,
    onEvent,
  })
}

async function withoutReload(
  { cwd, terminal }: CommandLine,
  entry: Entry,
  address: Address,
  options: DevelopOptions,
): Promise<number> {
  const { app, ms, options: own, settle } = await loadApplication(entry, cwd)
  narrate(terminal, app, ms)
  app.on('state', ({ to }) => narrateEnd(terminal, to))
  if (options.open) app.on('ready', ({ urls }) => openInBrowser(urls[0]))
  const code = await app.runHere({ ...own, reload: false, inherited: own.inherited ?? elsewhere(address) })
  settle(code)
  return code
}

/** Beside this file: from source in the workspace, built everywhere else. */
const storyteller = new URL(
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
