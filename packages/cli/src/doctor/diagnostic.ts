// The results of the checks of `myfy doctor`.

import type { Diagnostic } from '@myfy/core'

export type { Diagnostic }

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
