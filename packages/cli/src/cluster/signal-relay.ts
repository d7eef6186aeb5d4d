// The signals of a worker. A terminal and systemd signal the whole process group, but a worker that stops before the
// primary has stopped accepting would lose connections: signals go to the primary, which delivers them in order.

const SIGNALS: ReadonlySet<string | symbol> = new Set(['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP', 'SIGBREAK'])

/** The signals of this process, under the control of the primary. */
export interface SignalRelay {
  /** Calls the handlers of a signal. */
  deliver(signal: NodeJS.Signals): void
}

/** Sends the signals that this process receives to `relay` in place of their handlers, until they are delivered. */
export function relaySignals(relay: (signal: NodeJS.Signals) => void): SignalRelay {
  const { emit } = process
  let delivering = false
  const filtered = (event: string | symbol, ...values: unknown[]): boolean => {
    if (!delivering && process.connected && SIGNALS.has(event)) {
      relay(event as NodeJS.Signals)
      return true
    }
    return Reflect.apply(emit, process, [event, ...values]) as boolean
  }
  // Node.js binds `process.emit` when the first handler of a signal is added, which is later.
  process.emit = filtered as typeof emit
  return {
    deliver(signal) {
      delivering = true
      try {
        process.emit(signal, signal)
      } finally {
        delivering = false
      }
    },
  }
}
