// The coded errors of a reload.

import { unpunctuated } from '@myfy/core/runtime'
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

/** A file does not parse, or uses syntax that cannot be run: TypeScript, JavaScript or JSON. */
export class SourceSyntaxError extends MyfyError {
  /** The place of the first error. */
  readonly location: SourceLocation
  /** The text that was read. */
  readonly source: string

  constructor(
    reason: string,
    location: SourceLocation,
    source: string,
    fix = 'Correct the file and save it again',
  ) {
    const { file, line, column } = location
    super('MYFY_RELOAD_SYNTAX', `Cannot compile ${file}:${line}:${column}: ${unpunctuated(reason)}. ${fix}.`)
    this.location = location
    this.source = source
  }
}

/** An import finds no file, or a module without the imported name. */
export class ImportError extends MyfyError {
  /** The place of the import. */
  location: SourceLocation | undefined
  /** The paths, without extensions, at which a missing file was looked for. */
  missing: readonly string[] = []

  constructor(
    message: string,
    options: { location?: SourceLocation | undefined; missing?: readonly string[] } = {},
  ) {
    super('MYFY_RELOAD_IMPORT', message)
    this.location = options.location
    this.missing = options.missing ?? []
  }
}

/** A listening socket cannot be bound. It has the form of an error of `net.Server.listen`, which transports expect. */
export class ListenFailure extends Error {
  override readonly name = 'ListenFailure'
  /** The code of the system: `EADDRINUSE`. */
  readonly code: string | undefined
  readonly syscall = 'listen'
  /** The port, for a TCP address. */
  readonly port: number | undefined

  constructor(message: string, { code, port }: { code?: string | undefined; port?: number | undefined }) {
    super(message)
    this.code = code
    this.port = port
  }
}

/** No directory for temporary files can be created. */
export class TemporaryDirectoryError extends MyfyError {
  constructor(parent: string, cause: Error) {
    super(
      'MYFY_RELOAD_TEMPORARY_DIRECTORY',
      `Cannot create a temporary directory in ${parent}: ${unpunctuated(cause.message)}. Set TMPDIR to a directory in which this user can write.`,
      { cause },
    )
  }
}

/** A tsconfig file cannot be read. */
export class TsconfigError extends MyfyError {
  constructor(file: string, reason: string, cause?: unknown) {
    const options = cause === undefined ? undefined : { cause }
    super(
      'MYFY_RELOAD_TSCONFIG',
      `Cannot read the tsconfig file of ${file}: ${unpunctuated(reason)}. Correct the file, or name another one by the option tsconfig.`,
      options,
    )
  }
}

/** A module runs too long at import, most likely in an endless loop. */
export class EvaluationTimeoutError extends MyfyError {
  constructor(file: string, ms: number) {
    super(
      'MYFY_RELOAD_ENDLESS',
      `Cannot finish importing ${file}: it ran for ${ms} ms without a pause. Look for an endless loop at its top level, or raise importTimeout.`,
    )
  }
}

/** The code calls `process.exit()` while it is imported or started. */
export class ExitAtImportError extends MyfyError {
  constructor(code: unknown) {
    super(
      'MYFY_RELOAD_EXIT',
      `Cannot run process.exit(${code === undefined ? '' : String(code)}): the application is being imported or started. Throw an error instead.`,
    )
  }
}

/** An application stops before it serves. */
export class StoppedAtStartError extends MyfyError {
  constructor(code: number) {
    super(
      'MYFY_RELOAD_STOPPED',
      `Cannot serve the application: it stopped with exit code ${code} before it was ready. Remove the call to stop() from its start.`,
    )
  }
}

/** The entry holds no application. */
export class EntryError extends MyfyError {
  constructor(message: string) {
    super('MYFY_RELOAD_ENTRY', message)
  }
}
