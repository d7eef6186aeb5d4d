// One invocation of `myfy`: one command line in, one exit code out.

import { readFileSync } from 'node:fs'
import { exitWhenWritten } from '@myfy/core/runtime'
import type { ForkedWorker } from '@myfy/reload/first-worker'
import { runProgram } from './program.ts'
import type { CliContext } from './terminal/context.ts'
import { reportError } from './terminal/report-error.ts'
import { createTerminal } from './terminal/terminal.ts'

/** Runs the command line of this process. */
export async function runCommandLine(firstWorker: ForkedWorker | undefined): Promise<void> {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  const terminal = createTerminal(process.stdout, process.stderr, process.env)
  const cwd = process.cwd()
  const context: CliContext = { cwd, env: process.env, terminal, version, args: [], firstWorker }
  try {
    const { exitCode, exitNow } = await runProgram(context, process.argv.slice(2))
    process.exitCode = exitCode
    if (exitNow) exitWhenWritten(2_000)
  } catch (error) {
    process.exitCode = reportError(error, terminal, cwd)
    exitWhenWritten(2_000)
  }
}
