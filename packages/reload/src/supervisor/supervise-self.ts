// `app.run({ reload: true })`: this process becomes the supervisor of a worker that runs the same entry.

import inspector from 'node:inspector'
import type { ExitCode } from '@myfy/core'
import type { SupervisorOptions } from './supervisor.ts'
import { supervise } from './terminal.ts'

/**
 * Runs the program of this process again under a supervisor and resolves to its exit code. It is what
 * `app.run()` calls when `reload` is asked for. A debugger that listens moves to the application.
 */
export async function superviseSelf(options: Partial<SupervisorOptions> = {}): Promise<ExitCode> {
  const url = inspector.url()
  if (url) inspector.close()
  const code = await supervise({
    entry: process.argv[1]!,
    args: process.argv.slice(2),
    ...(url && { inspect: new URL(url).host }),
    ...options,
  })
  process.exitCode = code
  return code
}
