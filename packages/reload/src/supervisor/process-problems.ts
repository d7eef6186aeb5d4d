// Problems of a worker process, for which there is no error object.

import type { Problem } from '../problem.ts'

/** Describes a process that exited before its application served, or while it did. */
export function exitProblem(code: number | null, signal: string | null): Problem {
  const message = `Cannot run the application: its process exited with ${signal ?? `code ${code}`}. See its output above.`
  return { phase: 'run', code: 'MYFY_RELOAD_EXITED', message, stack: '' }
}

/** Describes a process that does not return to its event loop at import or start. */
export function blockedProblem(file: string, ms: number): Problem {
  const message = `Cannot start the application from ${file}: it did not pause for ${ms} ms at import or start. Look for an endless loop, or raise importTimeout.`
  return { phase: 'start', code: 'MYFY_RELOAD_ENDLESS', message, stack: '' }
}
