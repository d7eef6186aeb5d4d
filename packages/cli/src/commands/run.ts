// `myfy run`: development. The application with reload, keys, and output for a person.

import type { ExitCode } from '@myfy/core'
import { openInBrowser } from '@myfy/core/runtime'
import { type Address, developmentAddress } from '../cluster/address.ts'
import { type Entry, findEntry } from '../entry/find-entry.ts'
import type { CliContext, CommandResult } from '../terminal/context.ts'
import { type DebuggerAddress, debuggerAddress } from '../terminal/debugger-address.ts'
import { releaseEarlySignals } from '../terminal/early-signals.ts'
import { FIRST_START } from '../terminal/first-start.ts'
import { printStart, printStep, printStop } from '../terminal/progress.ts'
import { printSlowHooks, printSlowLoad } from '../terminal/slow-hooks.ts'
import { progressPreload } from './first-worker.ts'
import { applyServeOptions, type ServeOptions } from './serve-options.ts'

/** Options of `run`. */
export interface RunCommandOptions extends ServeOptions {
  readonly reload: boolean
  readonly watch?: readonly string[]
  readonly ignore?: readonly string[]
  readonly poll?: boolean
  readonly tsconfig?: string
  readonly inspect?: string
  readonly open?: boolean
}

/** The options with their values read. */
type RunOptions = Omit<RunCommandOptions, 'inspect'> & { readonly inspect: DebuggerAddress | undefined }

/** Runs the application for development. */
export async function run(
  context: CliContext,
  requested: string | undefined,
  options: RunCommandOptions,
): Promise<CommandResult> {
  const { env, cwd, terminal, version } = context
  const { colors: c, print } = terminal
  env.NODE_ENV ??= 'development'
  const address = applyServeOptions(context, options)
  const inspect = options.inspect === undefined ? undefined : debuggerAddress(options.inspect)
  const entry = findEntry({ cwd, requested, env })
  const profile = env.MYFY_PROFILE ? `, profile ${env.MYFY_PROFILE}` : ''
  print(`${c.bold('myfy')} ${version}  ${entry.description}  ${c.dim(`node ${process.version}${profile}`)}`)
  const serve = options.reload ? runWithReload : runWithoutReload
  const exitCode = await serve(context, entry, address, { ...options, inspect })
  printStep(terminal, `exit code ${exitCode}`)
  return { exitCode, exitNow: options.reload, serves: true }
}

async function runWithReload(
  { cwd, env, terminal, args, firstWorker }: CliContext,
  entry: Entry,
  address: Address,
  options: RunOptions,
): Promise<ExitCode> {
  const { renderReloadEvent, supervise } = await import('@myfy/reload')
  if (process.stdin.isTTY)
    printStep(terminal, terminal.colors.dim('keys: r reload, c clear, o open, q quit, h help'))
  let crashed = false
  let served = false
  let opened = false
  const workerEnv: NodeJS.ProcessEnv = { ...env, [FIRST_START]: '1' }
  releaseEarlySignals()
  return supervise({
    entry: entry.file,
    exportName: entry.exportName,
    cwd,
    env: workerEnv,
    args,
    listen: address,
    // The progress of a start is printed by the process that starts.
    preload: [progressPreload],
    firstWorker,
    watch: options.watch,
    ignore: options.ignore,
    poll: options.poll,
    tsconfig: options.tsconfig,
    inspect: options.inspect && formatAddress(options.inspect),
    lifecycleLog: lifecycleLog(env),
    render(event, directory) {
      // The first process prints its start itself.
      crashed ||= event.type === 'crashed'
      const isFirst = event.type === 'ready' && !served
      served ||= event.type === 'ready'
      // A save while the first application had just begun to serve: it has printed its start, and was not announced.
      if (!isFirst || event.kind === 'swap') return renderReloadEvent(event, directory)
      // Another process says only that it has replaced the first one.
      const printed = event.kind === 'start' && !crashed
      return printed ? undefined : renderReloadEvent({ ...event, kind: 'start' }, directory)
    },
    onEvent(event) {
      if (event.type === 'ready' || event.type === 'failed') delete workerEnv[FIRST_START]
      if (options.open && event.type === 'ready' && !opened) open(event.urls)
      opened ||= event.type === 'ready'
    },
  })
}

async function runWithoutReload(
  { cwd, env, terminal, args }: CliContext,
  entry: Entry,
  address: Address,
  options: RunOptions,
): Promise<ExitCode> {
  await prepareInspector(options.inspect)
  // With reload the worker loads the application, and this process no kernel.
  const { loadApplication } = await import('../entry/load-application.ts')
  const loaded = printSlowLoad(terminal)
  const { app, loadMs, options: own, settle } = await loadApplication(entry, { cwd, args })
  loaded()
  terminal.protect(app)
  releaseEarlySignals()
  printStart(terminal, app, loadMs)
  printSlowHooks(terminal)
  app.on('state', ({ to }) => printStop(terminal, to))
  if (options.open) app.on('ready', ({ urls }) => open(urls))
  const inherited = own.inherited ?? developmentAddress(address)
  const exitCode = await app.runUnsupervised({
    ...own,
    reload: false,
    inherited,
    lifecycleLog: lifecycleLog(env),
  })
  settle(exitCode)
  return exitCode
}

/** Opens the inspector if that is requested, and closes it at the end, when Node.js would wait for its clients. */
async function prepareInspector(address: DebuggerAddress | undefined): Promise<void> {
  const inspector = await import('node:inspector')
  process.once('exit', () => inspector.close())
  if (address) inspector.open(address.port, address.host)
}

const formatAddress = ({ host, port }: DebuggerAddress) =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`

/** The progress is printed, so that the log repeats none of it, unless every detail is requested. */
function lifecycleLog({ LOG_LEVEL }: CliContext['env']): 'all' | 'problems' {
  return LOG_LEVEL === 'debug' ? 'all' : 'problems'
}

function open([url]: readonly string[]): void {
  if (url !== undefined) openInBrowser(url)
}
