// The last error of a command, printed for a person, and its exit code.

import { ExitCode, formatError, isError, isExpected, messageOf, property } from '@myfy/core/runtime'
import { EntryImportError } from '../errors.ts'
import type { Terminal } from './terminal.ts'

/** Writes an error to standard error and returns its exit code. An expected error is printed without its stack. */
export function reportError(thrown: unknown, terminal: Terminal, cwd: string): ExitCode {
  const { errorColors: c, note } = terminal
  const exitCode = exitCodeOf(thrown)
  if (thrown instanceof EntryImportError) {
    note(`${c.red('✗')} Cannot import ${thrown.file}`)
    note()
    note(formatError(thrown.cause, { cwd, color: c.isColorSupported }))
  } else if (isError(thrown) && isExpected(thrown)) {
    // The author of a command line needs no code to look up; the operator of a service may.
    const code = exitCode === ExitCode.usage ? '' : ` [${property(thrown, 'code')}]`
    note(`${c.red('✗')} ${thrown.message}${code}`)
  } else note(`${c.red('✗')} ${formatError(thrown, { cwd, color: c.isColorSupported })}`)
  return exitCode
}

/** Returns the error of a command for a program: its code, its message and its exit code. */
export function describeAsJSON(thrown: unknown, terminal: Terminal): string {
  const code = property(thrown, 'code')
  const error = {
    ...(typeof code === 'string' && { code }),
    message: terminal.redact(messageOf(thrown)),
    exitCode: exitCodeOf(thrown),
  }
  return JSON.stringify({ error }, null, 2)
}

/** Returns the exit code of an error. Errors are known by their code: there may be two copies of a package. */
export function exitCodeOf(thrown: unknown): ExitCode {
  const code = String(property(thrown, 'code') ?? '')
  const exitCode = property(thrown, 'exitCode')
  if (code.startsWith('MYFY_CLI_') && typeof exitCode === 'number') return exitCode
  if (code === 'MYFY_RELOAD_ENTRY') return ExitCode.usage
  if (code === 'MYFY_START_ABORTED') return ExitCode.clean
  if (code.startsWith('MYFY_STOP')) return ExitCode.incomplete
  return /^(MYFY_(SETTINGS|MODULE|CONFIGURATION|OPTION|GRACE_PERIOD|DISCOVERY|DI)|DI_)/.test(code)
    ? ExitCode.configuration
    : ExitCode.failed
}
