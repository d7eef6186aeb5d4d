// The signals of a worker. A terminal and systemd signal the whole process group, but a worker that stops before the
// primary has stopped accepting would lose connections: signals go to the primary, which delivers them in order.

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGHUP'] as const

type Deliver = (signal: NodeJS.Signals) => void

/** The signals of a worker, under the control of the primary. */
export class SignalRelay {
  #deliver: Deliver | undefined

  /** Sends the signals that this process receives to `relay`. */
  constructor(relay: (signal: NodeJS.Signals) => void) {
    for (const signal of SIGNALS) process.on(signal, () => relay(signal))
  }

  /** The source of the signals of the application's run. */
  readonly source = (deliver: Deliver): (() => void) => {
    this.#deliver = deliver
    return () => {
      this.#deliver = undefined
    }
  }

  /** Delivers a signal to the application. */
  deliver(signal: NodeJS.Signals): void {
    this.#deliver?.(signal)
  }
}
