// The program `myfy`: one command line in, one exit code out.

import { readFileSync } from 'node:fs'
import { exitWhenWritten } from '@myfy/core/runtime'
import { runProgram } from './program.ts'
import type { CliContext } from './terminal/context.ts'
import { exitOnEarlySignals } from './terminal/early-signals.ts'
import { reportError } from './terminal/report-error.ts'
import { createTerminal } from './terminal/terminal.ts'

exitOnEarlySignals()

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}
const terminal = createTerminal(process.stdout, process.stderr, process.env)
const context: CliContext = { cwd: process.cwd(), env: process.env, terminal, version, args: [] }

// Not awaited at the top level: an application that ends by itself would make the exit code 13.
void runProgram(context, process.argv.slice(2)).then(
  ({ exitCode, exitNow }) => {
    process.exitCode = exitCode
    if (exitNow) exitWhenWritten(2_000)
  },
  (error: unknown) => {
    process.exitCode = reportError(error, terminal, context.cwd)
    exitWhenWritten(2_000)
  },
)
