// The results of the checks of `myfy doctor`.

/** An `error` will fail, a `warning` may. */
type Severity = 'ok' | 'warning' | 'error'

/** The result of one check. */
export interface Diagnostic {
  /** The subject of the check: `settings`, `graph`, `port`. */
  readonly check: string
  readonly severity: Severity
  readonly message: string
  /** The action that solves the problem. */
  readonly remedy?: string
}

/** Returns the result of a check that found nothing wrong. */
export const ok = (check: string, message: string): Diagnostic => ({ check, severity: 'ok', message })

/** Returns a result for something that may fail. */
export const warning = (check: string, message: string, remedy: string): Diagnostic => ({
  check,
  severity: 'warning',
  message,
  remedy,
})

/** Returns a result for something that will fail. */
export const failure = (check: string, message: string, remedy?: string): Diagnostic => ({
  check,
  severity: 'error',
  message,
  ...(remedy !== undefined && { remedy }),
})
