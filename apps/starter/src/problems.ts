// What the database complains about, as a client may read it. Anything else stays a 500 with an id.

import { type ExceptionHandler, errors } from '@myfy/web'
import { isUnavailable } from './postgres.ts'

const uniqueViolation = '23505'

export const databaseProblems: ExceptionHandler = [
  Error,
  (error: Error & { code?: string; constraint?: string }) => {
    if (error.code === uniqueViolation)
      return errors.conflict('this is taken already', { constraint: error.constraint })
    if (isUnavailable(error))
      return errors.serviceUnavailable('the database does not answer', { headers: { 'retry-after': '1' } })
    throw error
  },
]
