// Database errors as responses. Every other error stays a 500 with an id.

import { type ExceptionHandler, errors } from '@myfy/web'

/** Reports whether the server is unreachable or overloaded at the moment, as opposed to a statement that is wrong. */
export function isUnavailable({ code = '', message }: Error & { code?: string }): boolean {
  const lost = /terminat|timeout exceeded|timed? ?out|not queryable|connection ended|no connection/i
  // Connection errors, exhausted resources, canceled statements, locks and deadlocks, and errors of the socket.
  return /^(08|53|57|40|55P03|E[A-Z]{4})/.test(code) || lost.test(message)
}

export const databaseErrors: ExceptionHandler = [
  Error,
  (error: Error & { code?: string; constraint?: string }) => {
    // unique_violation
    if (error.code === '23505') return errors.conflict('already taken', { constraint: error.constraint })
    // Data exceptions: a number out of range, a NUL character, a value that is too long.
    if (/^22\d/.test(error.code ?? '')) return errors.unprocessableContent('a value cannot be stored')
    if (isUnavailable(error))
      return errors.serviceUnavailable('the database is unavailable', { headers: { 'retry-after': '1' } })
    throw error
  },
]
