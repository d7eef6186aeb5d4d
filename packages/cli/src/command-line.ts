// One invocation of `myfy`: one command line in, one exit code out.

import { readFileSync } from 'node:fs'
import { exitWhenWritten } from '@myfy/core/runtime'
import type { ForkedWorker } from '@myfy/reload/first-worker'
import { runProgram } from './program.ts'
import type { CliContext } from './terminal/context.ts'
import { OutputFailure } from './terminal/output-failure.ts'
import { describeAsJSON, reportError } from './terminal/report-error.ts'
import { createTerminal } from './terminal/terminal.ts'

/** The time for the last output to leave the process, in ms. */
const OUTPUT_LIMIT_MS = 2_000

/** Runs the command line of this process. */
export async function runCommandLine(firstWorker: ForkedWorker | undefined): Promise<void> {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  const terminal = createTerminal(process.stdout, process.stderr, process.env)
  const cwd = process.cwd()
  const context: CliContext = { cwd, env: process.env, terminal, version, args: [], firstWorker }
  const words = process.argv.slice(2)
  const output = new OutputFailure()
  try {
    const { exitCode, exitNow, serves } = await runProgram(context, words)
    process.exitCode = exitCode
    // What a service prints is a log: it has served without.
    if (!serves) await output.check(OUTPUT_LIMIT_MS)
    if (exitNow) exitWhenWritten(OUTPUT_LIMIT_MS)
  } catch (error) {
    if (asksForJSON(words)) terminal.print(describeAsJSON(error, terminal))
    process.exitCode = reportError(error, terminal, cwd)
    exitWhenWritten(OUTPUT_LIMIT_MS)
  }
}

/** Reports whether a program reads the result. What follows `--` belongs to the application. */
function asksForJSON(words: readonly string[]): boolean {
  const end = words.indexOf('--')
  return (end < 0 ? words : words.slice(0, end)).includes('--json')
}
