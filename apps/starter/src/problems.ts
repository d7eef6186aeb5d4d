// What the database complains about, as a client may read it. Anything else stays a 500 with an id.

import { type ExceptionHandler, errors } from '@myfy/web'

/** Whether an error says that the server is not there (now), rather than that a statement is wrong. */
export function isUnavailable({ code = '', message }: Error & { code?: string }): boolean {
  const lost = /terminat|timeout exceeded|timed? ?out|not queryable|connection ended/i
  return /^(08|53|57P|E[A-Z]{4})/.test(code) || lost.test(message)
}

export const databaseProblems: ExceptionHandler = [
  Error,
  (error: Error & { code?: string; constraint?: string }) => {
    // unique_violation
    if (error.code === '23505') return errors.conflict('taken already', { constraint: error.constraint })
    if (isUnavailable(error))
      return errors.serviceUnavailable('the database does not answer', { headers: { 'retry-after': '1' } })
    throw error
  },
]
