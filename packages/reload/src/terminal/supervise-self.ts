// `app.run({ reload: true })`: this process becomes the supervisor of a worker that runs the same entry.

import type { ExitCode } from '@myfy/core'
import { type SuperviseOptions, supervise } from './terminal.ts'

/**
 * Runs the program of this process, with its arguments, under a supervisor. `app.run({ reload: true })` calls it.
 * Resolves to the exit code, which it sets as that of this process.
 */
export async function superviseSelf(options: Partial<SuperviseOptions> = {}): Promise<ExitCode> {
  const [, entry, ...args] = process.argv
  const code = await supervise({ entry: entry!, args, ...options })
  process.exitCode = code
  return code
}
