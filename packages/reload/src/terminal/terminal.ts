// A supervisor at a terminal: its output, signals and keys.

import type { ExitCode } from '@myfy/core'
import { ignoreLateSignals, SignalSequence } from '@myfy/core/runtime'
import { type ReloadEvent, renderReloadEvent } from '../supervisor/reload-events.ts'
import { createSupervisor } from '../supervisor/rolling-supervisor.ts'
import type { Supervisor, SupervisorOptions } from '../supervisor/supervisor.ts'
import { takeInspector } from './inspector.ts'
import { listenToKeys } from './keys.ts'
import { printLine } from './print-line.ts'

/** Options of {@link supervise}. */
export interface SuperviseOptions extends SupervisorOptions {
  /**
   * Returns the text of an event, or undefined for no line.
   * Default: {@link renderReloadEvent}.
   */
  readonly render?: (event: ReloadEvent, cwd: string) => string | undefined
}

/**
 * Supervises an application until it ends, as `myfy run` does: prints events to standard error, and obeys signals and,
 * at a terminal in the foreground, keys (`r c o q h`). A debugger of this process moves to the application. Resolves to
 * the exit code.
 *
 * @example
 * ```ts
 * import { supervise } from '@myfy/reload'
 *
 * process.exitCode = await supervise({ entry: 'src/app.ts' })
 * ```
 */
export async function supervise(options: SuperviseOptions): Promise<ExitCode> {
  const { cwd = process.cwd(), render = renderReloadEvent, inspect = takeInspector() } = options
  const onEvent = (event: ReloadEvent) => {
    const text = render(event, cwd)
    if (text !== undefined) printLine(text)
    options.onEvent?.(event)
  }
  const supervisor = createSupervisor({ ...options, ...(inspect !== undefined && { inspect }), onEvent })
  const release = [listenToSignals(supervisor), listenToKeys(supervisor)]
  try {
    await supervisor.start()
    return await supervisor.exitCode
  } finally {
    for (const undo of release) undo()
  }
}

function listenToSignals(supervisor: Supervisor): () => void {
  const sequence = new SignalSequence()
  const receive = (signal: NodeJS.Signals) => {
    const meaning = sequence.next(signal, performance.now())
    if (meaning === 'stop' || meaning === 'force') void supervisor.stop(signal)
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const signal of signals) process.on(signal, receive)
  // Writing to a terminal that is gone must not interrupt the stop.
  const ignore = () => {}
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignore)
  return () => {
    ignoreLateSignals()
    for (const signal of signals) process.off(signal, receive)
    for (const stream of [process.stdout, process.stderr]) stream.off('error', ignore)
  }
}
