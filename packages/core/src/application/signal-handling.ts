// What a run does to the process it owns: signals in, exit code out.

import type { EventBody } from '../events/events.ts'
import type { ExitStatus } from '../hooks/exit-status.ts'
import type { Cancel } from '../process/clock.ts'
import type { Host } from '../process/host.ts'
import type { ProcessListener } from '../process/signals.ts'
import { KEY_PRESS_WINDOW_MS } from '../runtime/process-signals.ts'

/** What signals and fatal errors are passed on to. */
export interface SignalTarget {
  readonly stopping: boolean
  stop(reason: string): unknown
  force(signal: string): void
  fail(source: 'uncaughtException' | 'unhandledRejection', error: unknown): void
}

export class SignalHandling {
  readonly #target: SignalTarget
  readonly #emit: (event: EventBody) => void
  readonly #host: Host
  readonly #release: Cancel
  #firstSignal: number | undefined
  #exitWaits = false

  constructor(owned: SignalTarget, emit: (event: EventBody) => void, host: Host) {
    this.#target = owned
    this.#emit = emit
    this.#host = host
    const listener: ProcessListener = {
      signal: (signal) => this.#signal(signal),
      fatal: (source, error) => owned.fail(source, error),
      exit: (code, stack) => {
        this.#exitWaits = true
        emit({ type: 'exit.deferred', code, stack })
      },
      get stopping() {
        return owned.stopping
      },
    }
    this.#release = host.listen(listener)
  }

  ready(): void {
    this.#host.notify('ready')
  }

  end(outcome: ExitStatus): void {
    this.#release()
    this.#host.end(outcome.code, outcome.forcedBy !== undefined || this.#exitWaits ? 'once' : 'idle')
  }

  #signal(signal: string): void {
    const now = this.#host.clock.now()
    if (this.#firstSignal === undefined) {
      this.#firstSignal = now
      this.#emit({ type: 'signal', signal, action: 'stop' })
      this.#host.notify('stopping')
      this.#target.stop(`signal ${signal}`)
    } else if (now - this.#firstSignal < KEY_PRESS_WINDOW_MS) {
      // The terminal and a wrapper (npm, pnpm, a shell) both pass on one key press.
      this.#emit({ type: 'signal', signal, action: 'repeat' })
    } else {
      this.#emit({ type: 'signal', signal, action: 'force' })
      this.#target.force(signal)
    }
  }
}
