// The exit codes of an application.

/** The exit codes of an application. */
export const ExitCode = {
  /** The application stopped cleanly. */
  clean: 0,
  /** The start failed, or a fatal error ended the run. */
  failed: 1,
  /** The command line is invalid. */
  usage: 2,
  /** The application stopped, but something failed, hung or was cut. */
  incomplete: 3,
  /** The configuration is invalid; nothing was started. */
  configuration: 78,
} as const

/** An exit code: one of the `ExitCode` constants, or 128 + n if signal n forced the end. */
export type ExitCode = number
