// What can go wrong. Not built on the error of the framework: this package runs before anything is installed.

/** A project could not be made; the message says why and what to do. */
export class CreateError extends Error {
  /** What kind of problem it is, stable across releases. */
  readonly code: string
  /** What the process ends with: 1, or 2 for a wrong command line. */
  readonly exitCode: 1 | 2

  constructor(code: string, message: string, exitCode: 1 | 2 = 1) {
    super(message)
    this.name = 'CreateError'
    this.code = code
    this.exitCode = exitCode
  }
}
