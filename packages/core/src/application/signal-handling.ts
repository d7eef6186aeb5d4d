// The handling of signals, fatal errors and exits during a run.

import type { EventBody } from '../events/events.ts'
import type { ExitStatus } from '../hooks/exit-status.ts'
import type { Cancel } from '../process/clock.ts'
import type { Host } from '../process/host.ts'
import type { ProcessListener, SignalSource } from '../process/signals.ts'
import { SignalSequence } from '../runtime/process-signals.ts'

/** The lifecycle that signals and fatal errors act on. */
export interface SignalTarget {
  readonly status: ExitStatus
  readonly stopping: boolean
  requestStop(reason: string): void
  force(signal: string): void
  fail(source: 'uncaughtException' | 'unhandledRejection', error: unknown): void
}

/** The time that open resources may keep the process alive after a signal or a failure, in ms. */
const LINGER_MS = 2_000

/** Handles the signals of one run and sets the exit code at its end. */
export class SignalHandling {
  readonly #target: SignalTarget
  readonly #emit: (event: EventBody) => void
  readonly #host: Host
  readonly #remove: Cancel
  readonly #sequence: SignalSequence
  #signaledAt: number | undefined
  #exitDeferred = false

  constructor(
    target: SignalTarget,
    emit: (event: EventBody) => void,
    host: Host,
    source: SignalSource = true,
  ) {
    this.#target = target
    this.#emit = emit
    this.#host = host
    // A function delivers what a person or a platform has decided: no parent process forwards it once more.
    this.#sequence = new SignalSequence(typeof source === 'function' ? () => 0 : undefined)
    const listener: ProcessListener = {
      signal: (signal) => this.#signal(signal),
      fatal: (origin, error) => target.fail(origin, error),
      exit: (code, stack, deferred) => this.#exit(code, stack, deferred),
      get stopping() {
        return target.stopping
      },
    }
    this.#remove = host.listen(listener, source)
  }

  ready(): void {
    this.#host.notify('ready')
  }

  /**
   * Ends the handling and sets the exit code. Returns how long the process may linger, in ms. Without a signal or a
   * failure that is unlimited: the program stopped the application and may have more to do.
   */
  end(gracePeriod: number): number {
    this.#remove()
    const { status } = this.#target
    const lingerMs = this.#lingerMs(status, gracePeriod)
    this.#host.end(status.code, lingerMs)
    return lingerMs
  }

  #lingerMs(status: ExitStatus, gracePeriod: number): number {
    if (status.forcedBy !== undefined || this.#exitDeferred) return 0
    if (this.#signaledAt === undefined && status.code === 0) return Number.POSITIVE_INFINITY
    const elapsed = this.#host.clock.now() - (this.#signaledAt ?? this.#host.clock.now())
    // The process must be gone before the platform kills it.
    return Math.max(0, Math.min(LINGER_MS, (gracePeriod - elapsed) / 2))
  }

  #exit(code: unknown, stack: string, deferred: boolean): void {
    if (!deferred) return this.#emit({ type: 'exit.called', code, stack })
    this.#exitDeferred = true
    const number = Number(code ?? 0)
    this.#target.status.requested = Math.max(
      this.#target.status.requested ?? 0,
      Number.isInteger(number) ? number : 1,
    )
    this.#emit({ type: 'exit.deferred', code, stack })
  }

  #signal(signal: string): void {
    const now = this.#host.clock.now()
    const action = this.#sequence.next(signal, now)
    this.#emit({ type: 'signal', signal, action })
    switch (action) {
      case 'stop':
        this.#signaledAt = now
        this.#host.notify('stopping')
        return this.#target.requestStop(`signal ${signal}`)
      case 'force':
        return this.#target.force(signal)
      case 'repeat':
      case 'ignore':
    }
  }
}
