// The failures of one lifecycle, and the exit code that they lead to.

import { ExitCode, signalExitCode } from '../runtime/process-exit.ts'

/** The failures of one lifecycle. The first cause stays first. */
export class ExitStatus {
  /** The failure that ended the run: an invalid configuration, a failed start, or a fatal error. */
  failure: { readonly kind: 'configuration' | 'start' | 'fatal'; readonly error: unknown } | undefined
  /** The failures of the stop: hooks that failed or hung, work that was cut. */
  readonly stopErrors: Error[] = []
  /** The signal that forced the end. */
  forcedBy: string | undefined
  /** The code of a `process.exit` that was called during the stop. */
  requested: number | undefined

  fail(kind: 'configuration' | 'start' | 'fatal', error: unknown): void {
    this.failure ??= { kind, error }
  }

  /** The exit code. A failure of the application outranks the code that `process.exit` asked for. */
  get code(): ExitCode {
    if (this.forcedBy !== undefined) return signalExitCode(this.forcedBy)
    if (this.failure?.kind === 'configuration') return ExitCode.configuration
    if (this.failure) return ExitCode.failed
    if (this.stopErrors.length > 0) return ExitCode.incomplete
    return this.requested ?? ExitCode.clean
  }
}
