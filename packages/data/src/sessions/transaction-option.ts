// The option `transaction` of routes: isolation, read-only access, and further attempts after a conflict.

import { setTimeout as wait } from 'node:timers/promises'
import { type HandlerOption, OptionError, type WorkUnit } from '@myfy/core'
import { assertKnownOptions } from '@myfy/core/runtime'
import { isRetryable } from '../engine/database-errors.ts'
import type { IsolationLevel } from '../engine/engine.ts'

/** Options of the transaction of a route. */
export interface TransactionOptions {
  /**
   * The number of further attempts after a serialization failure or a deadlock (SQLSTATE 40001 and 40P01). Each runs the
   * handler again with new services. Effects outside of the database belong into `session.afterCommit`. Default: 0.
   */
  readonly retry?: number
  /** True to refuse writes. The transaction runs on the replica, if there is one. Default: false. */
  readonly readOnly?: boolean
  /** Default: that of the database, `read committed`. */
  readonly isolation?: IsolationLevel
}

declare module '@myfy/core' {
  interface HandlerOptions {
    /** The transaction of the route. */
    readonly transaction?: TransactionOptions
  }
}

/** The first pause before a further attempt, in ms; each one doubles it. */
const FIRST_PAUSE_MS = 5

/** The option `transaction`. */
export const transactionOption: HandlerOption = {
  name: 'transaction',
  check(value, route) {
    assertKnownOptions(`transaction of ${route}`, value as TransactionOptions, {
      retry: true,
      readOnly: 'boolean',
      isolation: true,
    })
    const { retry, readOnly, isolation } = value as Record<keyof TransactionOptions, unknown>
    if (retry !== undefined && !(Number.isInteger(retry) && (retry as number) >= 0))
      throw invalid(route, 'retry', 'it is not a number of attempts', 'Use a whole number')
    if (readOnly !== undefined && typeof readOnly !== 'boolean')
      throw invalid(route, 'readOnly', 'it is not a boolean', 'Use true or false')
    if (isolation !== undefined && !LEVELS.includes(isolation as IsolationLevel))
      throw invalid(route, 'isolation', 'there is no such level', `Use ${LEVELS.join(', ')}`)
  },
  around: (value, work, attempt) => withRetries((value as TransactionOptions).retry ?? 0, work, attempt),
}

const LEVELS: readonly IsolationLevel[] = ['read committed', 'repeatable read', 'serializable']

async function withRetries(retries: number, work: WorkUnit, attempt: () => Promise<void>): Promise<void> {
  for (let count = 0; ; count++) {
    try {
      return await attempt()
    } catch (error) {
      // A random pause: the transactions that were in conflict must not meet again.
      const pause = Math.random() * FIRST_PAUSE_MS * 2 ** count
      if (count >= retries || !isRetryable(causeOf(error)) || work.signal.aborted) throw error
      if (pause >= work.remaining()) throw error
      await wait(pause)
    }
  }
}

/** The error of the server behind errors of services. */
function causeOf(error: unknown): unknown {
  for (let at = error; at instanceof Error; at = at.cause) if (isRetryable(at)) return at
  return error
}

const invalid = (route: string, name: string, reason: string, fix: string) =>
  new OptionError('MYFY_OPTION_INVALID', `Cannot use transaction.${name} of ${route}: ${reason}. ${fix}.`)
