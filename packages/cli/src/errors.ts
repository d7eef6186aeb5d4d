// The errors of the command line.

import type { ExitCode } from '@myfy/core'
import { clauseOf, ExitCode as exitCodes, isExpected } from '@myfy/core/runtime'
import { MyfyError } from '@myfy/di'

/** An error of the command line, with the exit code of the process. */
export class CommandLineError extends MyfyError {
  /** One of `ExitCode`. */
  readonly exitCode: ExitCode

  constructor(
    code: string,
    message: string,
    exitCode: ExitCode = exitCodes.failed,
    options?: { cause?: unknown },
  ) {
    super(code, message, options)
    this.exitCode = exitCode
  }
}

/** A command, an option or a value is invalid. Exit code 2. */
export class UsageError extends CommandLineError {
  constructor(message: string) {
    super('MYFY_CLI_USAGE', message, exitCodes.usage)
  }
}

/** No file was found that could hold the application. Exit code 2. */
export class EntryNotFoundError extends CommandLineError {
  /** Every path that was tried, in order. */
  readonly searched: readonly string[]

  constructor(message: string, searched: readonly string[] = []) {
    super('MYFY_CLI_ENTRY_NOT_FOUND', message, exitCodes.usage)
    this.searched = searched
  }
}

/** The entry, or a file that it imports, could not be loaded. `cause` is the error. Exit code 1. */
export class EntryImportError extends CommandLineError {
  /** The entry, as it is printed. */
  readonly file: string

  /** @param place - the place of an error that states no remedy itself */
  constructor(file: string, cause: unknown, place?: string) {
    const where = place === undefined ? '; its place is in `cause`' : ` at ${place}`
    const message = `Cannot import ${file}: ${clauseOf(cause)}. Fix the error${where}.`
    // An expected error states its own remedy.
    const own = isExpected(cause) ? message.slice(0, message.lastIndexOf(' Fix the error')) : message
    super('MYFY_CLI_IMPORT', own, exitCodes.failed, { cause })
    this.file = file
  }
}
