// `myfy doctor`: finds problems before they occur in production, each with its remedy.

import { ExitCode, formatError, plural } from '@myfy/core/runtime'
import { checkConfiguration, checkGrace, checkModules } from '../doctor/application-checks.ts'
import { type Diagnostic, failure, ok } from '../doctor/diagnostic.ts'
import { checkDuplicatePackages } from '../doctor/duplicate-packages.ts'
import { checkInit, checkNode, type Environment, readEnvironment } from '../doctor/environment-checks.ts'
import { checkPorts } from '../doctor/port-checks.ts'
import { checkHandlers, signalHandlers } from '../doctor/signal-checks.ts'
import { type InspectedApplication, inspect } from '../entry/inspect.ts'
import { EntryImportError } from '../errors.ts'
import { issuesOf } from '../graph/application-model.ts'
import type { AppOptions, CliContext, CommandResult } from '../terminal/context.ts'
import { exitCodeOf } from '../terminal/report-error.ts'
import { printTable } from '../terminal/table.ts'

/** Options of `doctor`. */
export interface DoctorOptions extends AppOptions {
  readonly json?: boolean
}

/** A setting and the origin of its value. */
interface Variable {
  readonly variable: string
  readonly source: string
}

/** Checks the application and its environment. Exit code 1 if a check found an error. */
export async function doctor(context: CliContext, options: DoctorOptions): Promise<CommandResult> {
  const { terminal, cwd } = context
  const environment = readEnvironment(cwd)
  const diagnostics: Diagnostic[] = [checkNode(environment)]
  const handlers = signalHandlers()
  let variables: readonly Variable[] = []
  try {
    await inspect(context, { ...options, allowInvalid: true }, async (inspected) => {
      variables = inspected.app.variables.map(({ variable, source }) => ({
        variable,
        source: source ?? 'default',
      }))
      diagnostics.push(...(await checkApplication(inspected, context.env, environment)))
    })
  } catch (error) {
    // A command line that names no application is an error of the command, as everywhere.
    if (exitCodeOf(error) === ExitCode.usage) throw error
    const imported = error instanceof EntryImportError
    const heading = imported ? `${error.file} cannot be imported\n` : ''
    diagnostics.push(failure('import', heading + formatError(imported ? error.cause : error, { cwd })))
  }
  diagnostics.push(...checkHandlers(handlers), ...checkInit(environment), ...checkDuplicatePackages(cwd))
  // Messages of errors of the application.
  const safe = diagnostics.map((one) => ({ ...one, message: terminal.redact(one.message) }))
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length
  if (options.json)
    terminal.print(JSON.stringify({ ok: errors === 0, diagnostics: safe, variables }, null, 2))
  else printDiagnostics(context, safe, variables)
  return { exitCode: errors > 0 ? ExitCode.failed : ExitCode.clean, exitNow: true }
}

async function checkApplication(
  { app, entry, foundAs, initializeError, reordered }: InspectedApplication,
  env: CliContext['env'],
  { container, init }: Environment,
): Promise<readonly Diagnostic[]> {
  const initialized = initializeError === undefined
  return [
    ok('entry', `${entry.description} (${foundAs})`),
    ...checkConfiguration(app, issuesOf(initializeError), reordered),
    checkGrace(app, env, { container, init }),
    // An address may come from the settings.
    ...(initialized ? await checkModules(app) : []),
    ...(initialized ? await checkPorts(app) : []),
  ]
}

const MARKS = { ok: '✓', warning: '!', error: '✗' } as const

function printDiagnostics(
  { terminal }: CliContext,
  diagnostics: readonly Diagnostic[],
  variables: readonly Variable[],
): void {
  const { print, printText, colors: c } = terminal
  const paint = { ok: c.green, warning: c.magenta, error: c.red }
  for (const { check, severity, message, remedy } of diagnostics) {
    const [first = '', ...more] = message.split('\n')
    printText(`${paint[severity](MARKS[severity])} ${check.padEnd(9)} ${first}`, 12)
    for (const text of more) printText(`            ${text}`)
    if (remedy !== undefined) printText(`            ${c.dim('→')} ${remedy}`, 2)
  }
  if (variables.length > 0) {
    print()
    printTable(
      terminal,
      ['setting', 'from'],
      variables.map(({ variable, source }) => [variable, source]),
    )
  }
  const number = (severity: Diagnostic['severity']) =>
    diagnostics.filter((diagnostic) => diagnostic.severity === severity).length
  print()
  print(`${plural(number('error'), 'error')}, ${plural(number('warning'), 'warning')}`)
}
