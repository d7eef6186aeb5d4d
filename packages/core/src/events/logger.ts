// The logger of an application.

/** The logger of an application. Structured fields come first, as in pino; a pino logger can be given as it is. */
export interface Logger {
  /** Logs details for debugging. */
  debug(fields: object, message: string): void
  /** Logs a regular event. */
  info(fields: object, message: string): void
  /** Logs an irregularity that was handled. */
  warn(fields: object, message: string): void
  /** Logs a failure. The error is in the field `err`. */
  error(fields: object, message: string): void
  /** Returns a logger that adds fields to each of its lines. Default: one that merges them into the fields of a line. */
  child?(fields: object): Logger
  /** Writes out buffered lines. The flush phase of a stop awaits it. */
  flush?(): void | PromiseLike<void>
}
