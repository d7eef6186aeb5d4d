// What `myfy doctor` says.

/** How bad it is: an error will go wrong, a warning may. */
type Severity = 'ok' | 'warning' | 'error'

/** One finding of one check. */
export interface Finding {
  /** What was looked at: `settings`, `graph`, `port`. */
  readonly check: string
  readonly severity: Severity
  readonly message: string
  /** What to do about it. */
  readonly remedy?: string
}

/** Everything is as it should be. */
export const ok = (check: string, message: string): Finding => ({ check, severity: 'ok', message })

/** It may go wrong. */
export const warning = (check: string, message: string, remedy: string): Finding => ({
  check,
  severity: 'warning',
  message,
  remedy,
})

/** It will go wrong. */
export const fault = (check: string, message: string, remedy?: string): Finding => ({
  check,
  severity: 'error',
  message,
  ...(remedy !== undefined && { remedy }),
})
