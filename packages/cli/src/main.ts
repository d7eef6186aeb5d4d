// The process `myfy`: one command line in, one exit code out.

import { readFileSync } from 'node:fs'
import { runProgram } from './program.ts'
import type { CliContext } from './terminal/context.ts'
import { reportError } from './terminal/report-error.ts'
import { createTerminal } from './terminal/terminal.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}
const terminal = createTerminal(process.stdout, process.stderr, process.env)
const context: CliContext = { cwd: process.cwd(), env: process.env, terminal, version }

// Not awaited at the top level: an application that ends without a word would make that exit code 13.
void runProgram(context, process.argv.slice(2)).then(
  ({ exitCode: code, exitNow: now }) => {
    process.exitCode = code
    if (now) exitWhenWritten()
  },
  (error: unknown) => {
    process.exitCode = reportError(error, terminal, context.cwd)
    exitWhenWritten()
  },
)

/** Ends the process as soon as its output has left it: an application that was looked at may hold something open. */
function exitWhenWritten(): void {
  let open = 2
  const written = () => {
    if (--open === 0) process.exit()
  }
  for (const stream of [process.stdout, process.stderr]) stream.write('', written)
  setTimeout(() => process.exit(), 2_000).unref()
}
