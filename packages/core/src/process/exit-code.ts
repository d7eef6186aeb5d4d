// What the process says to whoever started it.

/** The exit codes of an application, as data. */
export const ExitCode = {
  /** Stopped cleanly. */
  clean: 0,
  /** The start failed, or a fatal error ended the run. */
  failed: 1,
  /** The command line was wrong. */
  usage: 2,
  /** Stopped, but something failed, hung or was cut off. */
  incomplete: 3,
  /** The configuration is invalid; nothing was started. */
  configuration: 78,
} as const

/** An exit code: one of the `ExitCode` constants, or 128+n when a second signal forced the end. */
export type ExitCode = number
