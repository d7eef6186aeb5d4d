// The check of `myfy doctor` on signal handlers that do not belong to the framework.

import { type Diagnostic, ok, warning } from './diagnostic.ts'

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** Signal handlers, by the name of the signal. */
export type SignalHandlers = ReadonlyMap<string, readonly unknown[]>

/** Returns the installed signal handlers. */
export function signalHandlers(): SignalHandlers {
  return new Map(SIGNALS.map((signal) => [signal, process.listeners(signal)]))
}

/** Reports handlers that were installed since `before`: the code of the application brought them. */
export function checkHandlers(before: SignalHandlers): readonly Diagnostic[] {
  const foreign = [...signalHandlers()].flatMap(([signal, handlers]) =>
    handlers
      .filter((handler) => !before.get(signal)?.includes(handler))
      .map((handler) => ({ signal, source: String(handler) })),
  )
  if (foreign.length === 0) return [ok('handlers', 'no other code handles signals')]
  return foreign.map(({ signal, source }) => {
    const start = source.replace(/\s+/g, ' ').slice(0, 80)
    const exits = /process\.exit/.test(source) ? ', and ends the process' : ''
    return warning(
      'handlers',
      `the application, or a package that it imports, handles ${signal}${exits}: ${start}`,
      "remove the handler and move its code to a module's stop() or to onShutdown",
    )
  })
}
