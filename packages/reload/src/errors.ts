// The coded errors of a reload. Each says what happened, where, and what to do.

import { MyfyError } from '@myfy/di'

/** A place in a source file. Lines and columns count from 1. */
export interface SourceLocation {
  /** The absolute path. */
  readonly file: string
  /** The line, from 1. */
  readonly line: number
  /** The column, from 1. */
  readonly column: number
}

/** A file does not parse: TypeScript, JavaScript or JSON. */
export class SourceSyntaxError extends MyfyError {
  /** Where it does not parse. */
  readonly location: SourceLocation
  /** The text that was read. */
  readonly source: string

  constructor(message: string, location: SourceLocation, source: string) {
    super('MYFY_RELOAD_SYNTAX', `${message} (${location.file}:${location.line}:${location.column})`)
    this.location = location
    this.source = source
  }
}

/** An import leads nowhere, or to a module without the name that is asked for. */
export class ImportError extends MyfyError {
  /** Where the import stands. */
  readonly location: SourceLocation | undefined
  /** Where the missing file was looked for, without extension; empty for a package. */
  readonly missing: string | undefined

  constructor(
    message: string,
    options: { location?: SourceLocation | undefined; missing?: string | undefined; cause?: unknown } = {},
  ) {
    super('MYFY_RELOAD_IMPORT', message, options.cause === undefined ? undefined : { cause: options.cause })
    this.location = options.location
    this.missing = options.missing
  }

  /** The same error with the place where the import stands. */
  at(location: SourceLocation | undefined): ImportError {
    return new ImportError(this.message, { location, missing: this.missing, cause: this.cause })
  }
}

/** A module took too long to evaluate: most likely an endless loop. */
export class EvaluationTimeoutError extends MyfyError {
  constructor(file: string, ms: number) {
    super(
      'MYFY_RELOAD_ENDLESS',
      `${file} was still being imported after ${ms} ms without a pause; look for an endless loop at its top level, or raise importTimeout`,
    )
  }
}

/** The code called `process.exit()` while it was imported or started. */
export class ExitAtImportError extends MyfyError {
  constructor(code: unknown) {
    super(
      'MYFY_RELOAD_EXIT',
      `process.exit(${code === undefined ? '' : String(code)}) was called while the application was imported or started; throw an error instead`,
    )
  }
}

/** The entry holds no application. */
export class EntryError extends MyfyError {
  constructor(message: string) {
    super('MYFY_RELOAD_ENTRY', message)
  }
}
