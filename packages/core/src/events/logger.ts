// The little that the life cycle asks of a logger: pino fits as it is.

/** Where an application writes. Structured fields come first, as in pino, which fits as it is. */
export interface Logger {
  /** Fine detail. */
  debug(fields: object, message: string): void
  /** What happened. */
  info(fields: object, message: string): void
  /** What is odd but handled. */
  warn(fields: object, message: string): void
  /** What failed. */
  error(fields: object, message: string): void
  /** Writes out what is buffered; awaited in the flush phase. */
  flush?(): void | PromiseLike<void>
}
