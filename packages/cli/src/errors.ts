// The errors of the command line.

import type { ExitCode } from '@myfy/core'
import { ExitCode as exitCodes, messageOf } from '@myfy/core/runtime'
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

  constructor(file: string, cause: unknown) {
    const message = `Cannot import ${file}: ${messageOf(cause).replace(/\.$/, '')}. Fix the error; its place is in \`cause\`.`
    super('MYFY_CLI_IMPORT', message, exitCodes.failed, { cause })
    this.file = file
  }
}
