// What went wrong in a life, and the exit code that follows.

import { ExitCode } from '../process/exit-code.ts'
import { signalExitCode } from '../runtime/process-signals.ts'

/** Collects failures; the first cause stays first. */
export class ExitStatus {
  /** The first thing that ended the run: a configuration or start that failed, or a fatal error. */
  failure: { readonly kind: 'configuration' | 'start' | 'fatal'; readonly error: unknown } | undefined
  /** What failed, hung or was cut while stopping. */
  readonly stopErrors: Error[] = []
  /** The signal that forced the end. */
  forcedBy: string | undefined

  fail(kind: 'configuration' | 'start' | 'fatal', error: unknown): void {
    this.failure ??= { kind, error }
  }

  get code(): ExitCode {
    if (this.forcedBy !== undefined) return signalExitCode(this.forcedBy)
    if (this.failure?.kind === 'configuration') return ExitCode.configuration
    if (this.failure) return ExitCode.failed
    return this.stopErrors.length > 0 ? ExitCode.incomplete : ExitCode.clean
  }
}
