// `myfy doctor`: looks for what will go wrong in production, and says what to do about each.

import { ExitCode } from '@myfy/core'
import {
  checkConfiguration,
  checkGrace,
  checkHandlers,
  checkPorts,
  signalHandlers,
} from '../doctor/application-checks.ts'
import { type Finding, fault, ok } from '../doctor/diagnostic.ts'
import { checkCopies } from '../doctor/duplicate-packages.ts'
import { checkInit, checkNode, lookAround, type Surroundings } from '../doctor/environment-checks.ts'
import { type Inspected, inspect } from '../entry/inspect.ts'
import { CommandLineError, EntryError, ImportFailure } from '../errors.ts'
import { problemsOf } from '../graph/application-model.ts'
import type { AppOptions, CommandLine, Ending } from '../terminal/context.ts'
import { frameOf } from '../terminal/error-frame.ts'
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
export async function doctor(line: CommandLine, options: DoctorOptions): Promise<Ending> {
  const surroundings = lookAround(line.cwd)
  const findings: Finding[] = [checkNode(surroundings)]
  const handlers = signalHandlers()
  let variables: readonly Variable[] = []
  try {
    await inspect(line, { ...options, tolerant: true }, async (inspected) => {
      variables = inspected.app.variables.map(({ variable, source }) => ({
        variable,
        source: source ?? 'default',
      }))
      findings.push(...(await examine(inspected, line.env, surroundings)))
    })
  } catch (error) {
    // Nothing to examine is a wrong command line, as everywhere; code that can't be imported is a finding.
    if (error instanceof EntryError) throw error
    const text =
      error instanceof ImportFailure
        ? `${error.file} could not be imported\n${frameOf(error.cause, line.cwd)}`
        : error instanceof CommandLineError
          ? error.message
          : frameOf(error, line.cwd)
    findings.push(fault('import', text))
  }
  findings.push(...checkHandlers(handlers), ...checkInit(surroundings), ...checkCopies(line.cwd))
  const errors = findings.filter(({ severity }) => severity === 'error').length
  if (options.json) line.terminal.print(JSON.stringify({ ok: errors === 0, findings, variables }, null, 2))
  else report(line, findings, variables)
  return { code: errors > 0 ? ExitCode.failed : ExitCode.clean, now: true }
}

async function examine(
  { app, entry, through, problem, moved }: Inspected,
  env: CommandLine['env'],
  { container, init }: Surroundings,
): Promise<readonly Finding[]> {
  return [
    ok('entry', `${entry.found} (${through})`),
    ...checkConfiguration(app, problemsOf(problem), moved),
    checkGrace(app, env, { container, init }),
    ...(await checkPorts(app)),
  ]
}

const marks = { ok: '✓', warning: '!', error: '✗' } as const

function report(
  { terminal }: CommandLine,
  findings: readonly Finding[],
  variables: readonly Variable[],
): void {
  const { print, colours: c } = terminal
  const paint = { ok: c.green, warning: c.yellow, error: c.red }
  for (const { check, severity, message, remedy } of findings) {
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
  const number = (wanted: Finding['severity']) =>
    findings.filter(({ severity }) => severity === wanted).length
  print()
  print(`${count(number('error'), 'error')}, ${count(number('warning'), 'warning')}`)
}
