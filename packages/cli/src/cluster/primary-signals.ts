// The signals of the primary process.

import { closeSync, openSync } from 'node:fs'
import { coverInterruptEcho, ignoreLateSignals, SignalSequence } from '@myfy/core/runtime'

/** The effects of signals on the primary. */
export interface SignalActions {
  /** Stops all workers; `forced` after a second Ctrl+C. */
  stop(signal: NodeJS.Signals, forced: boolean): void
  /** A signal that changes nothing was received during a stop. */
  ignored(signal: NodeJS.Signals): void
  /** Replaces all workers. */
  restart(): void
}

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGQUIT'] as const

/** Installs handlers and returns the function that removes them. */
export function handlePrimarySignals(actions: SignalActions): () => void {
  const hadTerminal = hasTerminal()
  const sequence = new SignalSequence()
  const stop = (signal: NodeJS.Signals) => {
    coverInterruptEcho(signal)
    const meaning = sequence.next(signal, performance.now())
    if (meaning === 'stop' || meaning === 'force') actions.stop(signal, meaning === 'force')
    if (meaning === 'ignore') actions.ignored(signal)
  }
  // The same signal asks for new workers and reports that the terminal was closed.
  const hangUp = () => (hadTerminal && !hasTerminal() ? stop('SIGHUP') : actions.restart())
  const ignore = () => {}
  for (const signal of STOP_SIGNALS) process.on(signal, stop)
  process.on('SIGHUP', hangUp)
  // The service outlives the reader of its output.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignore)
  return () => {
    ignoreLateSignals()
    for (const signal of STOP_SIGNALS) process.off(signal, stop)
    process.off('SIGHUP', hangUp)
    for (const stream of [process.stdout, process.stderr]) stream.off('error', ignore)
  }
}

/** Returns whether this process has a terminal that is still open. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}
