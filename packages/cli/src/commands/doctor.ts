// `myfy doctor`: looks for what will go wrong in production, and says what to do about each.

import { ExitCode } from '@myfy/core'
import {
  checkConfiguration,
  checkGrace,
  checkHandlers,
  checkPorts,
  signalHandlers,
} from '../doctor/application-checks.ts'
import { type Diagnostic, failure, ok } from '../doctor/diagnostic.ts'
import { checkDuplicatePackages } from '../doctor/duplicate-packages.ts'
import { checkInit, checkNode, type Environment, readEnvironment } from '../doctor/environment-checks.ts'
import { type InspectedApplication, inspect } from '../entry/inspect.ts'
import { CommandLineError, EntryImportError, EntryNotFoundError } from '../errors.ts'
import { issuesOf } from '../graph/application-model.ts'
import type { AppOptions, CliContext, CommandResult } from '../terminal/context.ts'
import { formatError } from '../terminal/error-frame.ts'
import { count } from '../terminal/progress.ts'
import { printTable } from '../terminal/table.ts'

/** Options of `doctor`. */
export interface DoctorOptions extends AppOptions {
  readonly json?: boolean
}

/** A setting and where its value came from. */
interface Variable {
  readonly variable: string
  readonly source: string
}

/** Examines the application. Exit code 1 if there is an error. */
export async function doctor(context: CliContext, options: DoctorOptions): Promise<CommandResult> {
  const environment = readEnvironment(context.cwd)
  const diagnostics: Diagnostic[] = [checkNode(environment)]
  const handlers = signalHandlers()
  let variables: readonly Variable[] = []
  try {
    await inspect(context, { ...options, allowInvalid: true }, async (inspected) => {
      variables = inspected.app.variables.map(({ variable, source }) => ({
        variable,
        source: source ?? 'default',
      }))
      diagnostics.push(...(await examine(inspected, context.env, environment)))
    })
  } catch (error) {
    // Nothing to examine is a wrong command line, as everywhere; code that can't be imported is a diagnostic.
    if (error instanceof EntryNotFoundError) throw error
    const text =
      error instanceof EntryImportError
        ? `${error.file} could not be imported\n${formatError(error.cause, context.cwd)}`
        : error instanceof CommandLineError
          ? error.message
          : formatError(error, context.cwd)
    diagnostics.push(failure('import', text))
  }
  diagnostics.push(
    ...checkHandlers(handlers),
    ...checkInit(environment),
    ...checkDuplicatePackages(context.cwd),
  )
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length
  if (options.json)
    context.terminal.print(JSON.stringify({ ok: errors === 0, diagnostics, variables }, null, 2))
  else report(context, diagnostics, variables)
  return { exitCode: errors > 0 ? ExitCode.failed : ExitCode.clean, exitNow: true }
}

async function examine(
  { app, entry, foundAs: through, initializeError: problem, reordered: moved }: InspectedApplication,
  env: CliContext['env'],
  { container, init }: Environment,
): Promise<readonly Diagnostic[]> {
  return [
    ok('entry', `${entry.description} (${through})`),
    ...checkConfiguration(app, issuesOf(problem), moved),
    checkGrace(app, env, { container, init }),
    ...(await checkPorts(app)),
  ]
}

const marks = { ok: '✓', warning: '!', error: '✗' } as const

function report(
  { terminal }: CliContext,
  diagnostics: readonly Diagnostic[],
  variables: readonly Variable[],
): void {
  const { print, colors: c } = terminal
  const paint = { ok: c.green, warning: c.yellow, error: c.red }
  for (const { check, severity, message, remedy } of diagnostics) {
    const [first = '', ...more] = message.split('\n')
    print(`${paint[severity](marks[severity])} ${check.padEnd(9)} ${first}`)
    for (const text of more) print(`            ${text}`)
    if (remedy !== undefined) print(`            ${c.dim('→')} ${remedy}`)
  }
  if (variables.length > 0) {
    print()
    printTable(
      terminal,
      ['setting', 'from'],
      variables.map(({ variable, source }) => [variable, source]),
    )
  }
  const number = (wanted: Diagnostic['severity']) =>
    diagnostics.filter(({ severity }) => severity === wanted).length
  print()
  print(`${count(number('error'), 'error')}, ${count(number('warning'), 'warning')}`)
}
