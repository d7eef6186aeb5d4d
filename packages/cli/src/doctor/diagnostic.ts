// What `myfy doctor` says.

/** How bad it is: an error will go wrong, a warning may. */
type Severity = 'ok' | 'warning' | 'error'

/** One diagnostic of one check. */
export interface Diagnostic {
  /** What was looked at: `settings`, `graph`, `port`. */
  readonly check: string
  readonly severity: Severity
  readonly message: string
  /** What to do about it. */
  readonly remedy?: string
}

/** Everything is as it should be. */
export const ok = (check: string, message: string): Diagnostic => ({ check, severity: 'ok', message })

/** It may go wrong. */
export const warning = (check: string, message: string, remedy: string): Diagnostic => ({
  check,
  severity: 'warning',
  message,
  remedy,
})

/** It will go wrong. */
export const failure = (check: string, message: string, remedy?: string): Diagnostic => ({
  check,
  severity: 'error',
  message,
  ...(remedy !== undefined && { remedy }),
})
