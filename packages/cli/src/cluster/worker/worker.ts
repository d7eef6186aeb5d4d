// The program of one worker of `myfy start --workers`. The primary starts it; no file imports it.

import inspector from 'node:inspector'
import type { Application } from '@myfy/core'
import { WATCH_PARENT } from '@myfy/reload/first-worker'
import { loadApplication } from '../../entry/load-application.ts'
import { reportError } from '../../terminal/report-error.ts'
import { createTerminal } from '../../terminal/terminal.ts'
import { overrideAddress } from '../address.ts'
import type { PrimaryMessage, WorkerArguments, WorkerMessage } from '../protocol.ts'
import { PrimaryLink } from './primary-link.ts'
import { listenThroughPrimary } from './remote-server.ts'
import { SignalRelay } from './signal-relay.ts'

const { file, exportName, cwd, address, args, only } = JSON.parse(process.argv[2] ?? '{}') as WorkerArguments

/** The time beyond its budget after which a stop is cut, in ms, unless the grace period ends before. */
const STOP_MARGIN_MS = 2_000

const terminal = createTerminal(process.stdout, process.stderr, process.env)

// Not awaited at the top level: an application that ends by itself would make the exit code 13.
void work().then(
  (code) => end(code),
  (error: unknown) => end(reportError(error, terminal, cwd)),
)

async function work(): Promise<number> {
  process.emit(WATCH_PARENT as never)
  listenThroughPrimary(send)
  const entry = { file, exportName, description: file }
  const { app, options, settle } = await loadApplication(entry, { cwd, args })
  terminal.protect(app)
  const signals = new SignalRelay((signal) => send({ type: 'myfy.signaled', signal }))
  const workers = new PrimaryLink(Number(process.env.MYFY_WORKER), send)
  followPrimary(app, signals, workers)
  const code = await app.runUnsupervised({
    ...options,
    reload: false,
    workers,
    signals: signals.source,
    only: only ?? options.only,
    inherited: options.inherited ?? overrideAddress(address),
  })
  settle(code)
  return code
}

/** Stops when the primary says so, or is gone. */
function followPrimary(app: Application, signals: SignalRelay, workers: PrimaryLink): void {
  app.on('ready', ({ urls }) => {
    // Only now: whether a module is exclusive may depend on its settings.
    const exclusive = app.modules.filter((module) => module.exclusive === true).map(({ name }) => name)
    const inspected = inspector.url() !== undefined
    send({ type: 'myfy.ready', urls, stopLimit: stopLimit(app), exclusive, inspected })
  })
  process.on('message', (message: PrimaryMessage) => {
    if (message?.type === 'myfy.stop') void app.stop(message.reason)
    if (message?.type === 'myfy.signal') signals.deliver(message.signal)
    if (message?.type === 'myfy.ping') send({ type: 'myfy.pong' })
    workers.receive(message)
  })
  // Before the listener of node:cluster, which ends the process at once: during a stop the exit is deferred.
  process.prependListener('disconnect', () => void app.stop('the primary process has ended'))
  send({ type: 'myfy.loaded', stopLimit: stopLimit(app) })
}

/** The primary process has to end within the grace period too. */
function stopLimit({ budget: { total, gracePeriod } }: Application): number {
  return Math.min(total + STOP_MARGIN_MS, (total + gracePeriod) / 2)
}

function send(message: WorkerMessage): void {
  if (process.connected) process.send?.(message)
}

/** Ends when the output is written; the channel to the primary would keep the process alive. */
function end(code: number): void {
  process.exitCode = code
  process.stdout.write('', () => process.stderr.write('', () => process.exit()))
  setTimeout(() => process.exit(), 1_000)
}
