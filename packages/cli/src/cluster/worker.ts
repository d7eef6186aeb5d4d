// The process of one worker of `myfy start --workers`. Started by the primary; never imported by anybody.

import type { Application } from '@myfy/core'
import { overrideAddress } from '../commands/start.ts'
import { loadApplication } from '../entry/load-application.ts'
import { reportError } from '../terminal/report-error.ts'
import { createTerminal } from '../terminal/terminal.ts'
import type { PrimaryMessage, WorkerArguments, WorkerMessage } from './worker-process.ts'

const { file, exportName, cwd, address } = JSON.parse(process.argv[2] ?? '{}') as WorkerArguments

// Not awaited at the top level: an application that ends without a word would make that exit code 13.
void work().then(
  (code) => end(code),
  (error: unknown) =>
    end(reportError(error, createTerminal(process.stdout, process.stderr, process.env), cwd)),
)

async function work(): Promise<number> {
  const { app, options, settle } = await loadApplication({ file, exportName, description: file }, cwd)
  followPrimary(app)
  const code = await app.runUnsupervised({
    ...options,
    reload: false,
    inherited: options.inherited ?? overrideAddress(address),
  })
  settle(code)
  return code
}

/** Does what the primary says, and stops gracefully when it is gone. */
function followPrimary(app: Application): void {
  const tell = (report: WorkerMessage) => void (process.connected && process.send?.(report))
  let signals = 0
  app.on('signal', () => {
    signals++
  })
  app.on('ready', ({ urls }) => {
    // Only now: whether a module is exclusive may depend on its settings.
    const exclusive = app.modules.filter((module) => module.exclusive === true).map(({ name }) => name)
    tell({ type: 'myfy.ready', urls, budget: app.budget.total, exclusive })
  })
  process.on('message', (order: PrimaryMessage) => {
    if (order?.type === 'myfy.replaced') void app.stop('another worker has taken its place')
    // Ctrl+C in a terminal reaches the whole group: what this process got by itself counts once.
    if (order?.type === 'myfy.signal' && signals < (order.force ? 2 : 1))
      process.emit(order.signal, order.signal)
  })
  // Before node:cluster's own listener, which ends the process at once: with a stop begun the exit waits for it.
  process.prependListener('disconnect', () => void app.stop('the primary process is gone'))
  tell({ type: 'myfy.loaded', budget: app.budget.total })
}

/** Ends with the output written; the channel to the primary would keep the process alive for ever. */
function end(code: number): void {
  process.exitCode = code
  process.stdout.write('', () => process.stderr.write('', () => process.exit()))
  setTimeout(() => process.exit(), 1_000)
}
