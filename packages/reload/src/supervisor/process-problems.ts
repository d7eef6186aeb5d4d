// Problems of a worker process, for which there is no error object.

import { readFileSync } from 'node:fs'
import path from 'node:path'
import { parseJson } from '../compile/json-module.ts'
import { SourceSyntaxError } from '../errors.ts'
import { describeProblem, type Problem } from '../problem.ts'

/** Describes a process that exited before its application served, or while it did. */
export function exitProblem(code: number | null, signal: string | null): Problem {
  const message = `Cannot run the application: its process exited with ${signal ?? `code ${code}`}. See its output above.`
  return { phase: 'run', code: 'MYFY_RELOAD_EXITED', message, stack: '' }
}

/** Describes a process that the system does not start. */
export function spawnProblem({ message: reason, code }: NodeJS.ErrnoException, cwd: string): Problem {
  const message =
    code === 'ENOENT'
      ? `Cannot run the application: the directory ${cwd} is gone. Restore it, or start again in another one.`
      : `Cannot run the application: the system starts no process (${reason}). Free memory and processes, and save a file.`
  return { phase: 'run', code: 'MYFY_RELOAD_EXITED', message, stack: '' }
}

/** Describes a process that does not return to its event loop at import or start. */
export function blockedProblem(file: string, ms: number): Problem {
  const message = `Cannot start the application from ${file}: it did not pause for ${ms} ms at import or start. Look for an endless loop, or raise importTimeout.`
  return { phase: 'start', code: 'MYFY_RELOAD_ENDLESS', message, stack: '' }
}

/** Describes a package.json among these files that does not parse: with it Node ends every process at its start. */
export function brokenPackage(files: readonly string[]): Problem | undefined {
  for (const file of files) {
    if (path.basename(file) !== 'package.json') continue
    try {
      parseJson(file, readFileSync(file, 'utf8'))
    } catch (error) {
      // Without the file a process starts.
      if (error instanceof SourceSyntaxError) return describeProblem(error, 'import', () => undefined)
    }
  }
  return undefined
}
