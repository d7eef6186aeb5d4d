// Problems that no error object tells of: a process that ended or does not answer.

import type { ListenAddress } from '@myfy/core'
import type { Problem } from '../problem.ts'

/** A process ended before its application served, or while it did. */
export function exitProblem(code: number | null, signal: string | null): Problem {
  const message = `the process of the application ended with ${signal ?? `code ${code}`}; see what it wrote before that`
  return { phase: 'run', code: 'MYFY_RELOAD_EXITED', message, stack: '' }
}

/** A process does not come back from what it does at import or start. */
export function blockedProblem(file: string, ms: number): Problem {
  const message = `the application did not pause for ${ms} ms while it was imported or started from ${file}; look for an endless loop, or raise importTimeout`
  return { phase: 'start', code: 'MYFY_RELOAD_ENDLESS', message, stack: '' }
}

/** The numbers of the signals that end a supervisor. */
export const signalNumbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }

/** Where the error page may be shown when the application has not said where it listens. */
export function addressOf(port: number | undefined, host: string | undefined): ListenAddress | undefined {
  if (port === undefined || !Number.isInteger(port) || port < 0) return undefined
  return host === undefined ? { port } : { port, host }
}
