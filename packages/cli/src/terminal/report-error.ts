// Errors for people: what, where, the lines around it. Never a stack where the message says it all.

import { ExitCode, StartAbortedError } from '@myfy/core'
import { MyfyError } from '@myfy/di'
import { CommandLineError, EntryImportError } from '../errors.ts'
import { formatError } from './error-frame.ts'
import type { Terminal } from './terminal.ts'

/** Writes an error to standard error and returns the exit code that it stands for. */
export function reportError(thrown: unknown, terminal: Terminal, cwd: string): ExitCode {
  const { errorColors: c, note } = terminal
  if (thrown instanceof EntryImportError) {
    note(`${c.red('✗')} ${thrown.file} could not be imported`)
    note()
    note(formatError(thrown.cause, cwd, c.isColorSupported))
    return thrown.exitCode
  }
  if (isCoded(thrown)) {
    // Who wrote the line needs no code to look up; who runs the service may.
    const code = exitCodeOf(thrown) === ExitCode.usage ? '' : ` ${c.dim(`[${thrown.code}]`)}`
    note(`${c.red('✗')} ${thrown.message}${code}`)
    return exitCodeOf(thrown)
  }
  note(`${c.red('✗')} ${formatError(thrown, cwd, c.isColorSupported)}`)
  return ExitCode.failed
}

/** Two copies of a package are no reason to show a stack: what counts is that the error has a code of ours. */
function isCoded(thrown: unknown): thrown is MyfyError {
  if (thrown instanceof MyfyError) return true
  const code = thrown instanceof Error ? (thrown as { code?: unknown }).code : undefined
  return typeof code === 'string' && /^(MYFY|DI|WEB)_/.test(code)
}

/** What `initialize()` rejects with is invalid configuration. */
function exitCodeOf(error: MyfyError): ExitCode {
  if (error instanceof CommandLineError) return error.exitCode
  if (error instanceof StartAbortedError) return ExitCode.clean
  return error.code === 'MYFY_STARTUP_FAILED' ? ExitCode.failed : ExitCode.configuration
}
