// The errors of create-myfy. They do not extend the framework's: this package runs before anything is installed.

/** A project could not be created. */
export class CreateError extends Error {
  /** The kind of the error, stable across releases. */
  readonly code: string
  /** The exit code of the process: 1, or 2 for an invalid command line. */
  readonly exitCode: 1 | 2

  constructor(code: string, message: string, exitCode: 1 | 2 = 1) {
    super(message)
    this.name = 'CreateError'
    this.code = code
    this.exitCode = exitCode
  }
}
