// The coded errors of the command line. Each says what happened, where, and what to do.

import { ExitCode } from '@myfy/core'
import { MyfyError } from '@myfy/di'

/** What the command line says to a person; `exitCode` is what the process ends with. */
export class CommandLineError extends MyfyError {
  /** One of `ExitCode`. */
  readonly exitCode: ExitCode

  constructor(
    code: string,
    message: string,
    exitCode: ExitCode = ExitCode.failed,
    options?: { cause?: unknown },
  ) {
    super(code, message, options)
    this.exitCode = exitCode
  }
}

/** A command, an option or a value that does not exist: exit code 2. */
export class UsageError extends CommandLineError {
  constructor(message: string) {
    super('MYFY_CLI_USAGE', message, ExitCode.usage)
  }
}

/** No entry was found, or it holds no application: exit code 2. */
export class EntryNotFoundError extends CommandLineError {
  /** Every place that was looked at, in order. */
  readonly searched: readonly string[]

  constructor(message: string, looked: readonly string[] = []) {
    super('MYFY_CLI_ENTRY', message, ExitCode.usage)
    this.searched = looked
  }
}

/** The entry was found but could not be imported; `cause` is what it threw. */
export class EntryImportError extends CommandLineError {
  /** The file that was imported. */
  readonly file: string

  constructor(file: string, cause: unknown) {
    const message = cause instanceof Error ? cause.message || cause.name : String(cause)
    super('MYFY_CLI_IMPORT', `${file} could not be imported: ${message}`, ExitCode.failed, { cause })
    this.file = file
  }
}
